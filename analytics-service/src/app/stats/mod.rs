//! Dashboard statistics of one property.

mod basis;
mod basis_cache;
mod error;
mod export;
mod funnel;
mod locations;
mod overview;
mod query;
mod question;
mod realtime;
mod retention;
mod series;

pub use basis::{Basis, Comparable, Found, find};
pub use basis_cache::BasisCache;
pub use error::StatsError;
pub use export::{ExportError, export};
pub use funnel::{DEFAULT_STEPS, MAX_STEPS, funnel};
pub use locations::{LocationMetrics, locations, master_data};
pub use overview::{Overview, overview};
pub use query::{Elapsed, QueryAnswer, QueryRow, query};
pub use question::{Question, WindowTooLong};
pub use realtime::{question_of, realtime};
pub use retention::{Cohort, MAX_DAYS, retention};
pub use series::series;

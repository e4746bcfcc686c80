//! Dashboard statistics over the day rollups of one property.

mod basis;
mod basis_cache;
mod error;
mod locations;
mod overview;
mod question;
mod series;

pub use basis::{Basis, Comparable, Found, find};
pub use basis_cache::BasisCache;
pub use error::StatsError;
pub use locations::{LocationMetrics, locations};
pub use overview::{Overview, overview};
pub use question::Question;
pub use series::{MAX_BUCKETS, SessionBasis, series};

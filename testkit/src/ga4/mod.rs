//! GA4's BigQuery export as data: schemas, rows, files of real days, generated days.

pub mod parquet;
pub mod schema;
mod value;

pub use schema::Schema;
pub use value::{Row, Value};

pub(crate) use value::WireFloat;

//! GA4's BigQuery export as data: schemas, rows, files of real days, generated days.

pub mod adversary;
mod copies;
pub mod event;
pub mod generator;
pub mod ndjson;
pub mod oracle;
pub mod parquet;
pub mod schema;
mod value;

pub use copies::Copies;
pub use event::{Event, EventReader};
pub use generator::Generator;
pub use schema::Schema;
pub use value::{Row, Value};

pub(crate) use value::WireFloat;

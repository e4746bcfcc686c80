//! `/data/v1/source-datasets` and `/data/v1/backfills`.

mod backfills;
mod datasets;
mod estimates;
mod refusal;

pub use backfills::CreateBackfill;
pub use datasets::ListSourceDatasets;
pub use estimates::EstimateBackfill;

/// How far back one back-fill goes.
const MONTHS: std::ops::RangeInclusive<u32> = 1..=60;

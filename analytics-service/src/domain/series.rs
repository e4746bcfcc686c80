//! A range, day by day.

use chrono::NaiveDate;

use super::freshness::DayState;
use super::metrics::Metrics;

/// One day of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    pub day: NaiveDate,
    pub state: DayState,
    /// None unless the day is loaded.
    pub metrics: Option<Metrics>,
}

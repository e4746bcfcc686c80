//! A range, bucket by bucket.

use super::freshness::DayState;
use super::metrics::Metrics;
use super::query::Span;

/// One bucket of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    pub span: Span,
    pub state: DayState,
    /// None unless a day of it is loaded.
    pub metrics: Option<Metrics>,
}

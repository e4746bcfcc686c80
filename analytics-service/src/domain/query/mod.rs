//! A question about numbers: metrics by dimensions, filtered, over a range cut into buckets. Checked
//! for sense before anything is read, and answered from the cheapest read model that is exact.

pub mod bucket;
pub mod channel;
mod counterpart;
pub mod cover;
mod dimension;
mod filter;
mod metric;
mod plan;

pub use bucket::{BucketWidth, Span};
pub use counterpart::{Counterparts, Layer};
pub use dimension::{Dimension, RollupGroup};
pub use filter::{AnyOf, Clause, Operator};
pub use metric::{Class, Metric, Unit, Value};
pub use plan::{Plan, QueryError, Source, check_conditions, plan};

use common::kernel::DateRange;

use super::comparison::Comparison;

/// More points than this are no chart.
pub const MAX_BUCKETS: usize = 2_000;
/// More conditions than this are no question.
pub const MAX_CLAUSES: usize = 10;

/// On which day a session counts that touched several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SessionBasis {
    /// On each day it was active.
    #[default]
    Active,
    /// Where its first event within the range is: all rows then add up to the range.
    Started,
}

/// What is asked of one property.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Query {
    pub metrics: Vec<Metric>,
    pub dimensions: Vec<Dimension>,
    /// All of them have to hold.
    pub filters: Vec<AnyOf>,
    pub range: DateRange,
    pub comparison: Comparison,
    /// None: the range as a whole.
    pub bucket: Option<BucketWidth>,
    pub sessions: SessionBasis,
}

impl Query {
    /// The whole range without dimensions or filters.
    #[must_use]
    pub fn whole(metrics: Vec<Metric>, range: DateRange) -> Self {
        Self {
            metrics,
            dimensions: Vec::new(),
            filters: Vec::new(),
            range,
            comparison: Comparison::None,
            bucket: None,
            sessions: SessionBasis::Active,
        }
    }

    /// Dimensions that are asked for or filtered by.
    pub fn touched(&self) -> impl Iterator<Item = Dimension> + '_ {
        let filtered = self.filters.iter().flat_map(|any| any.0.iter().map(|c| c.dimension));
        self.dimensions.iter().copied().chain(filtered)
    }

    /// The branches that the query is limited to, when one of its conditions is a list of them.
    #[must_use]
    pub fn branches(&self) -> Option<Vec<&str>> {
        self.filters.iter().find_map(AnyOf::branches)
    }

    /// Which sets of users the metrics are counted from: all, active, new, returning and purchasing
    /// clients, and known users.
    #[must_use]
    pub fn user_sets(&self) -> [bool; 6] {
        let any = |metrics: &[Metric]| self.metrics.iter().any(|metric| metrics.contains(metric));
        let conversion = Metric::UserConversionRate;
        [
            any(&[Metric::TotalUsers]),
            any(&[Metric::ActiveUsers, Metric::AverageEngagementTime, conversion]),
            any(&[Metric::NewUsers]),
            any(&[Metric::ReturningUsers]),
            any(&[Metric::PurchasingUsers, conversion]),
            any(&[Metric::KnownUsers]),
        ]
    }

    #[must_use]
    pub fn needs(&self, class: Class) -> bool {
        self.metrics.iter().any(|metric| metric.classes().contains(&class))
    }
}

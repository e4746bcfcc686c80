//! The body of a query, and the way to a checked one.

use common::auth::Locations;
use common::http::ApiError;
use poem_openapi::{Enum, Object};

use super::parameters::{Compare, ranged};
use crate::domain::comparison::Comparison;
use crate::domain::query::channel::ChannelRule;
use crate::domain::query::{
    AnyOf, BucketWidth, Clause, Dimension, Metric, Operator, Query, QueryError, SessionBasis,
};
use crate::wire::Day;

/// Rows on a page when the caller does not say.
const DEFAULT_LIMIT: u32 = 100;

/// Width of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[oai(rename_all = "snake_case")]
pub(super) enum Bucket {
    Hour,
    /// Four hours of the clock, from midnight on.
    FourHours,
    /// A local day.
    Day,
    /// From Monday on.
    IsoWeek,
    /// From the tenant's first day of the week on.
    Week,
    Month,
}

impl From<Bucket> for BucketWidth {
    fn from(bucket: Bucket) -> Self {
        match bucket {
            Bucket::Hour => Self::Hour,
            Bucket::FourHours => Self::FourHours,
            Bucket::Day => Self::Day,
            Bucket::IsoWeek => Self::IsoWeek,
            Bucket::Week => Self::Week,
            Bucket::Month => Self::Month,
        }
    }
}

/// On which day a session counts that touched several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Enum)]
#[oai(rename_all = "snake_case")]
pub(super) enum Sessions {
    /// On each day it was active.
    #[default]
    Active,
    /// Where its first event within the range is, so that the rows add up to the overview. A session
    /// has no single page: by `page` its metrics are refused.
    Started,
}

impl From<Sessions> for SessionBasis {
    fn from(sessions: Sessions) -> Self {
        match sessions {
            Sessions::Active => Self::Active,
            Sessions::Started => Self::Started,
        }
    }
}

/// How a dimension's value is compared. No character stands for another, and case matters but in
/// search terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[oai(rename_all = "snake_case")]
pub(super) enum FilterOperator {
    Is,
    IsNot,
    Contains,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename = "QueryClause", deny_unknown_fields)]
pub(super) struct ClauseBody {
    /// Name of a dimension.
    dimension: String,
    operator: FilterOperator,
    #[oai(validator(max_length = 2000))]
    value: String,
}

/// Conditions of which one has to hold.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename = "QueryFilter", deny_unknown_fields)]
pub(super) struct FilterBody {
    #[oai(validator(max_items = "10"))]
    any: Vec<ClauseBody>,
}

/// What to compare with.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename = "QueryComparison", deny_unknown_fields)]
pub(super) struct ComparisonBody {
    with: Compare,
    /// First day of a custom range.
    first: Option<Day>,
    last: Option<Day>,
}

/// By what the rows are sorted.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename = "QueryOrder", deny_unknown_fields)]
pub(super) struct OrderBody {
    /// A metric or dimension of the query, or `bucket`.
    pub by: String,
    #[oai(default)]
    pub descending: bool,
}

/// Which rows of the sorted answer.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename = "QueryPage", deny_unknown_fields)]
pub(super) struct PageBody {
    /// Rows to leave out.
    #[oai(default)]
    pub offset: u32,
    #[oai(default = "default_limit", validator(minimum(value = "1"), maximum(value = "10000")))]
    pub limit: u32,
}

fn default_limit() -> u32 {
    DEFAULT_LIMIT
}

impl Default for PageBody {
    fn default() -> Self {
        Self { offset: 0, limit: DEFAULT_LIMIT }
    }
}

/// A channel group of the caller's own, which comes before the default ones. Each condition that
/// is given has to be equal.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename = "ChannelGroup", deny_unknown_fields)]
pub(super) struct ChannelBody {
    #[oai(validator(min_length = 1, max_length = 100))]
    name: String,
    source: Option<String>,
    medium: Option<String>,
    campaign: Option<String>,
}

/// Metrics by dimensions.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename = "StatsQuery", deny_unknown_fields)]
pub(super) struct QueryBody {
    /// GA4 property number; required when the tenant has several.
    pub property: Option<i64>,
    /// Names of metrics, such as `sessions`, `revenue` or `engagement_rate`.
    #[oai(validator(max_items = "50"))]
    pub metrics: Vec<String>,
    /// Names of dimensions, such as `location`, `device` or `channel_group`; at most four.
    #[oai(default, validator(max_items = "4"))]
    pub dimensions: Vec<String>,
    /// All of them have to hold; at most ten conditions altogether.
    #[oai(default, validator(max_items = "10"))]
    pub filters: Vec<FilterBody>,
    /// First local day.
    pub first: Day,
    /// Last local day, inclusive.
    pub last: Day,
    pub comparison: Option<ComparisonBody>,
    /// Cuts the range into buckets; every one of them is in the answer.
    pub bucket: Option<Bucket>,
    #[oai(default)]
    pub sessions: Sessions,
    /// Buckets in order when left out, else the first metric, highest first.
    #[oai(default, validator(max_items = "5"))]
    pub order: Vec<OrderBody>,
    #[oai(default)]
    pub page: PageBody,
    #[oai(default, validator(max_items = "50"))]
    pub channel_groups: Vec<ChannelBody>,
}

impl ClauseBody {
    fn is(dimension: &str, value: String) -> Self {
        let operator = FilterOperator::Is;
        Self { dimension: dimension.to_owned(), operator, value }
    }
}

impl FilterBody {
    pub(super) fn location(code: String) -> Self {
        Self { any: vec![ClauseBody::is("location", code)] }
    }
}

impl ComparisonBody {
    pub(super) const fn new(with: Compare) -> Self {
        Self { with, first: None, last: None }
    }
}

impl OrderBody {
    /// `revenue`, or `-revenue` for the highest first.
    pub(super) fn parse(text: &str) -> Self {
        match text.strip_prefix('-') {
            Some(by) => Self { by: by.to_owned(), descending: true },
            None => Self { by: text.to_owned(), descending: false },
        }
    }
}

fn fault(place: impl Into<String>, code: &'static str, detail: impl Into<String>) -> QueryError {
    QueryError { place: place.into(), code, detail: detail.into() }
}

impl QueryBody {
    /// The query, with every name known; whether it makes sense is the plan's to say.
    pub(super) fn query(&self) -> Result<Query, QueryError> {
        let range = ranged("last", self.first, self.last)?;
        let query = Query {
            metrics: named("metrics", "unknown_metric", &self.metrics, Metric::named)?,
            dimensions: named(
                "dimensions",
                "unknown_dimension",
                &self.dimensions,
                Dimension::named,
            )?,
            filters: self
                .filters
                .iter()
                .enumerate()
                .map(|(at, filter)| filter.checked(at))
                .collect::<Result<_, _>>()?,
            range,
            comparison: match &self.comparison {
                None => Default::default(),
                Some(comparison) => comparison.checked()?,
            },
            bucket: self.bucket.map(Into::into),
            sessions: self.sessions.into(),
        };
        self.check_order()?;
        Ok(query)
    }

    /// Limits it to the branches of a branch-scoped member; the echo of the query shows them.
    pub(super) fn within(mut self, locations: &Locations) -> Result<Self, ApiError> {
        let Locations::Only(codes) = locations else { return Ok(self) };
        // The empty text is no branch: rollups have all of them together under it.
        let codes = codes.iter().filter(|code| !code.is_empty());
        let any: Vec<_> = codes.map(|code| ClauseBody::is("location", code.clone())).collect();
        if any.is_empty() {
            return Err(ApiError::not_found());
        }
        self.filters.push(FilterBody { any });
        Ok(self)
    }

    fn check_order(&self) -> Result<(), QueryError> {
        let known = |by: &String| {
            by == "bucket" || self.metrics.contains(by) || self.dimensions.contains(by)
        };
        match self.order.iter().position(|order| !known(&order.by)) {
            None => Ok(()),
            Some(at) => Err(fault(
                format!("order/{at}/by"),
                "unknown_order",
                "name a metric or dimension of the query, or `bucket`",
            )),
        }
    }

    pub(super) fn channels(&self) -> Vec<ChannelRule> {
        let rule = |body: &ChannelBody| ChannelRule {
            name: body.name.clone(),
            source: body.source.clone(),
            medium: body.medium.clone(),
            campaign: body.campaign.clone(),
        };
        self.channel_groups.iter().map(rule).collect()
    }
}

fn named<T>(
    place: &str,
    code: &'static str,
    names: &[String],
    find: fn(&str) -> Option<T>,
) -> Result<Vec<T>, QueryError> {
    let one = |(at, name): (usize, &String)| {
        find(name)
            .ok_or_else(|| fault(format!("{place}/{at}"), code, format!("`{name}` is not known")))
    };
    names.iter().enumerate().map(one).collect()
}

impl FilterBody {
    fn checked(&self, at: usize) -> Result<AnyOf, QueryError> {
        let clause = |(nth, clause): (usize, &ClauseBody)| {
            let place = |part: &str| format!("filters/{at}/any/{nth}/{part}");
            let dimension = Dimension::named(&clause.dimension).ok_or_else(|| {
                fault(
                    place("dimension"),
                    "unknown_dimension",
                    format!("`{}` is not known", clause.dimension),
                )
            })?;
            let operator = match clause.operator {
                FilterOperator::Is => Operator::Is,
                FilterOperator::IsNot => Operator::IsNot,
                FilterOperator::Contains => Operator::Contains,
            };
            let known = |values: &&[&str]| values.contains(&clause.value.as_str());
            if operator != Operator::Contains
                && let Some(values) = dimension.closed().filter(|values| !known(values))
            {
                let detail = format!("`{}` is not one of: {}", clause.value, values.join(", "));
                return Err(fault(place("value"), "unknown_value", detail));
            }
            Ok(Clause::new(dimension, operator, &clause.value))
        };
        self.any.iter().enumerate().map(clause).collect::<Result<_, _>>().map(AnyOf)
    }
}

impl ComparisonBody {
    fn checked(&self) -> Result<Comparison, QueryError> {
        let places = ["comparison/with", "comparison/first", "comparison/last"];
        self.with.with(self.first, self.last, places)
    }
}

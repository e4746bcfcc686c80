//! Which read models answer a query exactly, and which queries have no exact answer.

use std::collections::BTreeSet;

use super::{AnyOf, Class, Dimension, MAX_CLAUSES, Metric, Query, RollupGroup, SessionBasis};

/// More dimensions than this are no table.
const MAX_DIMENSIONS: usize = 4;

/// Where the counts, users and money of an answer come from, the cheapest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    DayRollup,
    HourRollup,
    Breakdown(RollupGroup),
    DayColumns,
    SessionDay,
    Event,
}

impl Source {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DayRollup => "day_rollup",
            Self::HourRollup => "hour_rollup",
            Self::Breakdown(_) => "breakdown_rollup",
            Self::DayColumns => "day_columns",
            Self::SessionDay => "session_day",
            Self::Event => "event",
        }
    }
}

/// How a query is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// None when every metric is one of the following.
    pub base: Option<Source>,
    pub search_sessions: bool,
    pub carts: bool,
    pub visitors: bool,
}

impl Plan {
    /// The names of the read models, without repetition.
    #[must_use]
    pub fn sources(&self) -> Vec<&'static str> {
        let mut names: Vec<&str> = self.base.iter().map(|source| source.name()).collect();
        if (self.search_sessions || self.visitors) && !names.contains(&"session_day") {
            names.push("session_day");
        }
        if self.carts {
            names.push("cart");
        }
        names
    }
}

/// Why a query makes no sense, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct QueryError {
    /// Path into the query: `metrics/0`, `dimensions/1`, `filters`.
    pub place: String,
    pub code: &'static str,
    pub detail: String,
}

impl QueryError {
    pub(crate) fn new(place: impl Into<String>, code: &'static str, detail: String) -> Self {
        Self { place: place.into(), code, detail }
    }
}

/// Checks the query for sense and chooses its sources.
///
/// # Errors
/// When a metric has no meaning for a dimension, or there is too much of something.
pub fn plan(query: &Query) -> Result<Plan, QueryError> {
    check_sizes(query)?;
    for (at, metric) in query.metrics.iter().enumerate() {
        if let Some(reason) = refusal(query, *metric) {
            let detail = format!("`{}` {reason}", metric.name());
            return Err(QueryError::new(format!("metrics/{at}"), "incompatible", detail));
        }
    }
    let based = query.metrics.iter().any(|metric| {
        !metric
            .classes()
            .iter()
            .all(|class| matches!(class, Class::SearchSessions | Class::Carts | Class::Visitors))
    });
    Ok(Plan {
        base: based.then(|| base(query)),
        search_sessions: query.needs(Class::SearchSessions),
        carts: query.needs(Class::Carts),
        visitors: query.needs(Class::Visitors),
    })
}

/// Checks how many conditions a caller names. Those that limit a member to their branches are beside them.
///
/// # Errors
/// When there are too many.
pub fn check_conditions(query: &Query) -> Result<(), QueryError> {
    // A list of branches is one condition, however long.
    let clauses = |any: &AnyOf| if any.branches().is_some() { 1 } else { any.0.len() };
    if query.filters.iter().map(clauses).sum::<usize>() > MAX_CLAUSES {
        let detail = format!("no more than {MAX_CLAUSES} conditions");
        return Err(QueryError::new("filters", "too_many", detail));
    }
    Ok(())
}

fn check_sizes(query: &Query) -> Result<(), QueryError> {
    if query.metrics.is_empty() {
        return Err(QueryError::new("metrics", "required", "name at least one metric".to_owned()));
    }
    let distinct: BTreeSet<_> = query.dimensions.iter().collect();
    if distinct.len() < query.dimensions.len() {
        let detail = "each dimension may be named once".to_owned();
        return Err(QueryError::new("dimensions", "repeated", detail));
    }
    if distinct.len() > MAX_DIMENSIONS {
        let detail = format!("no more than {MAX_DIMENSIONS} dimensions");
        return Err(QueryError::new("dimensions", "too_many", detail));
    }
    if query.bucket.is_some() && !query.comparison.pairs_days(&query.range) {
        let detail = "buckets are compared with a range of as many days: leave out `bucket`, or name such a range";
        return Err(QueryError::new("comparison", "incompatible", detail.to_owned()));
    }
    if let Some(at) = query.filters.iter().position(|any| any.0.is_empty()) {
        let detail = "name at least one condition".to_owned();
        return Err(QueryError::new(format!("filters/{at}"), "empty", detail));
    }
    Ok(())
}

/// Why the metric cannot be had by the query's dimensions; the end of a sentence about it.
fn refusal(query: &Query, metric: Metric) -> Option<String> {
    let only = |allowed: &[Class]| metric.classes().iter().all(|class| allowed.contains(class));
    let events = [Class::Activity, Class::Sessions, Class::Users];
    let timed = [
        Class::Activity,
        Class::Sessions,
        Class::Users,
        Class::Purchases,
        Class::Units,
        Class::Refunds,
        Class::Searches,
    ];
    for dimension in query.touched() {
        let fits = match dimension {
            Dimension::Item | Dimension::ItemName | Dimension::ItemCategory => {
                only(&[Class::Units])
            }
            Dimension::SearchTerm => only(&[Class::Searches]),
            Dimension::Page => only(&events),
            Dimension::Hour => only(&timed),
            Dimension::Weekday => !metric.classes().contains(&Class::Visitors),
            _ => true,
        };
        if !fits {
            return Some(format!("has no meaning by `{}`", dimension.name()));
        }
    }
    let counts_sessions = metric.classes().contains(&Class::Sessions);
    let by_page = query.touched().any(|dimension| dimension == Dimension::Page);
    if counts_sessions && by_page && query.sessions == SessionBasis::Started {
        return Some("counts once for each page: ask by `page` for `active` sessions".to_owned());
    }
    let within_day = query.bucket.is_some_and(super::BucketWidth::within_day);
    if within_day && !only(&timed) {
        return Some("is not known within a day".to_owned());
    }
    let entrances = metric.classes().contains(&Class::Entrances);
    if entrances && !query.dimensions.contains(&Dimension::LandingPage) {
        return Some("belongs to landing pages: ask by `landing_page`".to_owned());
    }
    if entrances && within_day {
        return Some("is not known within a day".to_owned());
    }
    None
}

fn base(query: &Query) -> Source {
    let touched: BTreeSet<Dimension> = query.touched().collect();
    let within_day = query.bucket.is_some_and(super::BucketWidth::within_day);
    let counts_active = query.needs(Class::Sessions) && query.sessions == SessionBasis::Active;
    let beside_location: Vec<Dimension> =
        touched.iter().copied().filter(|d| *d != Dimension::Location).collect();
    match beside_location[..] {
        [] if within_day => return Source::HourRollup,
        [] => return Source::DayRollup,
        // The same session may be active in an hour, or on a weekday, of several days.
        [Dimension::Hour] if !counts_active && !within_day => return Source::HourRollup,
        [Dimension::Weekday] if !counts_active && !within_day => return Source::DayRollup,
        _ => {}
    }
    if let Some(group) = one_group(&touched).filter(|_| !within_day)
        && (group != RollupGroup::Page || query.metrics.iter().all(|m| known_of_pages(*m)))
    {
        return Source::Breakdown(group);
    }
    let timed =
        within_day || touched.contains(&Dimension::Page) || touched.contains(&Dimension::Hour);
    // On a weekday of several weeks a session may be met twice.
    let distinct = counts_active && touched.contains(&Dimension::Weekday);
    let kept = touched.iter().all(|d| d.of_session() || *d == Dimension::Weekday);
    match (timed, kept && !distinct) {
        (true, _) => Source::Event,
        (false, true) => Source::DayColumns,
        (false, false) => Source::SessionDay,
    }
}

/// The rollup group that holds every dimension of the query.
fn one_group(touched: &BTreeSet<Dimension>) -> Option<RollupGroup> {
    let mut groups = touched.iter().map(|dimension| dimension.rollup().map(|(group, _)| group));
    let first = groups.next()??;
    groups.all(|group| group == Some(first)).then_some(first)
}

/// What the rows of single pages hold.
const fn known_of_pages(metric: Metric) -> bool {
    matches!(metric, Metric::Events | Metric::PageViews | Metric::TotalUsers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::comparison::Comparison;
    use crate::domain::query::{BucketWidth, Clause, Operator};
    use common::kernel::DateRange;

    fn query(metrics: &[Metric], dimensions: &[Dimension]) -> Query {
        let range = DateRange::single("2026-01-05".parse().unwrap());
        Query { dimensions: dimensions.to_vec(), ..Query::whole(metrics.to_vec(), range) }
    }

    fn filtered(mut query: Query, dimension: Dimension) -> Query {
        let value = String::new();
        query.filters.push(AnyOf(vec![Clause { dimension, operator: Operator::Is, value }]));
        query
    }

    #[test]
    fn the_cheapest_exact_source_answers() {
        use Dimension::{
            Campaign, Country, Device, Hour, Item, Location, Page, Source as From, Weekday,
        };
        use Metric::{ItemsSold, PageViews, Revenue, Sessions};
        for (query, source) in [
            (query(&[Sessions, Revenue], &[]), Source::DayRollup),
            (query(&[Sessions], &[Location]), Source::DayRollup),
            (filtered(query(&[Sessions], &[]), Location), Source::DayRollup),
            (query(&[Sessions], &[Device]), Source::Breakdown(RollupGroup::Device)),
            (
                filtered(query(&[Sessions], &[From]), Campaign),
                Source::Breakdown(RollupGroup::Traffic),
            ),
            (query(&[Sessions], &[Device, Country]), Source::DayColumns),
            (filtered(query(&[Sessions], &[Device]), Location), Source::DayColumns),
            (query(&[PageViews], &[Page]), Source::Breakdown(RollupGroup::Page)),
            (query(&[Sessions], &[Page]), Source::Event),
            (query(&[ItemsSold], &[Item]), Source::Breakdown(RollupGroup::Item)),
            (query(&[ItemsSold], &[Item, Device]), Source::SessionDay),
            (query(&[PageViews], &[Hour]), Source::HourRollup),
            (query(&[Sessions], &[Hour]), Source::Event),
            (query(&[Revenue], &[Weekday]), Source::DayRollup),
            (query(&[Sessions], &[Weekday]), Source::SessionDay),
            (
                Query { bucket: Some(BucketWidth::Hour), ..query(&[Sessions], &[]) },
                Source::HourRollup,
            ),
            (
                Query { bucket: Some(BucketWidth::Hour), ..query(&[Sessions], &[Device]) },
                Source::Event,
            ),
        ] {
            assert_eq!(plan(&query).unwrap().base, Some(source), "{query:?}");
        }
    }

    #[test]
    fn what_has_no_exact_answer_is_refused() {
        for (query, place) in [
            (query(&[], &[]), "metrics"),
            (query(&[Metric::Sessions, Metric::Revenue], &[Dimension::Item]), "metrics/0"),
            (query(&[Metric::Revenue], &[Dimension::Page]), "metrics/0"),
            (query(&[Metric::Sessions], &[Dimension::SearchTerm]), "metrics/0"),
            (query(&[Metric::Entrances], &[]), "metrics/0"),
            (query(&[Metric::RepeatVisitors], &[Dimension::Hour]), "metrics/0"),
            (query(&[Metric::Sessions], &[Dimension::Device, Dimension::Device]), "dimensions"),
        ] {
            assert_eq!(plan(&query).unwrap_err().place, place, "{query:?}");
        }
        let week = DateRange::new("2025-12-01".parse().unwrap(), "2025-12-07".parse().unwrap());
        let longer = Query {
            comparison: Comparison::Custom(week.unwrap()),
            ..query(&[Metric::Sessions], &[])
        };
        assert!(plan(&longer).is_ok());
        let bucketed = Query { bucket: Some(BucketWidth::Day), ..longer };
        assert_eq!(plan(&bucketed).unwrap_err().place, "comparison");
        let started = |metrics: &[Metric]| Query {
            sessions: SessionBasis::Started,
            ..query(metrics, &[Dimension::Page])
        };
        assert_eq!(plan(&started(&[Metric::Sessions])).unwrap_err().place, "metrics/0");
        assert!(plan(&started(&[Metric::PageViews])).is_ok());
        let mut many = query(&[Metric::Sessions], &[]);
        for _ in 0..11 {
            many = filtered(many, Dimension::Device);
        }
        assert_eq!(check_conditions(&many).unwrap_err().place, "filters");
    }

    #[test]
    fn carts_and_visitors_are_read_beside() {
        let plan = plan(&query(&[Metric::Sessions, Metric::AbandonedCarts], &[])).unwrap();
        assert_eq!(plan.sources(), ["day_rollup", "cart"]);
    }
}

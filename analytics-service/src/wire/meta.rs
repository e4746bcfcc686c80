//! `meta`: what an answer stands on and how far it can be trusted.

use common::kernel::DateRange;
use poem_openapi::Object;

use super::Day;
use crate::app::stats::{Basis, Found, Question};

/// An inclusive range of local dates in the property's zone.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct RangeMeta {
    pub first: Day,
    pub last: Day,
}

impl From<DateRange> for RangeMeta {
    fn from(range: DateRange) -> Self {
        Self { first: range.first().into(), last: range.last().into() }
    }
}

/// The range compared with. Where the range holds today it ends with today's counterpart.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct ComparisonMeta {
    pub first: Day,
    pub last: Day,
    /// Its days that have passed and are not loaded.
    pub missing_dates: Vec<Day>,
    /// Set when the range holds today: of today and of this range's last day only so many full
    /// hours are compared, those that are loaded.
    pub last_day_hours: Option<u32>,
}

/// How fresh and how complete the data is.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct FreshnessMeta {
    /// End of the last day of the unbroken run of complete days, RFC 3339 with the property's
    /// offset. Null before the first complete day.
    pub data_through: Option<String>,
    /// When a day was last loaded or confirmed, RFC 3339.
    pub last_success_at: Option<String>,
    /// Days of the range that have passed and are not loaded.
    pub missing_dates: Vec<Day>,
    /// Days of the range that are loaded but not final.
    pub provisional_dates: Vec<Day>,
    /// Set when the newest ingestion that touches the range failed: all metrics of the answer are
    /// those of the last one that succeeded.
    pub stale: Option<StaleMeta>,
}

/// A failed ingestion.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct StaleMeta {
    /// RFC 3339.
    pub failed_at: String,
    /// Stable code of the failure, as on the job's step.
    pub code: String,
    /// Days of the range whose newest load failed. Empty when the source itself could not be looked
    /// at, where any day may have changed.
    pub dates: Vec<Day>,
}

/// Why there is nothing to show.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct EmptyAnswer {
    /// `no_property` or `not_loaded`.
    pub code: String,
    pub detail: String,
}

impl EmptyAnswer {
    pub(crate) fn new(code: &str, detail: &str) -> Self {
        Self { code: code.to_owned(), detail: detail.to_owned() }
    }
}

/// What stands behind the numbers.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct StatsMeta {
    pub property_id: Option<i64>,
    /// Zone of the dates. Null without a property.
    pub time_zone: Option<String>,
    /// The location asked for; null for all together.
    pub location: Option<String>,
    pub range: RangeMeta,
    pub comparison: Option<ComparisonMeta>,
    pub freshness: FreshnessMeta,
    /// The read model the numbers come from.
    pub source: String,
    /// Changes with every load, setting or master-data change the answer depends on.
    pub data_version: Option<String>,
    /// Metrics that may not be summed over the rows of this answer.
    pub non_additive: Vec<String>,
    /// Set when there is nothing to show.
    pub empty: Option<EmptyAnswer>,
}

impl StatsMeta {
    /// `non_additive` names metrics of the answer.
    #[must_use]
    pub fn new(found: &Found, question: &Question, non_additive: &[&str]) -> Self {
        let basis = match found {
            Found::NoProperty => None,
            Found::Property(basis) => Some(&**basis),
        };
        Self {
            property_id: basis.map(|b| b.property_id),
            time_zone: basis.map(|b| b.zone.to_string()),
            location: question.location.clone(),
            range: question.range.into(),
            comparison: basis.and_then(comparison),
            freshness: basis.map_or_else(no_freshness, freshness),
            source: "day_rollup".to_owned(),
            data_version: basis.map(Basis::version),
            non_additive: non_additive.iter().map(|&name| name.to_owned()).collect(),
            empty: empty(found, &question.range),
        }
    }

    /// The same of an answer that is empty when no day of `range` is loaded, a part of the question's.
    #[must_use]
    pub fn empty_without(self, found: &Found, range: &DateRange) -> Self {
        Self { empty: empty(found, range), ..self }
    }
}

fn empty(found: &Found, range: &DateRange) -> Option<EmptyAnswer> {
    match found {
        Found::NoProperty => {
            Some(EmptyAnswer::new("no_property", "no Analytics property is connected yet"))
        }
        Found::Property(basis) if !basis.has_data(range) => {
            Some(EmptyAnswer::new("not_loaded", "no day of the range is loaded"))
        }
        Found::Property(_) => None,
    }
}

fn comparison(basis: &Basis) -> Option<ComparisonMeta> {
    basis.comparison.as_ref().map(|comparable| ComparisonMeta {
        first: comparable.range.first().into(),
        last: comparable.range.last().into(),
        missing_dates: days(&comparable.missing_dates),
        last_day_hours: None,
    })
}

fn no_freshness() -> FreshnessMeta {
    FreshnessMeta {
        data_through: None,
        last_success_at: None,
        missing_dates: Vec::new(),
        provisional_dates: Vec::new(),
        stale: None,
    }
}

pub(crate) fn freshness(basis: &Basis) -> FreshnessMeta {
    let fresh = &basis.freshness;
    FreshnessMeta {
        data_through: fresh.data_through.map(|at| at.to_rfc3339()),
        last_success_at: fresh.last_success_at.map(|at| at.to_rfc3339()),
        missing_dates: days(&fresh.missing_dates),
        provisional_dates: days(&fresh.provisional_dates),
        stale: fresh.stale.as_ref().map(|stale| StaleMeta {
            failed_at: stale.failed_at.to_rfc3339(),
            code: stale.code.clone(),
            dates: days(&stale.dates),
        }),
    }
}

fn days(dates: &[chrono::NaiveDate]) -> Vec<Day> {
    dates.iter().copied().map(Day).collect()
}

/// What stands behind a task list.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct TaskMeta {
    pub property_id: Option<i64>,
    /// Zone of the dates. Null without a property.
    pub time_zone: Option<String>,
    /// The list is decided as of this instant, RFC 3339 with the property's offset.
    pub data_through: Option<String>,
    /// Set when there can be nothing to show: `no_property` or `not_loaded`.
    pub empty: Option<EmptyAnswer>,
}

impl TaskMeta {
    #[must_use]
    pub fn new(found: &Found) -> Self {
        match found {
            Found::NoProperty => Self {
                property_id: None,
                time_zone: None,
                data_through: None,
                empty: Some(EmptyAnswer::new(
                    "no_property",
                    "no Analytics property is connected yet",
                )),
            },
            Found::Property(basis) => {
                let through = basis.freshness.data_through;
                Self {
                    property_id: Some(basis.property_id),
                    time_zone: Some(basis.zone.to_string()),
                    data_through: through.map(|at| at.to_rfc3339()),
                    empty: through
                        .is_none()
                        .then(|| EmptyAnswer::new("not_loaded", "no day is completely loaded")),
                }
            }
        }
    }
}

//! What an answer stands on: the property, its settings, which days are loaded, and the versions
//! that make up its entity tag.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use common::db::TenantTx;
use common::kernel::{DateRange, hours_of_day};

use super::{BasisCache, Question, StatsError};
use crate::app::settings::Settings;
use crate::domain::freshness::{DayState, Freshness, Stale, end_of, missing};
use crate::domain::query::{BucketWidth, Span};
use crate::store::basis::BasisRow;

/// The comparison range, as far as today's counterpart where the range holds today, and what is missing from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparable {
    pub range: DateRange,
    pub missing_dates: Vec<NaiveDate>,
}

/// One property over the days of a question.
#[derive(Debug, Clone)]
pub struct Basis {
    pub property_id: i64,
    pub zone: Tz,
    pub settings: Settings,
    /// Today in the property's zone.
    pub today: NaiveDate,
    /// This instant in the property's zone.
    pub now: DateTime<Tz>,
    pub freshness: Freshness,
    pub comparison: Option<Comparable>,
    /// How many hours of today have begun, when today is in the range: the others are still to come, and what is compared
    /// ends with an hour.
    running_hour: Option<usize>,
    loaded: BTreeSet<NaiveDate>,
    row: BasisRow,
}

/// Whether there is anything to answer from.
#[derive(Debug, Clone)]
pub enum Found {
    /// The tenant has not connected a property yet.
    NoProperty,
    Property(Box<Basis>),
}

/// Reads the basis of `question`.
///
/// # Errors
/// When the property is unknown, or has to be named.
pub async fn find(
    tx: &mut TenantTx,
    question: &Question,
    now: DateTime<Utc>,
    cache: &BasisCache,
) -> Result<Found, StatsError> {
    let rows = cache.read(tx, question.property_id, question.window()).await?;
    if rows.len() > 1 {
        return Err(StatsError::PropertyRequired);
    }
    match rows.first().filter(|row| row.property_id.is_some()) {
        Some(row) => Ok(Found::Property(Box::new(Basis::new(row.clone(), question, now)?))),
        None if question.property_id.is_some() => Err(StatsError::UnknownProperty),
        None => Ok(Found::NoProperty),
    }
}

impl Basis {
    fn new(row: BasisRow, question: &Question, now: DateTime<Utc>) -> Result<Self, StatsError> {
        let zone: Tz = row.time_zone.parse().unwrap_or(Tz::UTC);
        let today = now.with_timezone(&zone).date_naive();
        let loaded: BTreeSet<NaiveDate> = row.loaded.iter().copied().collect();
        let mut provisional_dates: Vec<NaiveDate> =
            row.provisional.iter().copied().filter(|d| question.range.contains(*d)).collect();
        provisional_dates.sort_unstable();
        Ok(Self {
            property_id: row.property_id.unwrap_or_default(),
            zone,
            settings: Settings::of(row.document.as_ref()).map_err(StatsError::Settings)?,
            today,
            now: now.with_timezone(&zone),
            freshness: Freshness {
                complete_through: row.complete_through,
                data_through: row.complete_through.map(|day| end_of(day, zone)),
                last_success_at: row.last_success_at,
                missing_dates: missing(&question.range, &loaded, today),
                provisional_dates,
                stale: stale(&row, &question.range),
            },
            comparison: question
                .comparison
                .range_on(&question.range, today)
                .map(|range| Comparable { missing_dates: missing(&range, &loaded, today), range }),
            running_hour: question.range.contains(today).then(|| {
                let begun = |hour: &DateTime<Tz>| *hour <= now;
                hours_of_day(today, zone).iter().filter(|hour| begun(hour)).count()
            }),
            loaded,
            row,
        })
    }

    /// The days of `range` that are loaded.
    pub fn loaded_in(&self, range: DateRange) -> impl Iterator<Item = NaiveDate> + '_ {
        self.loaded.range(range.first()..=range.last()).copied()
    }

    #[must_use]
    pub fn loaded(&self, day: NaiveDate) -> bool {
        self.loaded.contains(&day)
    }

    #[must_use]
    pub fn has_data(&self, range: &DateRange) -> bool {
        self.loaded_in(*range).next().is_some()
    }

    /// Whether a bucket has numbers: a day of it is loaded, and a part of a day has begun.
    #[must_use]
    pub fn shows(&self, span: &Span, width: Option<BucketWidth>) -> bool {
        !self.to_come(span, width) && self.has_data(&span.days)
    }

    /// Whether a bucket is a part of a day that has not begun.
    #[must_use]
    pub fn to_come(&self, span: &Span, width: Option<BucketWidth>) -> bool {
        width.is_some_and(BucketWidth::within_day) && span.start > self.now
    }

    #[must_use]
    pub fn day_state(&self, day: NaiveDate) -> DayState {
        self.freshness.state(day, self.loaded.contains(&day), self.today)
    }

    /// Data, settings and master data together; a change to any of them gives another text.
    #[must_use]
    pub fn version(&self) -> String {
        let BasisRow { data_version, setting_version, master_version, .. } = self.row;
        format!("{data_version}.{setting_version}.{master_version}")
    }

    /// Everything an answer depends on besides the question.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!(
            "{}|{}|{}|{}|{:?}|{:?}|{:?}|{:?}|{:?}",
            self.property_id,
            self.version(),
            self.zone,
            self.today,
            self.freshness.complete_through,
            self.freshness.last_success_at,
            self.row.provisional,
            self.freshness.stale,
            self.running_hour,
        )
    }
}

/// A load that failed on a day of the comparison range alone says nothing about the range.
fn stale(row: &BasisRow, range: &DateRange) -> Option<Stale> {
    let failed = row.failed_days.as_deref().unwrap_or_default();
    let dates: Vec<NaiveDate> = failed.iter().copied().filter(|day| range.contains(*day)).collect();
    let touches = !dates.is_empty() || row.source_failed == Some(true);
    let failed_at = row.failed_at.filter(|_| touches)?;
    Some(Stale { failed_at, code: row.failure_code.clone().unwrap_or_default(), dates })
}

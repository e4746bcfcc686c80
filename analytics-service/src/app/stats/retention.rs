//! Who comes back: of the clients that were new on a day, those seen on each day after.

use chrono::{Days, NaiveDate};
use common::db::TenantTx;
use common::kernel::DateRange;

use super::overview::known_location;
use super::{Basis, Question, StatsError};
use crate::store::day_rollup;

/// Days after the first that are looked at.
pub const MAX_DAYS: u32 = 60;

/// The clients that were new on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    pub date: NaiveDate,
    pub size: u64,
    /// Those of them that were there on the day itself and on each day after; none for a day that
    /// is not loaded.
    pub returned: Vec<Option<u64>>,
}

/// One cohort for each loaded day of `cohorts`, followed for `days` days; the question's range
/// reaches to the last of them.
///
/// # Errors
/// When the location is unknown or the database refuses.
pub async fn retention(
    tx: &mut TenantTx,
    basis: &Basis,
    question: &Question,
    cohorts: DateRange,
    days: u32,
) -> Result<Vec<Cohort>, StatsError> {
    known_location(tx, basis, question).await?;
    let later = |date: NaiveDate, by: u32| date.checked_add_days(Days::new(by.into()));
    let key = question.location_key();
    let seen = day_rollup::days(tx, basis.property_id, key, &question.range).await?;
    let cohort = |date: NaiveDate| {
        let new = seen.get(&date).map(|day| day.users.new.clone()).unwrap_or_default();
        let on = |by: u32| {
            let day = later(date, by).filter(|day| basis.loaded(*day))?;
            Some(seen.get(&day).map_or(0, |day| day.users.clients.intersection_len(&new)))
        };
        Cohort { date, size: new.len(), returned: (0..=days).map(on).collect() }
    };
    Ok(basis.loaded_in(cohorts).map(cohort).collect())
}

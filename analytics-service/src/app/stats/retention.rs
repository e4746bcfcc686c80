//! Who comes back: of the clients that were new on a day, those seen on each day after.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use common::db::TenantTx;
use common::kernel::DateRange;
use roaring::RoaringBitmap;

use super::overview::known_location;
use super::{Basis, Question, StatsError};
use crate::domain::query::cover::Cover;
use crate::store::user_rollup;

/// All clients, and the new ones.
const SETS: [bool; 6] = [true, false, true, false, false, false];

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
    let cohort = |date: NaiveDate| {
        let on = |by: u32| {
            let day = date.checked_add_days(Days::new(by.into()));
            day.filter(|day| basis.loaded(*day)).map(|_| 0)
        };
        let cohort = Cohort { date, size: 0, returned: (0..=days).map(on).collect() };
        (date, (RoaringBitmap::new(), cohort))
    };
    let mut found: BTreeMap<_, _> = basis.loaded_in(cohorts).map(cohort).collect();
    let seen = Cover { days: basis.loaded_in(question.range).collect(), ..Cover::default() };
    let location = Some(question.location_key());
    // Day after day: only those who were new are held.
    user_rollup::read(tx, basis.property_id, location, &seen, SETS, |day| {
        if let Some((new, cohort)) = found.get_mut(&day.first) {
            cohort.size = day.users.new.len();
            *new = day.users.new;
        }
        for (date, (new, cohort)) in found.range_mut(..=day.first) {
            let by = usize::try_from((day.first - *date).num_days()).unwrap_or(usize::MAX);
            if let Some(Some(returned)) = cohort.returned.get_mut(by) {
                *returned = day.users.clients.intersection_len(new);
            }
        }
    })
    .await?;
    Ok(found.into_values().map(|(_, cohort)| cohort).collect())
}

//! What of a tenant's data is there: the loaded days of each property, and the gaps between them.

use chrono::{DateTime, NaiveDate, Utc};
use common::db::{DbError, TenantTx};
use common::kernel::DateRange;

use crate::domain::shard::complete_table_overdue;
pub use crate::store::availability::LoadedDay;
use crate::store::availability::loaded_days;

/// The days of one property.
#[derive(Debug, Clone)]
pub struct PropertyAvailability {
    pub property_id: i64,
    /// Oldest first.
    pub days: Vec<LoadedDay>,
    /// Days between the first and the last loaded one that are not loaded.
    pub missing: Vec<NaiveDate>,
    /// Loaded days whose complete table should be there by now, and is not.
    pub daily_missing: Vec<NaiveDate>,
    /// When the admins were told that complete tables stay away; none while they come.
    pub daily_missing_since: Option<DateTime<Utc>>,
}

/// # Errors
/// When the database refuses.
pub async fn availability(
    tx: &mut TenantTx,
    property_id: Option<i64>,
    first: Option<NaiveDate>,
    last: Option<NaiveDate>,
) -> Result<Vec<PropertyAvailability>, DbError> {
    let days = loaded_days(tx, property_id, first, last).await?;
    Ok(days.chunk_by(|a, b| a.property_id == b.property_id).map(of_property).collect())
}

fn of_property(days: &[LoadedDay]) -> PropertyAvailability {
    let dates: Vec<_> = days.iter().map(|day| day.date).collect();
    let property_id = days.first().map_or(0, |day| day.property_id);
    let daily_missing = days.iter().filter(|day| overdue(day)).map(|day| day.date).collect();
    PropertyAvailability {
        property_id,
        days: days.to_vec(),
        missing: gaps(&dates),
        daily_missing,
        daily_missing_since: days.first().and_then(|day| day.daily_missing_since),
    }
}

/// Whether a provisional day waits too long for its complete table.
fn overdue(day: &LoadedDay) -> bool {
    day.provisional() && day.today.is_some_and(|today| complete_table_overdue(day.date, today))
}

/// The days between the first and the last of `dates`, which are in order, that are not among them.
fn gaps(dates: &[NaiveDate]) -> Vec<NaiveDate> {
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else { return Vec::new() };
    let Ok(range) = DateRange::new(*first, *last) else { return Vec::new() };
    range.iter().filter(|day| dates.binary_search(day).is_err()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_without_a_load_are_named() {
        let days = |texts: &[&str]| -> Vec<NaiveDate> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        let loaded = days(&["2020-12-21", "2020-12-24", "2020-12-25"]);
        assert_eq!(gaps(&loaded), days(&["2020-12-22", "2020-12-23"]));
        assert!(gaps(&days(&["2020-12-21"])).is_empty());
        assert!(gaps(&[]).is_empty());
    }
}

//! The last half hour, from the events that were loaded of it and those that webhooks brought.

use chrono::{DateTime, Days, TimeDelta, Utc};
use common::db::TenantTx;
use common::kernel::DateRange;

use super::overview::known_location;
use super::{Basis, Question, StatsError};
use crate::domain::comparison::Comparison;
use crate::domain::realtime::{MINUTES, Realtime, Recent};
use crate::store::realtime::{RecentRow, Window, newest, recent};

/// The question about the days that `now` is in somewhere on earth, and the day before.
#[must_use]
pub fn question_of(
    property_id: Option<i64>,
    location: Option<String>,
    now: DateTime<Utc>,
) -> Question {
    let day = now.date_naive();
    let first = day.checked_sub_days(Days::new(2)).unwrap_or(day);
    let last = day.checked_add_days(Days::new(1)).unwrap_or(day);
    let range = DateRange::new(first, last).unwrap_or(DateRange::single(day));
    Question { property_id, location, range, comparison: Comparison::None }
}

/// What happened in the half hour before `now`.
///
/// # Errors
/// When the location is unknown or the database refuses.
pub async fn realtime(
    tx: &mut TenantTx,
    basis: &Basis,
    question: &Question,
    now: DateTime<Utc>,
) -> Result<Realtime, StatsError> {
    known_location(tx, basis, question).await?;
    let local = |at: DateTime<Utc>| at.with_timezone(&basis.zone).date_naive();
    let from = now - TimeDelta::minutes(MINUTES.into());
    let days = DateRange::new(local(from), local(now)).unwrap_or(DateRange::single(local(now)));
    let newest = newest(tx, basis.property_id, days.first(), days.last()).await?;
    let mut realtime = Realtime::quiet(now, newest);
    let window = Window {
        property_id: basis.property_id,
        days,
        from,
        until: now,
        location: question.location.as_deref(),
    };
    for row in recent(tx, &window).await? {
        let counts = counts(&row);
        match (row.minute, row.page) {
            (Some(minute), _) => realtime.put_minute(minute, counts),
            (None, Some(page)) => realtime.pages.push((page, counts)),
            (None, None) => realtime.whole = counts,
        }
    }
    realtime.keep_top_pages();
    Ok(realtime)
}

const fn counts(row: &RecentRow) -> Recent {
    Recent {
        events: row.events,
        page_views: row.page_views,
        users: row.users,
        purchases: row.purchases,
    }
}

//! Read models of many sessions, made without their events: who is there on which day follows from numbers alone.
//!
//! What the answers over 90 days come from is there in full: rollups of days, weeks, months and values, and the days' columns. Rows
//! of sessions are there for the last week, because at a hundred times they would fill the disk.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::{Datelike, Days, NaiveDate, Weekday};
use common::db::sql;
use roaring::RoaringBitmap;
use sqlx::PgConnection;
use uuid::Uuid;

use super::generated_columns;
use super::generated_row::{self, Measured, Owned, SETS};
use super::level::{BRANCHES, Level, SESSIONS_PER_DAY};
use crate::bench::site::Site;

/// At scale 1.
const USERS: u32 = 20_000;
/// Days at the end that have sessions.
const DAYS_OF_SESSIONS: u64 = 7;

/// A dimension with the number of its values.
const DIMENSIONS: [(&str, u32); 5] =
    [("device", 3), ("geo", 40), ("traffic", 15), ("landing_page", 200), ("visitor", 2)];

/// Writes everything; answers how long that took.
///
/// # Errors
/// When the database refuses.
pub async fn write(
    owner: &mut PgConnection,
    site: &Site,
    level: Level,
) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let tenant: Uuid = sql::query_scalar("SELECT tenant_id FROM tenant WHERE slug = $1")
        .bind(site.tenant.slug)
        .fetch_one(&mut *owner)
        .await
        .context("the tenant")?;
    let of = Owned { tenant, property: site.tenant.property_id };
    let range = site.tenant.range;
    generated_row::property(owner, of, &range).await?;
    let mut wholes: BTreeMap<(&str, NaiveDate), Vec<Measured>> = BTreeMap::new();
    for date in range.iter() {
        let day = day(date, level);
        for (span, first) in [
            ("week", date - Days::new(date.weekday().num_days_from_monday().into())),
            ("month", date - Days::new(date.day0().into())),
        ] {
            let known = wholes.entry((span, first)).or_insert_with(|| empty(places()));
            for (whole, of_day) in known.iter_mut().zip(&day) {
                for (set, more) in whole.sets.iter_mut().zip(&of_day.sets) {
                    *set |= more;
                }
            }
        }
        generated_row::day(owner, of, date, &day[..places()]).await?;
        generated_row::values(owner, of, date, &day[places()..]).await?;
        let (sessions, users) = (sessions_of(date, level), level.times(USERS));
        generated_columns::write(owner, of, date, sessions, users).await?;
    }
    for ((span, first), locations) in &wholes {
        generated_row::whole(owner, of, span, *first, locations).await?;
    }
    for date in range.iter().filter(|date| *date + Days::new(DAYS_OF_SESSIONS) > range.last()) {
        generated_row::sessions(owner, of, date, sessions_of(date, level), level.times(USERS))
            .await?;
    }
    Ok(begun.elapsed())
}

/// All together, what is unassigned, and every branch.
const fn places() -> usize {
    BRANCHES as usize + 2
}

/// Rows without anybody, of the places and, when there are more, of the values of each dimension.
fn empty(rows: usize) -> Vec<Measured> {
    let branch = |at: u32| format!("{at:02}");
    let places =
        ["".to_owned(), "(unassigned)".to_owned()].into_iter().chain((1..=BRANCHES).map(branch));
    let place = |code: String| ("location", code);
    let values = DIMENSIONS
        .iter()
        .flat_map(|(name, values)| (0..*values).map(move |at| (*name, format!("{name} {at}"))));
    let row =
        |(dimension, value)| Measured { dimension, value, sessions: 0, sets: Default::default() };
    places.map(place).chain(values).map(row).take(rows).collect()
}

fn sessions_of(date: NaiveDate, level: Level) -> u32 {
    let sessions = level.times(SESSIONS_PER_DAY);
    if matches!(date.weekday(), Weekday::Sat | Weekday::Sun) { sessions * 2 / 5 } else { sessions }
}

/// The rows of one day.
fn day(date: NaiveDate, level: Level) -> Vec<Measured> {
    let mut rows = empty(usize::MAX);
    let users = level.times(USERS);
    // Six of seven sessions are the user's only one that day.
    let share = u64::from(sessions_of(date, level)) * 6 / 7;
    let epoch = date.num_days_from_ce().unsigned_abs();
    for user in 0..users {
        let chance = mixed(user, epoch);
        if chance % u64::from(users) >= share {
            continue;
        }
        // The home branch of a user stays, and so do origin and device; the landing page does not.
        let own = mixed(user, 0);
        let holds = [
            true,
            chance >> 40 & 15 > 0,
            own >> 20 & 127 == u64::from(epoch & 127),
            own >> 20 & 127 != u64::from(epoch & 127),
            chance >> 50 & 31 == 0,
            own >> 30 & 3 > 0,
        ];
        let mut first = places();
        let mut add = |at: usize| {
            if let Some(row) = rows.get_mut(at) {
                row.sessions += 1 + i32::from(chance >> 44 & 7 == 0);
                for (set, holds) in row.sets.iter_mut().zip(holds) {
                    if holds {
                        set.insert(user);
                    }
                }
            }
        };
        add(0);
        add(1 + (own % u64::from(BRANCHES + 1)) as usize);
        for (at, (_, values)) in DIMENSIONS.iter().enumerate() {
            let from = if at == 3 { chance >> 24 } else { own >> (8 + at) };
            add(first + (from % u64::from(*values)) as usize);
            first += *values as usize;
        }
    }
    rows.retain(|row| row.dimension == "location" || row.sessions > 0);
    rows
}

/// Bits that look like chance and are the same every time.
fn mixed(one: u32, other: u32) -> u64 {
    let mut bits = u64::from(one) << 32 | u64::from(other);
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

/// The portable form, as the product stores it.
pub(super) fn stored(set: &RoaringBitmap) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(set.serialized_size());
    set.serialize_into(&mut bytes).ok().filter(|()| !set.is_empty())?;
    Some(bytes)
}

/// All, active, new, returning and purchasing clients, and known users.
pub(super) type Sets = [RoaringBitmap; SETS];

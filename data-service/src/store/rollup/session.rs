//! Sessions of the day, and what belongs to none.

use std::collections::HashMap;

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::OfDay;
use super::hour::Parts;
use super::place::PlaceRow;
use crate::domain::rollup::{Activity, DayTotals, Session, Sessionless};

/// The dense numbers of the day's clients.
pub(super) type Numbers = HashMap<Uuid, u32>;

/// Every client of the day is in one of its sessions or was there without one.
pub(super) async fn numbers(tx: &mut TenantTx, of: OfDay<'_>) -> Result<Numbers, DbError> {
    let tenant = tx.tenant();
    let mut rows = sql::query_as::<(Uuid, i32)>(
        "SELECT client_key, client_number FROM session_day
         WHERE tenant_id = $1 AND property_id = $2 AND date = $3
         UNION
         SELECT client_key, client_number FROM sessionless_day
         WHERE tenant_id = $1 AND property_id = $2 AND date = $3 AND client_number IS NOT NULL",
    )
    .bind(tenant)
    .bind(of.property_id)
    .bind(of.date)
    .fetch(tx.conn());
    let mut numbers = Numbers::new();
    while let Some((client, number)) = rows.try_next().await? {
        numbers.insert(client, number.unsigned_abs());
    }
    Ok(numbers)
}

#[derive(sqlx::FromRow)]
struct ActivityRow {
    events: i32,
    page_views: i32,
    engagement_msec: i64,
    day_active: Option<bool>,
    day_first_visit: bool,
}

impl From<ActivityRow> for Activity {
    fn from(row: ActivityRow) -> Self {
        Self {
            events: row.events.into(),
            page_views: row.page_views.into(),
            engagement_msec: row.engagement_msec,
            active: row.day_active,
            first_visit: row.day_first_visit,
        }
    }
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    session_key: Uuid,
    #[sqlx(flatten)]
    place: PlaceRow,
    #[sqlx(flatten)]
    activity: ActivityRow,
    client_number: i32,
    known_user_number: Option<i32>,
    previous_day: Option<NaiveDate>,
    engaged: bool,
    converted: bool,
    cart: bool,
    checkout: bool,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            place: row.place.into(),
            client: row.client_number.unsigned_abs(),
            known_user: row.known_user_number.map(i32::unsigned_abs),
            previous_day: row.previous_day,
            activity: row.activity.into(),
            engaged: row.engaged,
            converted: row.converted,
            cart: row.cart,
            checkout: row.checkout,
        }
    }
}

/// In the order of their keys, which numbers them within the day.
pub(super) async fn add(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    parts: &Parts,
    day: &mut DayTotals,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let mut rows = sql::query_as::<SessionRow>(
        "SELECT session_key, branch, customer, device, country, city, source, medium, campaign,
                landing_page, session_number, events, page_views, engagement_msec, day_active,
                day_first_visit, client_number, known_user_number, previous_day, engaged,
                converted, cart, checkout
         FROM session_day WHERE tenant_id = $1 AND property_id = $2 AND date = $3
         ORDER BY session_key",
    )
    .bind(tenant)
    .bind(of.property_id)
    .bind(of.date)
    .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        let hours = parts.get(&row.session_key).map_or(&[][..], Vec::as_slice);
        day.add_session(&row.into(), hours);
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct SessionlessRow {
    #[sqlx(flatten)]
    place: PlaceRow,
    #[sqlx(flatten)]
    activity: ActivityRow,
    client_number: Option<i32>,
}

pub(super) async fn add_sessionless(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    day: &mut DayTotals,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let rows: Vec<SessionlessRow> = sql::query_as(
        "SELECT branch, customer, device, country, city, source, medium, campaign,
                NULL::text AS landing_page, NULL::int AS session_number, events, page_views,
                engagement_msec, day_active, day_first_visit, client_number
         FROM sessionless_day WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
    )
    .bind(tenant)
    .bind(of.property_id)
    .bind(of.date)
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        day.add_sessionless(&Sessionless {
            place: row.place.into(),
            client: row.client_number.map(i32::unsigned_abs),
            activity: row.activity.into(),
        });
    }
    Ok(())
}

//! Sessions of the day, and what belongs to none.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use futures_util::TryStreamExt;
use sqlx::types::Json;

use super::OfDay;
use super::hour::{Hours, StoredHour};
use super::place::PlaceRow;
use crate::domain::rollup::{Activity, DayTotals, Session, Sessionless};

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
    hours: Option<Json<Vec<StoredHour>>>,
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

/// In the order of their keys, which numbers them within the day. Reads `session_hour` beside them.
pub(super) async fn add(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    hours: &Hours,
    day: &mut DayTotals,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let mut rows = sql::query_as::<SessionRow>(
        "SELECT branch, customer, device, country, city, source, medium, campaign,
                landing_page, session_number, events, page_views, engagement_msec, day_active,
                day_first_visit, client_number, known_user_number, previous_day, engaged,
                converted, cart, checkout, hours
         FROM session_day LEFT JOIN session_hour USING (session_key)
         WHERE tenant_id = $1 AND property_id = $2 AND date = $3
         ORDER BY session_key",
    )
    .persistent(false)
    .bind(tenant)
    .bind(of.property_id)
    .bind(of.date)
    .fetch(tx.conn());
    while let Some(mut row) = rows.try_next().await? {
        let parts = row.hours.take().map_or_else(Vec::new, |stored| hours.parts(stored.0));
        day.add_session(&row.into(), &parts);
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

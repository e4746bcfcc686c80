//! Table `day_rollup`: made anew for each day that changed.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use futures_util::TryStreamExt;
use roaring::RoaringBitmap;
use rust_decimal::Decimal;

use crate::domain::rollup::{DayTotals, Purchase, Refund, Session, Totals, Unattributed};

#[derive(sqlx::FromRow)]
struct SessionRow {
    branch: Option<String>,
    client_number: i32,
    known_user_number: Option<i32>,
    previous_day: Option<NaiveDate>,
    events: i32,
    page_views: i32,
    engagement_msec: i64,
    day_active: Option<bool>,
    day_first_visit: bool,
    session_number: Option<i32>,
    engaged: bool,
    converted: bool,
    cart: bool,
    checkout: bool,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            branch: row.branch,
            client: row.client_number.unsigned_abs(),
            known_user: row.known_user_number.map(i32::unsigned_abs),
            previous_day: row.previous_day,
            events: row.events.into(),
            page_views: row.page_views.into(),
            engagement_msec: row.engagement_msec,
            day_active: row.day_active,
            first_visit: row.day_first_visit,
            session_number: row.session_number,
            engaged: row.engaged,
            converted: row.converted,
            cart: row.cart,
            checkout: row.checkout,
        }
    }
}

/// Rolls the day up. Money without a currency counts in `default_currency`.
///
/// # Errors
/// When the database refuses.
pub async fn derive(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    default_currency: &str,
) -> Result<(), DbError> {
    let mut day = DayTotals::default();
    add_sessions(tx, property_id, date, &mut day).await?;
    add_unattributed(tx, property_id, date, &mut day).await?;
    add_purchases(tx, property_id, date, default_currency, &mut day).await?;
    add_refunds(tx, property_id, date, default_currency, &mut day).await?;

    let tenant = tx.tenant();
    sql::query("DELETE FROM day_rollup WHERE tenant_id = $1 AND property_id = $2 AND date = $3")
        .bind(tenant)
        .bind(property_id)
        .bind(date)
        .execute(tx.conn())
        .await?;
    for (location, totals) in day.iter() {
        insert_counts(tx, property_id, date, location, totals).await?;
        insert_takings(tx, property_id, date, location, totals).await?;
    }
    Ok(())
}

async fn add_sessions(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    day: &mut DayTotals,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let mut rows = sql::query_as::<SessionRow>(
        "SELECT branch, client_number, known_user_number, previous_day, events, page_views,
                engagement_msec, day_active, day_first_visit, session_number, engaged, converted,
                cart, checkout
         FROM session_day WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(date)
    .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        day.add_session(&row.into());
    }
    Ok(())
}

async fn add_unattributed(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    day: &mut DayTotals,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let rows: Vec<(Option<String>, i64, i64, i64)> = sql::query_as(
        "SELECT branch, count(*), count(*) FILTER (WHERE event_name = 'page_view'),
                coalesce(sum(engagement_msec), 0)::bigint
         FROM event
         WHERE tenant_id = $1 AND property_id = $2 AND event_date = $3 AND session_key IS NULL
         GROUP BY branch",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(date)
    .fetch_all(tx.conn())
    .await?;
    for (branch, events, page_views, engagement_msec) in rows {
        day.add_unattributed(&Unattributed { branch, events, page_views, engagement_msec });
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct PurchaseRow {
    branch: Option<String>,
    client_number: Option<i32>,
    known_user_number: Option<i32>,
    transaction_id: Option<String>,
    revenue: Option<Decimal>,
    currency: Option<String>,
    quantity: Decimal,
}

async fn add_purchases(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    default_currency: &str,
    day: &mut DayTotals,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let rows: Vec<PurchaseRow> = sql::query_as(
        "SELECT CASE WHEN s.session_key IS NULL THEN p.branch ELSE s.branch END AS branch,
                s.client_number, s.known_user_number, p.transaction_id, p.revenue, p.currency,
                p.quantity
         FROM purchase AS p
         LEFT JOIN session_day AS s
           ON s.tenant_id = $1 AND s.property_id = $2 AND s.date = $3
          AND s.session_key = p.session_key
         WHERE p.tenant_id = $1 AND p.property_id = $2 AND p.date = $3 AND p.kept",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(date)
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        day.add_purchase(&Purchase {
            branch: row.branch,
            client: row.client_number.map(i32::unsigned_abs),
            known_user: row.known_user_number.map(i32::unsigned_abs),
            with_id: row.transaction_id.is_some(),
            revenue: row.revenue,
            currency: row.currency.unwrap_or_else(|| default_currency.to_owned()),
            quantity: row.quantity,
        });
    }
    Ok(())
}

async fn add_refunds(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    default_currency: &str,
    day: &mut DayTotals,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let rows: Vec<(Option<String>, Option<Decimal>, Option<String>)> = sql::query_as(
        "SELECT CASE WHEN s.session_key IS NULL THEN r.branch ELSE s.branch END, r.value,
                r.currency
         FROM refund AS r
         LEFT JOIN session_day AS s
           ON s.tenant_id = $1 AND s.property_id = $2 AND s.date = $3
          AND s.session_key = r.session_key
         WHERE r.tenant_id = $1 AND r.property_id = $2 AND r.date = $3",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(date)
    .fetch_all(tx.conn())
    .await?;
    for (branch, value, currency) in rows {
        let currency = currency.unwrap_or_else(|| default_currency.to_owned());
        day.add_refund(&Refund { branch, value, currency });
    }
    Ok(())
}

/// The portable serialisation, or NULL for the empty set.
fn stored(set: &RoaringBitmap) -> Option<Vec<u8>> {
    if set.is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(set.serialized_size());
    // Writing to memory does not fail.
    set.serialize_into(&mut bytes).ok().map(|()| bytes)
}

async fn insert_counts(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    location: &str,
    totals: &Totals,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let (clients, users) = (&totals.clients, &totals.known_users);
    sql::query(
        "INSERT INTO day_rollup (tenant_id, property_id, date, location, currency, events,
           unattributed_events, page_views, engagement_msec, sessions, engaged_sessions,
           cart_sessions, checkout_sessions, converted_sessions, resumed, purchases,
           purchases_without_id, items_sold, clients, active_clients, new_clients,
           returning_clients, purchasing_clients, known_users, active_known_users,
           new_known_users, returning_known_users, purchasing_known_users)
         VALUES ($1, $2, $3, $4, '', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                 $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(date)
    .bind(location)
    .bind(totals.events)
    .bind(totals.unattributed_events)
    .bind(totals.page_views)
    .bind(totals.engagement_msec)
    .bind(totals.started.sessions)
    .bind(totals.started.engaged_sessions)
    .bind(totals.started.cart_sessions)
    .bind(totals.started.checkout_sessions)
    .bind(totals.started.converted_sessions)
    .bind(sqlx::types::Json(totals.resumed()))
    .bind(totals.purchases)
    .bind(totals.purchases_without_id)
    .bind(totals.items_sold)
    .bind(stored(&clients.all))
    .bind(stored(&clients.active))
    .bind(stored(&clients.new))
    .bind(stored(&clients.returning))
    .bind(stored(&clients.purchasing))
    .bind(stored(&users.all))
    .bind(stored(&users.active))
    .bind(stored(&users.new))
    .bind(stored(&users.returning))
    .bind(stored(&users.purchasing))
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn insert_takings(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    location: &str,
    totals: &Totals,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    for (currency, takings) in &totals.takings {
        sql::query(
            "INSERT INTO day_rollup (tenant_id, property_id, date, location, currency, purchases,
               gross_revenue, refunds)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(tenant)
        .bind(property_id)
        .bind(date)
        .bind(location)
        .bind(currency)
        .bind(takings.purchases)
        .bind(takings.gross_revenue)
        .bind(takings.refunds)
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

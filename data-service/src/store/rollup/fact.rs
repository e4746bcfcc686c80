//! Purchases, refunds and searches: they count for their session, else for themselves.

use common::db::{DbError, TenantTx, sql};
use rust_decimal::Decimal;

use super::OfDay;
use super::hour::Hours;
use super::place::PlaceRow;
use crate::domain::rollup::{DayTotals, NOT_SET, Purchase, Refund, Search};

/// Facts of a table with their place. The event itself is looked up only where there is no session.
macro_rules! placed {
    ($table:literal, own_branch: $branch:literal, $columns:literal, $condition:literal) => {
        concat!(
            "SELECT CASE WHEN s.session_key IS NULL THEN ",
            $branch,
            " ELSE s.branch END AS branch,
               CASE WHEN s.session_key IS NULL THEN e.customer ELSE s.customer END AS customer,
               CASE WHEN s.session_key IS NULL THEN e.device_category ELSE s.device END AS device,
               CASE WHEN s.session_key IS NULL THEN e.country ELSE s.country END AS country,
               CASE WHEN s.session_key IS NULL THEN e.city ELSE s.city END AS city,
               CASE WHEN s.session_key IS NULL THEN e.source ELSE s.source END AS source,
               CASE WHEN s.session_key IS NULL THEN e.medium ELSE s.medium END AS medium,
               CASE WHEN s.session_key IS NULL THEN e.campaign ELSE s.campaign END AS campaign,
               s.landing_page, s.session_number, ",
            $columns,
            " FROM ",
            $table,
            " AS f
             LEFT JOIN session_day AS s
               ON s.tenant_id = $1 AND s.property_id = $2 AND s.date = $3
              AND s.session_key = f.session_key
             LEFT JOIN LATERAL (
               SELECT branch, customer, device_category, country, city, source, medium, campaign
               FROM event
               WHERE tenant_id = $1 AND property_id = $2 AND event_date = $3
                 AND event_key = f.event_key AND s.session_key IS NULL
               OFFSET 0
             ) AS e ON true
             WHERE f.tenant_id = $1 AND f.property_id = $2 AND f.date = $3 AND ",
            $condition
        )
    };
}

#[derive(sqlx::FromRow)]
struct PurchaseRow {
    #[sqlx(flatten)]
    place: PlaceRow,
    purchase_micros: i64,
    client_number: Option<i32>,
    transaction_id: Option<String>,
    revenue: Option<Decimal>,
    currency: Option<String>,
    quantity: Decimal,
}

pub(super) async fn add_purchases(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    hours: &Hours,
    day: &mut DayTotals,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let rows: Vec<PurchaseRow> = sql::query_as(placed!(
        "purchase",
        own_branch: "f.branch",
        "f.purchase_micros, coalesce(s.client_number,
           (SELECT number FROM client AS c WHERE c.tenant_id = $1 AND c.property_id = $2
              AND c.client_key = f.client_key)) AS client_number,
         f.transaction_id, f.revenue, f.currency, f.quantity",
        "f.kept"
    ))
    .bind(tenant)
    .bind(of.property_id)
    .bind(of.date)
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        day.add_purchase(&Purchase {
            place: row.place.into(),
            hour: hours.hour(row.purchase_micros),
            client: row.client_number.map(i32::unsigned_abs),
            with_id: row.transaction_id.is_some(),
            revenue: row.revenue,
            currency: row.currency.unwrap_or_else(|| of.default_currency.to_owned()),
            quantity: row.quantity,
        });
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct RefundRow {
    #[sqlx(flatten)]
    place: PlaceRow,
    refund_micros: i64,
    value: Option<Decimal>,
    currency: Option<String>,
}

pub(super) async fn add_refunds(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    hours: &Hours,
    day: &mut DayTotals,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let rows: Vec<RefundRow> = sql::query_as(placed!(
        "refund",
        own_branch: "f.branch",
        "f.refund_micros, f.value, f.currency",
        "true"
    ))
    .bind(tenant)
    .bind(of.property_id)
    .bind(of.date)
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        day.add_refund(&Refund {
            place: row.place.into(),
            hour: hours.hour(row.refund_micros),
            value: row.value,
            currency: row.currency.unwrap_or_else(|| of.default_currency.to_owned()),
        });
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct SearchRow {
    #[sqlx(flatten)]
    place: PlaceRow,
    search_micros: i64,
    term: String,
    failed: bool,
}

pub(super) async fn add_searches(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    hours: &Hours,
    day: &mut DayTotals,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let rows: Vec<SearchRow> = sql::query_as(placed!(
        "search",
        own_branch: "e.branch",
        "f.search_micros, f.term, f.failed",
        "f.kept"
    ))
    .bind(tenant)
    .bind(of.property_id)
    .bind(of.date)
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        let term = if row.term.is_empty() { NOT_SET.to_owned() } else { row.term };
        day.add_search(&Search {
            place: row.place.into(),
            hour: hours.hour(row.search_micros),
            term,
            failed: row.failed,
        });
    }
    Ok(())
}

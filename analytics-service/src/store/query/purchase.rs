//! Purchases that count, and refunds.

use common::db::{DbError, TenantTx};
use futures_util::TryStreamExt;
use rust_decimal::Decimal;
use sqlx::Row;

use super::frame::PLACE_OF_FACT;
use super::session::numbers;
use super::{Counted, Frame};
use crate::domain::takings::{Takings, observed_currency};

/// Counts purchases, what was sold and who bought. Money without a currency is in `currency`.
///
/// # Errors
/// When the database refuses.
pub async fn add_purchases(
    tx: &mut TenantTx,
    frame: &Frame<'_>,
    currency: &str,
    counted: &mut Counted,
) -> Result<(), DbError> {
    let mut text = frame.header();
    text.push(format!(
        "SELECT f.date, f.purchase_micros AS micros,
                CASE WHEN s.session_key IS NULL THEN f.branch ELSE s.branch END AS branch,
                {PLACE_OF_FACT}, f.transaction_id, f.revenue, f.currency, f.quantity,
                coalesce(s.client_number,
                  (SELECT number FROM client AS c WHERE c.tenant_id = $1 AND c.property_id = $2
                     AND c.client_key = f.client_key)) AS client_number
         FROM purchase AS f"
    ));
    frame.join_place(&mut text);
    text.push(" AND f.kept");
    frame.keyed(&mut text);
    text.push(format!("SELECT {}, coalesce(currency, ", frame.keys()));
    text.push_bind(currency.to_owned());
    text.push(format!(
        ") AS code, count(*) AS purchases,
         count(*) FILTER (WHERE transaction_id IS NULL) AS without_id,
         coalesce(sum(revenue), 0) AS gross, sum(quantity) AS quantity,
         array_agg(client_number) FILTER (WHERE client_number IS NOT NULL) AS clients
         FROM keyed GROUP BY {}, code",
        frame.keys()
    ));
    let mut rows = text.build().fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        let totals = counted.at(frame.key(&row)?);
        let purchases: i64 = row.try_get("purchases")?;
        totals.activity.purchases += purchases;
        totals.activity.purchases_without_id += row.try_get::<i64, _>("without_id")?;
        let sold = &mut totals.activity.items_sold;
        *sold = sold.saturating_add(row.try_get::<Decimal, _>("quantity")?);
        totals.users.purchasing |= numbers(&row, "clients")?;
        let gross_revenue = row.try_get("gross")?;
        let takings = Takings { gross_revenue, purchases, ..Takings::default() };
        totals.takings.add(observed_currency(row.try_get("code")?), takings);
    }
    Ok(())
}

/// Adds refunds, dated by themselves.
///
/// # Errors
/// When the database refuses.
pub async fn add_refunds(
    tx: &mut TenantTx,
    frame: &Frame<'_>,
    currency: &str,
    counted: &mut Counted,
) -> Result<(), DbError> {
    let mut text = frame.header();
    text.push(format!(
        "SELECT f.date, f.refund_micros AS micros,
                CASE WHEN s.session_key IS NULL THEN f.branch ELSE s.branch END AS branch,
                {PLACE_OF_FACT}, f.value, f.currency
         FROM refund AS f"
    ));
    frame.join_place(&mut text);
    frame.keyed(&mut text);
    text.push(format!("SELECT {}, coalesce(currency, ", frame.keys()));
    text.push_bind(currency.to_owned());
    text.push(format!(
        ") AS code, coalesce(sum(value), 0) AS refunds FROM keyed GROUP BY {}, code",
        frame.keys()
    ));
    let mut rows = text.build().fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        let totals = counted.at(frame.key(&row)?);
        let takings = Takings { refunds: row.try_get("refunds")?, ..Takings::default() };
        totals.takings.add(observed_currency(row.try_get("code")?), takings);
    }
    Ok(())
}

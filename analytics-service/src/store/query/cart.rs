//! Abandoned carts, dated by their last event.

use common::db::{DbError, TenantTx};
use futures_util::TryStreamExt;
use rust_decimal::Decimal;
use sqlx::Row;

use super::{Counted, Frame};
use crate::domain::abandonment::AbandonmentRule;

/// Counts abandoned carts and adds up those in `currency`, which is also that of a cart without.
///
/// # Errors
/// When the database refuses.
pub async fn add_carts(
    tx: &mut TenantTx,
    frame: &Frame<'_>,
    rule: AbandonmentRule,
    currency: &str,
    counted: &mut Counted,
) -> Result<(), DbError> {
    let mut text = frame.header();
    text.push(
        "SELECT c.date, s.branch, s.customer, s.device, s.country, s.city, s.source, s.medium,
                s.campaign, s.landing_page, s.session_number, c.value, c.currency,
                c.value_incomplete
         FROM cart AS c
         LEFT JOIN session_day AS s
           ON s.tenant_id = $1 AND s.property_id = $2 AND s.date = c.date
          AND s.session_key = c.session_key
         WHERE c.tenant_id = $1 AND c.property_id = $2 AND c.date BETWEEN $3 AND $4
           AND c.open AND c.last_cart_micros < ",
    );
    text.push_bind(rule.before_micros);
    text.push(" AND (c.recovered_micros IS NULL OR c.recovered_micros - c.last_cart_micros > ");
    text.push_bind(rule.window_micros).push(")");
    frame.of_branches("s.branch", &mut text);
    frame.keyed(&mut text);
    text.push(format!(
        "SELECT {}, count(*) AS carts, count(*) FILTER (WHERE value_incomplete) AS incomplete,
                coalesce(sum(value) FILTER (WHERE coalesce(currency, '') IN ('', ",
        frame.keys()
    ));
    text.push_bind(currency.to_owned());
    text.push(format!(")), 0) AS value FROM keyed GROUP BY {}", frame.keys()));
    let mut rows = text.build().fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        let beside = &mut counted.at(frame.key(&row)?).beside;
        beside.abandoned_carts += row.try_get::<i64, _>("carts")?;
        beside.incomplete_carts += row.try_get::<i64, _>("incomplete")?;
        let value: Decimal = row.try_get("value")?;
        beside.cart_value = beside.cart_value.saturating_add(value);
    }
    Ok(())
}

//! Table `cart`: the ones that were left behind, with whose they are.

use std::collections::HashMap;

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use common::kernel::DateRange;
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use crate::domain::abandonment::{AbandonmentRule, CartState};

/// Which abandoned carts.
#[derive(Debug, Clone)]
pub struct CartFilter {
    pub property_id: i64,
    pub rule: AbandonmentRule,
    pub location: Option<String>,
    /// Days of the last cart event.
    pub days: Option<DateRange>,
}

/// Where a page ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CartPosition {
    pub last_cart_micros: i64,
    pub session_key: Uuid,
}

/// An abandoned cart.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CartRow {
    pub session_key: Uuid,
    pub date: NaiveDate,
    pub last_cart_micros: i64,
    pub items: Value,
    pub quantity: Decimal,
    pub value: Decimal,
    pub value_incomplete: bool,
    pub currency: Option<String>,
    pub client_key: Uuid,
    pub known_user: Option<String>,
    pub customer_code: Option<String>,
    pub location_code: Option<String>,
    pub location_name: Option<String>,
    /// Customers with the session's user id.
    pub candidates: i64,
    pub contact_code: Option<String>,
    pub contact_name: Option<String>,
    pub contact_email: Option<String>,
    pub contact_phone: Option<String>,
}

impl CartRow {
    #[must_use]
    pub const fn position(&self) -> CartPosition {
        CartPosition { last_cart_micros: self.last_cart_micros, session_key: self.session_key }
    }
}

/// Abandoned carts, the latest first.
///
/// # Errors
/// When the database refuses.
pub async fn abandoned(
    tx: &mut TenantTx,
    filter: &CartFilter,
    after: Option<CartPosition>,
    limit: i64,
) -> Result<Vec<CartRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(include_str!("sql/abandoned_carts.sql"))
        .bind(tenant)
        .bind(filter.property_id)
        .bind(filter.rule.before_micros)
        .bind(filter.rule.window_micros)
        .bind(filter.location.as_deref())
        .bind(filter.days.map(|days| days.first()))
        .bind(filter.days.map(|days| days.last()))
        .bind(after.map(|position| position.last_cart_micros))
        .bind(after.map(|position| position.session_key))
        .bind(limit)
        .fetch_all(tx.conn())
        .await?)
}

/// How many there are.
///
/// # Errors
/// When the database refuses.
pub async fn count_abandoned(tx: &mut TenantTx, filter: &CartFilter) -> Result<i64, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_scalar(include_str!("sql/abandoned_cart_count.sql"))
        .bind(tenant)
        .bind(filter.property_id)
        .bind(filter.rule.before_micros)
        .bind(filter.rule.window_micros)
        .bind(filter.location.as_deref())
        .bind(filter.days.map(|days| days.first()))
        .bind(filter.days.map(|days| days.last()))
        .fetch_one(tx.conn())
        .await?)
}

/// What has become of the carts of sessions; those without one are left out.
///
/// # Errors
/// When the database refuses.
pub async fn states(
    tx: &mut TenantTx,
    property_id: i64,
    sessions: &[Uuid],
) -> Result<HashMap<Uuid, CartState>, DbError> {
    let tenant = tx.tenant();
    let rows: Vec<(Uuid, bool, i64, Option<i64>)> = sql::query_as(
        "SELECT session_key, open, last_cart_micros, recovered_micros FROM cart
         WHERE tenant_id = $1 AND property_id = $2 AND session_key = ANY ($3)",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(sessions)
    .fetch_all(tx.conn())
    .await?;
    let state = |(session, open, last_cart_micros, recovered_micros)| {
        (session, CartState { open, last_cart_micros, recovered_micros })
    };
    Ok(rows.into_iter().map(state).collect())
}

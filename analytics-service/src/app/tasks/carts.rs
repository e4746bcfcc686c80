//! Carts that were left behind and whom to ask about them.

use chrono::{DateTime, Utc};
use common::db::TenantTx;
use common::kernel::{Currency, DateRange, Money, cut_page};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use crate::app::stats::{Basis, StatsError};
use crate::domain::abandoned_cart::{AbandonedCart, CartItem};
use crate::domain::abandonment::AbandonmentRule;
use crate::domain::contact::Contact;
use crate::domain::location::{LocationState, UNASSIGNED};
use crate::domain::takings::observed_currency;
use crate::store::cart::{self, CartFilter, CartPosition, CartRow};
use crate::store::location;

/// Which carts are asked for.
#[derive(Debug, Clone, Default)]
pub struct Carts {
    pub location: Option<String>,
    /// Days of the last cart event; all when none.
    pub days: Option<DateRange>,
}

/// A page of carts, the latest first.
#[derive(Debug, Clone, PartialEq)]
pub struct CartPage {
    pub carts: Vec<AbandonedCart>,
    /// Where the next page begins; none on the last.
    pub next: Option<CartPosition>,
}

/// One page. Before the first complete day no cart counts as abandoned.
///
/// # Errors
/// When the location is unknown or the database refuses.
pub async fn abandoned_carts(
    tx: &mut TenantTx,
    basis: &Basis,
    asked: &Carts,
    after: Option<CartPosition>,
    limit: i64,
) -> Result<CartPage, StatsError> {
    let Some(filter) = filter(basis, asked) else {
        return Ok(CartPage { carts: Vec::new(), next: None });
    };
    let rows = cart::abandoned(tx, &filter, after, limit + 1).await?;
    if rows.is_empty()
        && let Some(code) = &asked.location
        && !location::known(tx, basis.property_id, code).await?
    {
        return Err(StatsError::UnknownLocation);
    }
    let (rows, next) = cut_page(rows, limit, CartRow::position);
    let currency = basis.settings.currency;
    let carts = rows.into_iter().map(|row| cart_of(row, currency)).collect::<Result<_, _>>()?;
    Ok(CartPage { carts, next })
}

/// How many carts the pages hold together.
///
/// # Errors
/// When the database refuses.
pub async fn count_abandoned_carts(
    tx: &mut TenantTx,
    basis: &Basis,
    asked: &Carts,
) -> Result<i64, StatsError> {
    match filter(basis, asked) {
        Some(filter) => Ok(cart::count_abandoned(tx, &filter).await?),
        None => Ok(0),
    }
}

/// When a cart counts as abandoned; none before the first complete day.
#[must_use]
pub fn abandonment_rule(basis: &Basis) -> Option<AbandonmentRule> {
    let through = basis.freshness.data_through?.with_timezone(&Utc);
    let settings = &basis.settings;
    Some(AbandonmentRule::new(through, settings.cart_grace, settings.abandon_window))
}

fn filter(basis: &Basis, asked: &Carts) -> Option<CartFilter> {
    Some(CartFilter {
        property_id: basis.property_id,
        rule: abandonment_rule(basis)?,
        location: asked.location.clone(),
        days: asked.days,
    })
}

/// An element of the column `items`.
#[derive(Debug, Deserialize)]
struct ItemRow {
    item_id: Option<String>,
    item_name: Option<String>,
    price: Option<Value>,
    quantity: Value,
}

fn cart_of(row: CartRow, main: Currency) -> Result<AbandonedCart, StatsError> {
    let items = Vec::<ItemRow>::deserialize(&row.items).map_err(undecodable)?;
    let currency = row.currency.as_deref().map_or(main, observed_currency);
    let contact = row.contact_code.zip(row.contact_name).map(|(customer_code, name)| Contact {
        customer_code,
        name,
        email: row.contact_email,
        phone: row.contact_phone,
    });
    let location_code = row.location_code.unwrap_or_else(|| UNASSIGNED.to_owned());
    Ok(AbandonedCart {
        session_key: row.session_key,
        date: row.date,
        last_activity_at: DateTime::from_timestamp_micros(row.last_cart_micros).unwrap_or_default(),
        items: items.into_iter().map(item_of).collect(),
        quantity: row.quantity,
        value: Money::new(row.value, currency),
        value_incomplete: row.value_incomplete,
        client_key: row.client_key,
        known_user: row.known_user,
        customer_code: row.customer_code,
        candidates: if contact.is_some() { 0 } else { row.candidates },
        contact,
        location: LocationState::of(&location_code, row.location_name.is_some()),
        location_code,
        location_name: row.location_name,
    })
}

fn item_of(row: ItemRow) -> CartItem {
    CartItem {
        item_id: row.item_id,
        name: row.item_name,
        price: row.price.as_ref().and_then(decimal),
        quantity: decimal(&row.quantity).unwrap_or(Decimal::ONE),
    }
}

/// The exact text of a JSON number or string.
fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

fn undecodable(error: impl std::error::Error + Send + Sync + 'static) -> StatsError {
    StatsError::Db(sqlx::Error::Decode(Box::new(error)).into())
}

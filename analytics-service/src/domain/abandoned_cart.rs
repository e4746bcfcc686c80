//! A cart that was left behind.

use chrono::{DateTime, NaiveDate, Utc};
use common::kernel::Money;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::contact::Contact;
use super::location::LocationState;

/// An item that is still in the cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartItem {
    pub item_id: Option<String>,
    pub name: Option<String>,
    /// In the cart's currency.
    pub price: Option<Decimal>,
    pub quantity: Decimal,
}

/// One abandoned cart.
#[derive(Debug, Clone, PartialEq)]
pub struct AbandonedCart {
    pub session_key: Uuid,
    pub date: NaiveDate,
    pub last_activity_at: DateTime<Utc>,
    pub items: Vec<CartItem>,
    pub quantity: Decimal,
    pub value: Money,
    /// An item without price is in it.
    pub value_incomplete: bool,
    pub client_key: Uuid,
    pub known_user: Option<String>,
    pub customer_code: Option<String>,
    pub contact: Option<Contact>,
    /// Customers that might be meant when there is no contact.
    pub candidates: i64,
    pub location_code: String,
    pub location_name: Option<String>,
    pub location: LocationState,
}

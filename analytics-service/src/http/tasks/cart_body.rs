//! An abandoned cart on the wire.

use chrono::{DateTime, Utc};
use common::kernel::Money;
use poem_openapi::Object;
use rust_decimal::prelude::ToPrimitive;
use uuid::Uuid;

use crate::domain::abandoned_cart::{AbandonedCart, CartItem};
use crate::http::contacts::ContactBody;
use crate::http::location::LocationBody;
use crate::wire::{Day, MoneyBody};

#[derive(Debug, Object)]
#[oai(rename = "CartItem")]
struct CartItemBody {
    item_id: Option<String>,
    name: Option<String>,
    /// Of one piece; null when the events carry none.
    price: Option<MoneyBody>,
    quantity: f64,
}

#[derive(Debug, Object)]
#[oai(rename = "AbandonedCart")]
pub(super) struct CartBody {
    /// The session the cart belongs to.
    session_id: Uuid,
    /// Local day of the last cart event.
    date: Day,
    last_activity_at: DateTime<Utc>,
    hours_since: f64,
    /// As observed in the session.
    customer_code: Option<String>,
    /// The one customer who is meant.
    contact: Option<ContactBody>,
    /// Without contact: how many customers might be meant.
    candidates: i64,
    location: LocationBody,
    items: Vec<CartItemBody>,
    quantity: f64,
    value: MoneyBody,
    /// An item without price is in the cart.
    value_incomplete: bool,
}

impl CartBody {
    pub(super) fn new(cart: AbandonedCart, now: DateTime<Utc>, masked: bool) -> Self {
        let currency = cart.value.currency;
        let item = |item: CartItem| CartItemBody {
            item_id: item.item_id,
            name: item.name,
            price: item.price.map(|price| Money::new(price, currency).into()),
            quantity: item.quantity.to_f64().unwrap_or_default(),
        };
        #[expect(clippy::cast_precision_loss, reason = "minutes are far below 2^53")]
        let hours_since = (now - cart.last_activity_at).num_minutes() as f64 / 60.0;
        Self {
            session_id: cart.session_key,
            date: cart.date.into(),
            last_activity_at: cart.last_activity_at,
            hours_since,
            customer_code: cart.customer_code,
            contact: cart.contact.map(|contact| ContactBody::new(contact, masked)),
            candidates: cart.candidates,
            location: LocationBody {
                code: cart.location_code,
                name: cart.location_name,
                kind: cart.location.into(),
            },
            items: cart.items.into_iter().map(item).collect(),
            quantity: cart.quantity.to_f64().unwrap_or_default(),
            value: cart.value.into(),
            value_incomplete: cart.value_incomplete,
        }
    }
}

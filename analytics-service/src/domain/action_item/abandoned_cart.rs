//! The items that abandoned carts cause.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use common::kernel::Money;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ContactReference, Kind, NewItem};
use crate::domain::abandoned_cart::AbandonedCart;
use crate::domain::abandonment::Gone;

/// Items of a cart that the evidence names; it says how many there are.
const NAMED_ITEMS: usize = 10;

/// A session has one cart.
#[must_use]
pub fn natural_key(property_id: i64, session_key: Uuid) -> String {
    format!("{property_id}/{session_key}")
}

/// The session of a key.
#[must_use]
pub fn session_of(natural_key: &str) -> Option<Uuid> {
    natural_key.split_once('/').and_then(|(_, session)| session.parse().ok())
}

/// The item about a cart.
#[must_use]
pub fn item_of(property_id: i64, cart: &AbandonedCart) -> NewItem {
    NewItem {
        kind: Kind::AbandonedCart,
        natural_key: natural_key(property_id, cart.session_key),
        property_id: Some(property_id),
        title: title(&cart.value, cart.value_incomplete),
        location: cart.location_code.clone(),
        contact: ContactReference {
            client_key: Some(cart.client_key),
            known_user: cart.known_user.clone(),
            customer_code: cart.customer_code.clone(),
        },
        evidence: evidence(cart),
    }
}

fn title(value: &Money, incomplete: bool) -> String {
    let least = if incomplete { "at least " } else { "" };
    format!("Abandoned cart worth {least}{} {}", value.rounded(), value.currency)
}

fn evidence(cart: &AbandonedCart) -> Value {
    let named = cart.items.iter().take(NAMED_ITEMS).map(|item| {
        json!({ "item_id": item.item_id, "name": item.name, "quantity": item.quantity.to_f64() })
    });
    json!({
        "session_id": cart.session_key,
        "date": cart.date,
        "last_activity_at": cart.last_activity_at,
        "quantity": cart.quantity.to_f64(),
        "value": { "amount": cart.value.rounded(), "currency": cart.value.currency },
        "value_incomplete": cart.value_incomplete,
        "item_count": cart.items.len(),
        "items": named.collect::<Vec<_>>(),
    })
}

/// Why an item about a cart is skipped, for people; instants in the property's zone.
#[must_use]
pub fn gone_note(gone: Gone, zone: Tz) -> String {
    match gone {
        Gone::Bought { at_micros } => {
            let at = DateTime::<Utc>::from_timestamp_micros(at_micros).unwrap_or_default();
            let at = at.with_timezone(&zone).format("%Y-%m-%d at %H:%M");
            format!("What was in the cart was bought after all, on {at}.")
        }
        Gone::Emptied => "The cart was emptied.".to_owned(),
        Gone::Unloaded => "The cart's day was loaded again, without the cart.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;

    #[test]
    fn a_key_tells_its_session() {
        let session = Uuid::from_u128(7);
        assert_eq!(session_of(&natural_key(123, session)), Some(session));
        assert_eq!(session_of("no key"), None);
    }

    #[test]
    fn a_title_says_what_is_at_stake() {
        let value = Money::new(Decimal::new(12_345, 2), "CHF".parse().unwrap());
        assert_eq!(title(&value, false), "Abandoned cart worth 123.45 CHF");
        assert_eq!(title(&value, true), "Abandoned cart worth at least 123.45 CHF");
    }

    #[test]
    fn a_note_tells_when_it_was_bought_on_the_propertys_clock() {
        let at: DateTime<Utc> = "2026-11-27T23:30:00Z".parse().unwrap();
        let bought = Gone::Bought { at_micros: at.timestamp_micros() };
        let note = gone_note(bought, chrono_tz::Europe::Berlin);
        assert_eq!(note, "What was in the cart was bought after all, on 2026-11-28 at 00:30.");
    }
}

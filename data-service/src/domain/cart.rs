//! The cart of a session: what its add and remove events leave in it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::number::believable;

/// Whether an event puts in or takes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CartAction {
    Add,
    Remove,
}

/// An item as a cart event carries it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EventItem {
    pub item_id: Option<String>,
    pub item_name: Option<String>,
    #[serde(default, deserialize_with = "exact")]
    pub price: Option<Decimal>,
    /// Null counts as one.
    #[serde(default, deserialize_with = "exact")]
    pub quantity: Option<Decimal>,
}

/// An amount as a JSON number, by its digits and not by way of a float; none when it is too large to be one.
///
/// # Errors
/// When there is no JSON value.
pub fn exact<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Decimal>, D::Error> {
    let raw = Option::<Box<serde_json::value::RawValue>>::deserialize(deserializer)?;
    let text = raw.as_deref().map_or("null", serde_json::value::RawValue::get);
    let digits = text.trim_matches('"');
    let amount = Decimal::from_str_exact(digits).or_else(|_| Decimal::from_scientific(digits));
    Ok(amount.ok().filter(believable))
}

/// An item in its latest state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartItem {
    pub item_id: Option<String>,
    pub item_name: Option<String>,
    pub price: Option<Decimal>,
    pub quantity: Decimal,
}

/// A cart after some events, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cart {
    /// By item id, else name; an event without items moves units of the item without either.
    items: BTreeMap<String, CartItem>,
    net: Decimal,
    last_micros: i64,
    currency: Option<String>,
}

impl Cart {
    /// Applies the next event of the session. One without items moves one unit.
    pub fn apply(
        &mut self,
        micros: i64,
        action: CartAction,
        items: &[EventItem],
        currency: Option<&str>,
    ) {
        self.last_micros = micros;
        if let Some(currency) = currency {
            self.currency = Some(currency.to_owned());
        }
        if items.is_empty() {
            let unit = EventItem { item_id: None, item_name: None, price: None, quantity: None };
            self.move_item(action, &unit);
        }
        for item in items {
            self.move_item(action, item);
        }
    }

    fn move_item(&mut self, action: CartAction, item: &EventItem) {
        let units = item.quantity.unwrap_or(Decimal::ONE);
        let key = item.item_id.as_ref().or(item.item_name.as_ref()).cloned().unwrap_or_default();
        let state = self.items.entry(key).or_insert_with(|| CartItem {
            item_id: item.item_id.clone(),
            item_name: item.item_name.clone(),
            price: None,
            quantity: Decimal::ZERO,
        });
        if item.item_name.is_some() {
            state.item_name.clone_from(&item.item_name);
        }
        if item.price.is_some() {
            state.price = item.price;
        }
        match action {
            CartAction::Add => {
                state.quantity = state.quantity.saturating_add(units);
                self.net = self.net.saturating_add(units);
            }
            CartAction::Remove => {
                state.quantity = state.quantity.saturating_sub(units).max(Decimal::ZERO);
                self.net = self.net.saturating_sub(units);
            }
        }
    }

    /// Instant of the last event, in microseconds.
    #[must_use]
    pub const fn last_micros(&self) -> i64 {
        self.last_micros
    }

    #[must_use]
    pub fn currency(&self) -> Option<&str> {
        self.currency.as_deref()
    }

    /// Whether more was put in than taken out.
    #[must_use]
    pub fn open(&self) -> bool {
        self.net > Decimal::ZERO
    }

    /// What is still in it.
    pub fn items(&self) -> impl Iterator<Item = &CartItem> {
        self.items.values().filter(|item| item.quantity > Decimal::ZERO)
    }

    #[must_use]
    pub fn quantity(&self) -> Decimal {
        self.items().fold(Decimal::ZERO, |sum, item| sum.saturating_add(item.quantity))
    }

    /// Σ price × quantity over the items whose price is known, and whether all were.
    #[must_use]
    pub fn value(&self) -> (Decimal, bool) {
        let mut complete = true;
        let value = self.items().fold(Decimal::ZERO, |sum, item| match item.price {
            Some(price) => sum.saturating_add(price.saturating_mul(item.quantity)),
            None => {
                complete = false;
                sum
            }
        });
        (value, complete)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn item(id: &str, price: Option<i64>, quantity: Option<i64>) -> EventItem {
        EventItem {
            item_id: Some(id.to_owned()),
            item_name: None,
            price: price.map(Decimal::from),
            quantity: quantity.map(Decimal::from),
        }
    }

    #[test]
    fn cart_values_the_latest_state_of_every_item() {
        let mut cart = Cart::default();
        cart.apply(1, CartAction::Add, &[item("a", Some(10), Some(2))], Some("EUR"));
        cart.apply(2, CartAction::Add, &[item("a", Some(12), None)], None);
        cart.apply(3, CartAction::Remove, &[item("a", None, Some(1))], None);
        assert_eq!(cart.value(), (Decimal::from(24), true));
        assert_eq!((cart.last_micros(), cart.currency(), cart.open()), (3, Some("EUR"), true));
    }

    #[test]
    fn cart_without_a_price_is_incomplete() {
        let mut cart = Cart::default();
        cart.apply(1, CartAction::Add, &[item("a", None, None), item("b", Some(5), None)], None);
        assert_eq!(cart.value(), (Decimal::from(5), false));
    }

    #[test]
    fn cart_item_with_amounts_beyond_belief_is_one_without() {
        let text = r#"[{"item_id":"a","price":7e27,"quantity":79228162514264337593543950335},
                       {"item_id":"b","price":12.5,"quantity":3}]"#;
        let items: Vec<EventItem> = serde_json::from_str(text).unwrap();
        let amounts: Vec<_> = items.iter().map(|item| (item.price, item.quantity)).collect();
        let known = (Some(Decimal::new(125, 1)), Some(Decimal::from(3)));
        assert_eq!(amounts, [(None, None), known]);
    }

    #[test]
    fn cart_event_without_items_is_one_unit() {
        let mut cart = Cart::default();
        cart.apply(1, CartAction::Add, &[], None);
        assert_eq!(cart.quantity(), Decimal::ONE);
        cart.apply(2, CartAction::Remove, &[], None);
        assert!(!cart.open());
    }

    proptest! {
        #[test]
        fn cart_is_never_worth_less_than_nothing(
            moves in prop::collection::vec((any::<bool>(), 0u8..3, 0i64..50, 0i64..9), 0..40)
        ) {
            let mut cart = Cart::default();
            for (at, (add, id, price, quantity)) in moves.into_iter().enumerate() {
                let action = if add { CartAction::Add } else { CartAction::Remove };
                let item = item(&id.to_string(), Some(price), Some(quantity));
                cart.apply(at as i64, action, &[item], None);
            }
            prop_assert!(cart.value().0 >= Decimal::ZERO);
            prop_assert!(cart.items().all(|i| i.quantity > Decimal::ZERO));
        }
    }
}

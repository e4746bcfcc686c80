//! What sessions left in their carts, and whether it was bought after all.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use common::kernel::DateRange;
use rust_decimal::Decimal;

use super::{Oracle, Owner, Session};
use crate::ga4::event::{Event, Item, SessionId};

const MINUTE: i64 = 60_000_000;

/// The cart of one session after its last cart event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cart {
    pub session: SessionId,
    pub known_user: Option<String>,
    /// Day and time of the last cart event.
    pub date: NaiveDate,
    pub last_cart_micros: i64,
    pub quantity: Decimal,
    /// Sum over the items whose price is known, in the currency last named.
    pub value: Decimal,
    pub value_incomplete: bool,
    pub currency: Option<String>,
    /// More was put in than taken out.
    pub open: bool,
    /// The first purchase in the session, or after the last cart event by its client or known user.
    pub recovered_micros: Option<i64>,
}

/// When a cart counts as abandoned.
#[derive(Debug, Clone)]
pub struct AbandonRules {
    /// Data is complete until here.
    pub data_through_micros: i64,
    pub window_micros: i64,
    pub grace_micros: i64,
}

impl Default for AbandonRules {
    fn default() -> Self {
        Self {
            data_through_micros: i64::MAX,
            window_micros: 24 * 60 * MINUTE,
            grace_micros: 60 * MINUTE,
        }
    }
}

/// An item's latest state.
#[derive(Default)]
struct Content {
    quantity: Decimal,
    price: Option<Decimal>,
}

impl Oracle {
    /// The carts of all sessions that ever had something in theirs, in the order of the sessions.
    pub fn carts(&self) -> Vec<Cart> {
        let mut events: BTreeMap<&SessionId, Vec<&Event>> = BTreeMap::new();
        for (event, owner) in self.events.iter().zip(&self.owners) {
            if let Some(id) = &owner.session {
                events.entry(id).or_default().push(event);
            }
        }
        let with_cart = self.sessions.iter().filter(|(_, session)| session.cart);
        let cart = |(id, session): (&SessionId, &Session)| {
            self.cart(id, &events[id], session.known_user.clone())
        };
        with_cart.filter_map(cart).collect()
    }

    /// The open carts of the range that were not bought in time, dated by their last cart event.
    pub fn abandoned_carts(&self, range: DateRange, rules: &AbandonRules) -> Vec<Cart> {
        let latest = rules.data_through_micros - rules.grace_micros;
        let abandoned = |cart: &Cart| {
            let until = cart.last_cart_micros + rules.window_micros;
            let in_time = cart.recovered_micros.is_some_and(|micros| micros <= until);
            range.contains(cart.date) && cart.open && !in_time && cart.last_cart_micros < latest
        };
        self.carts().into_iter().filter(abandoned).collect()
    }

    fn cart(&self, id: &SessionId, events: &[&Event], known_user: Option<String>) -> Option<Cart> {
        let mut contents: BTreeMap<String, Content> = BTreeMap::new();
        let (mut net, mut currency, mut last) = (Decimal::ZERO, None, None);
        for event in events {
            let direction = match event.name.as_str() {
                "add_to_cart" => Decimal::ONE,
                "remove_from_cart" => Decimal::NEGATIVE_ONE,
                _ => continue,
            };
            last = Some(*event);
            currency = event.currency().or(currency);
            let unnamed = [Item::default()];
            let items = if event.items.is_empty() { &unnamed } else { event.items.as_slice() };
            for item in items {
                let units = direction * Decimal::from(item.quantity.unwrap_or(1));
                let name = item.id.as_ref().or(item.name.as_ref()).cloned().unwrap_or_default();
                let content = contents.entry(name).or_default();
                content.quantity = (content.quantity + units).max(Decimal::ZERO);
                content.price = item.price.or(content.price);
                net += units;
            }
        }
        let last = last?;
        let left = || contents.values().filter(|content| content.quantity > Decimal::ZERO);
        Some(Cart {
            date: last.date,
            last_cart_micros: last.micros,
            quantity: left().map(|content| content.quantity).sum(),
            value: left().filter_map(|content| Some(content.price? * content.quantity)).sum(),
            value_incomplete: left().any(|content| content.price.is_none()),
            currency,
            open: net > Decimal::ZERO,
            recovered_micros: self.recovered(id, known_user.as_ref(), last.micros),
            session: id.clone(),
            known_user,
        })
    }

    fn recovered(&self, id: &SessionId, known_user: Option<&String>, since: i64) -> Option<i64> {
        let recovers = |(event, owner): &(&Event, &Owner)| {
            let in_session = owner.session.as_ref() == Some(id);
            let same_client = event.client().as_ref() == Some(&id.client);
            let buyer = match &owner.session {
                Some(other) => self.sessions[other].known_user.clone(),
                None => super::sessions::known_user(event, &self.settings),
            };
            let same_user = known_user.is_some() && buyer.as_ref() == known_user;
            in_session || (event.micros >= since && (same_client || same_user))
        };
        let owned = self.events.iter().zip(&self.owners);
        let purchases = owned.filter(|(event, _)| event.name == "purchase");
        purchases.filter(recovers).map(|(event, _)| event.micros).min()
    }
}

//! The numbers themselves.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::sessions::{Session, engagement_msec};
use super::{Amounts, Clients};
use crate::ga4::event::{ClientId, Event};

/// The metrics of one range and location.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metrics {
    pub events: u64,
    pub unattributed_events: u64,
    pub page_views: u64,
    pub engagement_msec: i64,
    pub sessions: u64,
    pub engaged_sessions: u64,
    pub cart_sessions: u64,
    pub checkout_sessions: u64,
    pub converted_sessions: u64,
    /// The same four, and all, of those sessions whose first event is in the range.
    pub started: Started,
    pub total_users: u64,
    pub known_users: u64,
    pub active_users: u64,
    pub new_users: u64,
    pub returning_users: u64,
    /// Distinct transactions, those without an id included.
    pub purchases: u64,
    pub purchases_without_id: u64,
    /// Those in the tenant's currency, or in none.
    pub main_purchases: u64,
    pub items_sold: Decimal,
    pub money: Money,
    pub purchasing_users: u64,
    pub active_purchasers: u64,
    pub searches: u64,
    pub failed_searches: u64,
    pub unconverted_searches: u64,
    pub repeat_visitors: u64,
    pub hot_visitors: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Started {
    pub sessions: u64,
    pub engaged: u64,
    pub cart: u64,
    pub checkout: u64,
    pub converted: u64,
}

/// Money by currency.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Money {
    pub gross_revenue: BTreeMap<String, Decimal>,
    pub refunds: BTreeMap<String, Decimal>,
}

impl Money {
    /// Gross revenue less refunds in one currency.
    pub fn revenue(&self, currency: &str) -> Decimal {
        let amount = |amounts: &Amounts| amounts.get(currency).copied().unwrap_or_default();
        amount(&self.gross_revenue) - amount(&self.refunds)
    }
}

impl Metrics {
    pub(super) fn count_event(&mut self, event: &Event, unattributed: bool) {
        self.events += 1;
        self.unattributed_events += u64::from(unattributed);
        self.page_views += u64::from(event.name == "page_view");
        self.engagement_msec += engagement_msec(event);
    }

    pub(super) fn count_purchase(&mut self, event: &Event, currency: &str) {
        self.purchases += 1;
        self.purchases_without_id += u64::from(event.transaction_id().is_none());
        let main = event.currency().is_none_or(|code| code == currency);
        self.main_purchases += u64::from(main);
        let units = event.items.iter().map(|item| Decimal::from(item.quantity.unwrap_or(1)));
        self.items_sold += units.sum::<Decimal>();
        let revenue = event.ecommerce.purchase_revenue;
        add(&mut self.money.gross_revenue, event, revenue, currency);
    }

    pub(super) fn count_refund(&mut self, event: &Event, currency: &str) {
        add(&mut self.money.refunds, event, event.ecommerce.refund_value, currency);
    }

    pub(super) fn count_session(&mut self, session: &Session, started: bool) {
        let (engaged, cart) = (u64::from(session.engaged), u64::from(session.cart));
        let (checkout, converted) = (u64::from(session.checkout), u64::from(session.converted));
        self.sessions += 1;
        self.engaged_sessions += engaged;
        self.cart_sessions += cart;
        self.checkout_sessions += checkout;
        self.converted_sessions += converted;
        if started {
            self.started.sessions += 1;
            self.started.engaged += engaged;
            self.started.cart += cart;
            self.started.checkout += checkout;
            self.started.converted += converted;
        }
    }
}

fn add(amounts: &mut Amounts, event: &Event, amount: Option<Decimal>, default_currency: &str) {
    if let Some(amount) = amount.filter(|amount| !amount.is_zero()) {
        let currency = event.currency().unwrap_or_else(|| default_currency.to_owned());
        *amounts.entry(currency).or_default() += amount;
    }
}

/// The distinct users of a range, by kind.
#[derive(Debug, Default)]
pub(super) struct Users {
    all: Clients,
    new: Clients,
    returning: Clients,
    known: BTreeSet<String>,
    active: Clients,
    pub(super) purchasing: Clients,
}

impl Users {
    pub(super) fn count(&mut self, event: &Event, session: Option<&Session>) {
        let Some(client) = event.client() else { return };
        let into = |set: &mut Clients, is: bool, client: &ClientId| {
            if is {
                set.insert(client.clone());
            }
        };
        let first = ["first_visit", "first_open"].contains(&event.name.as_str());
        let engaged = session.is_some_and(|session| session.engaged);
        let inferred = engaged || first || engagement_msec(event) > 0;
        into(&mut self.new, first, &client);
        into(&mut self.returning, session.is_some_and(|session| session.returning), &client);
        into(&mut self.active, event.active_user.unwrap_or(inferred), &client);
        self.known.extend(session.and_then(|session| session.known_user.clone()));
        self.all.insert(client);
    }

    pub(super) fn finish(self, metrics: &mut Metrics) {
        metrics.total_users = self.all.len() as u64;
        metrics.new_users = self.new.len() as u64;
        metrics.returning_users = self.returning.len() as u64;
        metrics.known_users = self.known.len() as u64;
        metrics.active_users = self.active.len() as u64;
        metrics.purchasing_users = self.purchasing.len() as u64;
        metrics.active_purchasers = self.active.intersection(&self.purchasing).count() as u64;
    }
}

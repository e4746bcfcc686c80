//! Sessions made of all their events, wherever the days end.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::Settings;
use crate::ga4::event::{Event, SessionId};

/// Engagement that makes a session engaged when GA4 does not say.
const ENGAGED_MSEC: i64 = 10_000;
const ENGAGED_VIEWS: usize = 2;

/// A session's values over its whole life.
#[derive(Debug, Clone, Default)]
pub struct Session {
    pub first_date: NaiveDate,
    pub engaged: bool,
    pub converted: bool,
    /// The cart held more than nothing at some time.
    pub cart: bool,
    pub checkout: bool,
    /// More than the first of its client.
    pub returning: bool,
    pub known_user: Option<String>,
    pub customer: Option<String>,
    pub branch: Option<String>,
    /// The first value of each.
    pub device: Option<String>,
    pub country: Option<String>,
    pub city: Option<String>,
    pub traffic: Option<[Option<String>; 3]>,
    pub landing_page: Option<String>,
    /// The highest of its numbers.
    pub number: Option<i64>,
}

/// `events` are in order.
pub(super) fn build(events: &[Event], settings: &Settings) -> BTreeMap<SessionId, Session> {
    let mut by_session: BTreeMap<SessionId, Vec<&Event>> = BTreeMap::new();
    for event in events {
        if let Some(id) = event.session() {
            by_session.entry(id).or_default().push(event);
        }
    }
    let session = |(id, events): (SessionId, Vec<&Event>)| (id, whole(&events, settings));
    by_session.into_iter().map(session).collect()
}

fn whole(events: &[&Event], settings: &Settings) -> Session {
    let any = |test: fn(&Event) -> bool| events.iter().any(|event| test(event));
    let last = |value: &dyn Fn(&Event) -> Option<String>| {
        events.iter().rev().find_map(|event| value(event))
    };
    let identity = |key: &Option<String>| {
        let key = key.as_deref()?;
        last(&|event| event.identity(key))
    };
    let first =
        |value: &dyn Fn(&Event) -> Option<String>| events.iter().find_map(|event| value(event));
    Session {
        first_date: events.iter().map(|event| event.date).min().unwrap_or_default(),
        engaged: engaged(events, settings),
        converted: any(|event| {
            let revenue = event.ecommerce.purchase_revenue.is_some();
            event.name == "purchase" && (event.transaction_id().is_some() || revenue)
        }),
        cart: cart_peak(events) > Decimal::ZERO,
        checkout: any(|event| event.name == "begin_checkout"),
        returning: any(|event| session_number(event).is_some_and(|number| number > 1)),
        known_user: last(&|event| known_user(event, settings)),
        customer: identity(&settings.customer_key),
        branch: identity(&settings.branch_key),
        device: first(&|event| event.origin.device.clone()),
        country: first(&|event| event.origin.country.clone()),
        city: first(&|event| event.origin.city.clone()),
        traffic: events.iter().find_map(|event| event.origin.traffic.clone()),
        landing_page: first(&Event::page),
        number: events.iter().filter_map(|event| session_number(event)).max(),
    }
}

pub(super) fn known_user(event: &Event, settings: &Settings) -> Option<String> {
    let placeholder = |id: &&str| !id.is_empty() && *id != "(not set)";
    let user_id = event.user_id.as_deref().map(str::trim).filter(placeholder);
    let from_key = || event.identity(settings.known_user_key.as_deref()?);
    user_id.map(str::to_owned).or_else(from_key)
}

fn session_number(event: &Event) -> Option<i64> {
    event.param("ga_session_number")?.integer()
}

/// GA4's own word where any event carries it, else its published rule.
fn engaged(events: &[&Event], settings: &Settings) -> bool {
    let flag = |event: &&Event| event.param("session_engaged")?.integer();
    let flags: Vec<i64> = events.iter().filter_map(flag).collect();
    if !flags.is_empty() {
        return flags.contains(&1);
    }
    let view = |event: &&&Event| ["page_view", "screen_view"].contains(&event.name.as_str());
    let msec: i64 = events.iter().map(|event| engagement_msec(event)).sum();
    msec >= ENGAGED_MSEC
        || events.iter().filter(view).count() >= ENGAGED_VIEWS
        || events.iter().any(|event| settings.key_events.contains(&event.name))
}

pub(super) fn engagement_msec(event: &Event) -> i64 {
    event.param("engagement_time_msec").and_then(|param| param.integer()).unwrap_or(0)
}

/// The most the cart ever held: additions less removals, in order.
fn cart_peak(events: &[&Event]) -> Decimal {
    let mut net = Decimal::ZERO;
    let mut peak = Decimal::ZERO;
    for event in events {
        match event.name.as_str() {
            "add_to_cart" => net += units(event),
            "remove_from_cart" => net -= units(event),
            _ => {}
        }
        peak = peak.max(net);
    }
    peak
}

/// Units of a cart event: one without items moves one unit, an item without a quantity too.
fn units(event: &Event) -> Decimal {
    if event.items.is_empty() {
        return Decimal::ONE;
    }
    event.items.iter().map(|item| Decimal::from(item.quantity.unwrap_or(1))).sum()
}

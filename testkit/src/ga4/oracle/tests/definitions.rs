//! Each definition on the smallest events that show it.

use super::*;
use crate::ga4::event::{Ecommerce, Item, Param};
use crate::ga4::oracle::carts::AbandonRules;

const NOON: i64 = 1_767_268_800_000_000;
const MINUTE: i64 = 60_000_000;

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, day).unwrap()
}

fn days(first: u32, last: u32) -> DateRange {
    DateRange::new(day(first), day(last)).unwrap()
}

fn int(key: &str, int: i64) -> Param {
    Param { key: key.to_owned(), string: None, int: Some(int), float: None }
}

fn string(key: &str, text: &str) -> Param {
    Param { key: key.to_owned(), string: Some(text.to_owned()), int: None, float: None }
}

/// An event of a client's session on a January day, `minute` minutes after its noon.
fn event(client: &str, session: i64, january: u32, minute: i64, name: &str) -> Event {
    Event {
        date: day(january),
        micros: NOON + i64::from(january - 1) * 1440 * MINUTE + minute * MINUTE,
        name: name.to_owned(),
        stream: "1".to_owned(),
        pseudo_id: Some(client.to_owned()),
        user_id: None,
        active_user: None,
        batch: [None; 3],
        bundle: None,
        params: vec![int("ga_session_id", session)],
        user_properties: Vec::new(),
        items: Vec::new(),
        ecommerce: Ecommerce::default(),
        origin: Default::default(),
    }
}

fn purchase(client: &str, minute: i64, id: &str, revenue: i64) -> Event {
    let mut event = event(client, 1, 1, minute, "purchase");
    event.ecommerce.transaction_id = Some(id.to_owned());
    event.ecommerce.purchase_revenue = Some(Decimal::from(revenue));
    event
}

fn oracle(events: Vec<Event>) -> Oracle {
    Oracle::new(events, Settings::default())
}

#[test]
fn a_session_over_midnight_counts_once_in_the_range_and_once_a_day() {
    let oracle = oracle(vec![
        event("a", 1, 1, 0, "page_view"),
        event("a", 1, 2, 0, "page_view"),
        event("b", 1, 2, 0, "page_view"),
    ]);
    assert_eq!(oracle.overview(days(1, 2)).sessions, 2, "one number, two clients");
    let daily = oracle.series(days(1, 3));
    let sessions: Vec<_> = daily.iter().map(|(_, metrics)| metrics.sessions).collect();
    assert_eq!(sessions, [1, 2, 0]);
    assert_eq!(daily[1].1.started.sessions, 1);
}

#[test]
fn a_login_in_mid_session_holds_for_all_of_it() {
    let mut login = event("a", 1, 1, 2, "login");
    login.user_id = Some("u1".to_owned());
    login.user_properties = vec![string("branch", "07"), string("customer_id", "c9")];
    let oracle = oracle(vec![
        event("a", 1, 1, 0, "page_view"),
        login,
        event("a", 1, 1, 4, "page_view"),
        event("b", 1, 1, 0, "page_view"),
    ]);
    let locations = oracle.locations(days(1, 1));
    assert_eq!(locations["07"].page_views, 2);
    assert_eq!(locations["07"].known_users, 1);
    assert_eq!(locations[UNASSIGNED].page_views, 1);
}

#[test]
fn the_earliest_purchase_of_a_transaction_counts_and_those_without_an_id_all_do() {
    let mut on_next_day = purchase("b", 0, "t1", 70);
    on_next_day.date = day(2);
    on_next_day.micros += 1440 * MINUTE;
    let oracle = oracle(vec![
        on_next_day,
        purchase("a", 5, "t1", 50),
        purchase("a", 6, "(not set)", 7),
        purchase("a", 7, "", 9),
    ]);
    let metrics = oracle.overview(days(1, 1));
    assert_eq!((metrics.purchases, metrics.purchases_without_id), (3, 2));
    assert_eq!(metrics.money.gross_revenue["USD"], Decimal::from(66));
    assert_eq!(oracle.overview(days(2, 2)).purchases, 0, "elected over everything loaded");
}

#[test]
fn exact_duplicates_are_one_event() {
    let mut swapped = event("a", 1, 1, 0, "refund");
    swapped.ecommerce.refund_value = Some(Decimal::from(5));
    swapped.params.push(string("currency", "eur"));
    let mut refund = swapped.clone();
    refund.params.reverse();
    let oracle = oracle(vec![refund, swapped]);
    let metrics = oracle.overview(days(1, 1));
    assert_eq!((metrics.events, oracle.duplicates), (1, 1));
    assert_eq!(metrics.money.refunds["EUR"], Decimal::from(5));
    assert_eq!(metrics.money.revenue("EUR"), Decimal::from(-5));
}

#[test]
fn a_cart_counts_additions_less_removals() {
    let items = |quantities: &[Option<i64>]| -> Vec<Item> {
        quantities.iter().map(|quantity| Item { quantity: *quantity, ..Item::default() }).collect()
    };
    let cart = |events: Vec<(&str, Vec<Item>)>| {
        let events = events.into_iter().enumerate().map(|(minute, (name, items))| {
            let mut event = event("a", 1, 1, minute as i64, name);
            event.items = items;
            event
        });
        oracle(events.collect()).overview(days(1, 1)).cart_sessions
    };
    assert_eq!(cart(vec![("add_to_cart", vec![])]), 1, "no items: one unit");
    assert_eq!(cart(vec![("add_to_cart", items(&[None]))]), 1, "no quantity: one unit");
    assert_eq!(cart(vec![("add_to_cart", items(&[Some(0)]))]), 0);
    let emptied = vec![("add_to_cart", items(&[Some(2)])), ("remove_from_cart", items(&[Some(2)]))];
    assert_eq!(cart(emptied), 1, "it held something at some time");
    let removed_first = vec![("remove_from_cart", vec![]), ("add_to_cart", vec![])];
    assert_eq!(cart(removed_first), 0);
}

#[test]
fn engagement_is_what_ga4_says_else_the_rule() {
    let engaged = |extra: Vec<Vec<Param>>| {
        let events = extra.into_iter().enumerate().map(|(minute, mut params)| {
            let mut event = event("a", 1, 1, minute as i64, "page_view");
            event.params.append(&mut params);
            event
        });
        oracle(events.collect()).overview(days(1, 1)).engaged_sessions
    };
    assert_eq!(engaged(vec![vec![string("session_engaged", "1")]]), 1);
    assert_eq!(engaged(vec![vec![int("session_engaged", 1)]]), 1);
    let said_no = vec![int("session_engaged", 0), int("engagement_time_msec", 60_000)];
    assert_eq!(engaged(vec![said_no]), 0);
    assert_eq!(engaged(vec![vec![int("engagement_time_msec", 9_999)]]), 0);
    assert_eq!(engaged(vec![vec![int("engagement_time_msec", 10_000)]]), 1);
    assert_eq!(engaged(vec![vec![], vec![]]), 1, "two views");
}

#[test]
fn events_without_client_or_session_are_counted_and_never_sessionised() {
    let mut denied = purchase("a", 0, "t1", 30);
    denied.pseudo_id = None;
    let mut no_session = event("b", 1, 1, 0, "page_view");
    no_session.params.clear();
    no_session.user_properties = vec![string("branch", "03")];
    let oracle = oracle(vec![denied, no_session]);
    let metrics = oracle.overview(days(1, 1));
    assert_eq!((metrics.events, metrics.unattributed_events, metrics.sessions), (2, 2, 0));
    assert_eq!((metrics.purchases, metrics.total_users), (1, 1));
    assert_eq!(oracle.locations(days(1, 1))["03"].page_views, 1, "its own branch");
}

#[test]
fn a_session_converts_by_an_id_or_by_revenue() {
    let converted = |id: &str, revenue: Option<i64>| {
        let mut purchase = purchase("a", 0, id, 0);
        purchase.ecommerce.purchase_revenue = revenue.map(Decimal::from);
        oracle(vec![purchase]).overview(days(1, 1)).converted_sessions
    };
    assert_eq!(converted("t1", None), 1);
    assert_eq!(converted("(not set)", Some(5)), 1);
    assert_eq!(converted("(not set)", None), 0);
}

#[test]
fn a_cart_keeps_the_latest_state_of_every_item() {
    let line = |id: &str, price: Option<i64>, quantity: Option<i64>| Item {
        category: None,
        id: Some(id.to_owned()),
        name: None,
        price: price.map(Decimal::from),
        quantity,
    };
    let at = |minute, name, items| Event { items, ..event("a", 1, 1, minute, name) };
    let oracle = oracle(vec![
        at(0, "add_to_cart", vec![line("p", Some(10), Some(2)), line("q", None, None)]),
        at(1, "add_to_cart", vec![line("p", Some(12), None)]),
        at(2, "remove_from_cart", vec![line("p", None, Some(1))]),
    ]);
    let carts = oracle.carts();
    let cart = &carts[0];
    assert_eq!((cart.quantity, cart.value), (Decimal::from(3), Decimal::from(24)));
    assert!(cart.value_incomplete && cart.open);
    assert_eq!(cart.last_cart_micros, NOON + 2 * MINUTE);
}

#[test]
fn a_cart_is_abandoned_when_nobody_it_belongs_to_buys_in_time() {
    let rules =
        AbandonRules { data_through_micros: NOON + 3 * 1440 * MINUTE, ..Default::default() };
    let abandoned = |mut more: Vec<Event>| {
        more.push(event("a", 1, 1, 0, "add_to_cart"));
        oracle(more).abandoned_carts(days(1, 1), &rules).len()
    };
    let bought = |client: &str, session: i64, minute: i64| {
        let mut purchase = purchase(client, minute, "", 5);
        purchase.params = vec![int("ga_session_id", session)];
        purchase
    };
    assert_eq!(abandoned(vec![]), 1);
    assert_eq!(abandoned(vec![bought("a", 1, -5)]), 0, "in its session, whenever");
    assert_eq!(abandoned(vec![bought("a", 2, -5)]), 1, "before, in another session");
    assert_eq!(abandoned(vec![bought("a", 2, 1440)]), 0, "within a day");
    assert_eq!(abandoned(vec![bought("a", 2, 1441)]), 1, "too late");
    assert_eq!(abandoned(vec![bought("b", 2, 5)]), 1, "somebody else");
    assert_eq!(abandoned(vec![event("a", 1, 1, 1, "remove_from_cart")]), 0, "emptied");
    let as_user = |mut event: Event| {
        event.user_id = Some("u".to_owned());
        event
    };
    let login = as_user(event("a", 1, 1, 1, "login"));
    assert_eq!(abandoned(vec![login, as_user(bought("b", 2, 5))]), 0, "the same user elsewhere");
    let soon = AbandonRules { data_through_micros: NOON + 60 * MINUTE, ..rules.clone() };
    let fresh = oracle(vec![event("a", 1, 1, 0, "add_to_cart")]);
    assert_eq!(fresh.abandoned_carts(days(1, 1), &soon).len(), 0, "not yet");
}

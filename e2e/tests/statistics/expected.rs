//! The oracle's answer to a question of the product's.

use std::collections::{BTreeMap, BTreeSet};

use analytics_service::domain::freshness::end_of;
use analytics_service::domain::query::{
    AnyOf, Class, Clause, Dimension, Operator, Query, SessionBasis, Span,
};
use chrono_tz::Tz;
use common::kernel::DateRange;
use rust_decimal::Decimal;
use testkit::ga4::adversary::Adversary;
use testkit::ga4::oracle::{AbandonRules, Cart, Metrics, Oracle};

use crate::shop::CURRENCY;

/// By bucket and key.
pub type Expected = BTreeMap<(usize, Vec<String>), Numbers>;

/// The metrics of the answer as texts, so that all kinds compare alike.
pub type Numbers = BTreeMap<&'static str, String>;

/// A landing page with fewer entrances has no bounce rate.
const ENTRANCES: u64 = 30;

pub fn expected(set: &Adversary, oracle: &Oracle, query: &Query, spans: &[Span]) -> Expected {
    let zone = set.zone;
    if query.touched().any(Dimension::of_item) {
        return items(oracle, query, spans, zone);
    }
    let of_searches = query.touched().any(|dimension| dimension == Dimension::SearchTerm);
    let names: Vec<&str> = query.dimensions.iter().map(|dimension| dimension.name()).collect();
    let firsts = (query.sessions == SessionBasis::Started).then(|| firsts(oracle, &query.range));
    let mut expected = Expected::new();
    for (bucket, span) in spans.iter().enumerate() {
        let keep = |value: &dyn Fn(&str) -> String| {
            let micros: i64 = value("micros").parse().unwrap();
            span.holds_micros(micros)
                && (!of_searches || value("counted_search") == "true")
                && query.filters.iter().all(|any| holds(any, value))
        };
        let mut of_first = match &firsts {
            None => BTreeMap::new(),
            Some(firsts) => oracle.by(span.days, zone, &names, |value| {
                keep(value) && firsts.contains(&value("micros"))
            }),
        };
        for (key, mut metrics) in oracle.by(span.days, zone, &names, keep) {
            if firsts.is_some() {
                count_started(&mut metrics, &of_first.remove(&key).unwrap_or_default());
            }
            let mut numbers = numbers(&metrics);
            let landing = query.dimensions.iter().position(|d| *d == Dimension::LandingPage);
            if let Some(page) = landing.and_then(|at| key.get(at)) {
                let enough = metrics.sessions >= ENTRANCES && page != "(not set)";
                let bounce = numbers["bounce_rate"].clone();
                let shown = if enough { bounce } else { "none".to_owned() };
                numbers.insert("landing_page_bounce_rate", shown);
            }
            expected.insert((bucket, key), numbers);
        }
        if query.needs(Class::Carts) {
            carts(set, oracle, query, (bucket, span), &mut expected);
        }
    }
    expected
}

/// The instants of the first events of sessions within the range; no two events share one.
fn firsts(oracle: &Oracle, range: &DateRange) -> BTreeSet<String> {
    let mut firsts = BTreeMap::new();
    for event in oracle.events().iter().filter(|event| range.contains(event.date)) {
        if let Some(session) = event.session() {
            firsts.entry(session).or_insert(event.micros);
        }
    }
    firsts.into_values().map(|micros| micros.to_string()).collect()
}

/// Sessions are those of `first`, which are counted by their first events.
fn count_started(metrics: &mut Metrics, first: &Metrics) {
    metrics.sessions = first.sessions;
    metrics.engaged_sessions = first.engaged_sessions;
    metrics.cart_sessions = first.cart_sessions;
    metrics.checkout_sessions = first.checkout_sessions;
    metrics.converted_sessions = first.converted_sessions;
    metrics.unconverted_searches = first.unconverted_searches;
}

/// Adds the carts that were left behind, dated by their last event.
fn carts(
    set: &Adversary,
    oracle: &Oracle,
    query: &Query,
    (bucket, span): (usize, &Span),
    expected: &mut Expected,
) {
    let data_through_micros = end_of(set.days.last(), set.zone).timestamp_micros();
    let rules = AbandonRules { data_through_micros, ..AbandonRules::default() };
    let mut sums: BTreeMap<Vec<String>, (u64, Decimal)> = BTreeMap::new();
    for cart in oracle.abandoned_carts(span.days, &rules) {
        let last = |event: &testkit::ga4::Event| {
            event.micros == cart.last_cart_micros && event.session().as_ref() == Some(&cart.session)
        };
        let position = oracle.events().iter().position(last).unwrap();
        let value = |name: &str| oracle.value(position, name, set.zone);
        if query.filters.iter().all(|any| holds(any, &value)) {
            let key = query.dimensions.iter().map(|dimension| value(dimension.name())).collect();
            let sum = sums.entry(key).or_default();
            sum.0 += 1;
            sum.1 += worth(&cart);
        }
    }
    for (key, (carts, value)) in sums {
        let numbers = expected.entry((bucket, key)).or_default();
        numbers.insert("abandoned_carts", carts.to_string());
        numbers.insert("cart_value", value.normalize().to_string());
    }
}

/// Other currencies are not in the sum.
fn worth(cart: &Cart) -> Decimal {
    let main = cart.currency.as_deref().is_none_or(|code| code == CURRENCY);
    if main { cart.value } else { Decimal::ZERO }
}

/// Units line by line of the purchases that count.
fn items(oracle: &Oracle, query: &Query, spans: &[Span], zone: Tz) -> Expected {
    let mut units: BTreeMap<(usize, Vec<String>), Decimal> = BTreeMap::new();
    for position in oracle.kept_purchases() {
        let event = &oracle.events()[position];
        let holds_it =
            |span: &Span| span.days.contains(event.date) && span.holds_micros(event.micros);
        let Some(bucket) = spans.iter().position(holds_it) else { continue };
        for item in &event.items {
            let quantity = Decimal::from(item.quantity.unwrap_or(1));
            let not_set = || "(not set)".to_owned();
            let value = |name: &str| match name {
                "item" => item.id.clone().unwrap_or_else(not_set),
                "item_name" => item.name.clone().unwrap_or_else(not_set),
                "item_category" => item.category.clone().unwrap_or_else(not_set),
                _ => oracle.value(position, name, zone),
            };
            if !quantity.is_zero() && query.filters.iter().all(|any| holds(any, &value)) {
                let key = query.dimensions.iter().map(|d| value(d.name())).collect();
                *units.entry((bucket, key)).or_default() += quantity;
            }
        }
    }
    let sold = |units: Decimal| BTreeMap::from([("items_sold", units.normalize().to_string())]);
    units.into_iter().map(|(key, units)| (key, sold(units))).collect()
}

fn holds(any: &AnyOf, value: &dyn Fn(&str) -> String) -> bool {
    let clause = |clause: &Clause| {
        let value = value(clause.dimension.name());
        match clause.operator {
            Operator::Is => value == clause.value,
            Operator::IsNot => value != clause.value,
            Operator::Contains => value.contains(&clause.value),
        }
    };
    any.0.iter().any(clause)
}

fn rate(part: u64, whole: u64) -> String {
    if whole == 0 { "none".to_owned() } else { format!("{:.9}", part as f64 / whole as f64) }
}

pub fn numbers(m: &Metrics) -> Numbers {
    let gross = m.money.gross_revenue.get(CURRENCY).copied().unwrap_or_default();
    let refunds = m.money.refunds.get(CURRENCY).copied().unwrap_or_default();
    let order_value = gross.checked_div(Decimal::from(m.main_purchases));
    let order_value = order_value.map_or_else(|| "none".to_owned(), |v| v.normalize().to_string());
    let seconds = |base: u64| rate(m.engagement_msec.unsigned_abs(), base * 1_000);
    BTreeMap::from([
        ("sessions", m.sessions.to_string()),
        ("engaged_sessions", m.engaged_sessions.to_string()),
        ("cart_sessions", m.cart_sessions.to_string()),
        ("checkout_sessions", m.checkout_sessions.to_string()),
        ("converted_sessions", m.converted_sessions.to_string()),
        ("engagement_rate", rate(m.engaged_sessions, m.sessions)),
        ("bounce_rate", rate(m.sessions - m.engaged_sessions, m.sessions)),
        ("session_conversion_rate", rate(m.converted_sessions, m.sessions)),
        ("total_users", m.total_users.to_string()),
        ("active_users", m.active_users.to_string()),
        ("new_users", m.new_users.to_string()),
        ("returning_users", m.returning_users.to_string()),
        ("known_users", m.known_users.to_string()),
        ("purchasing_users", m.purchasing_users.to_string()),
        ("user_conversion_rate", rate(m.active_purchasers, m.active_users)),
        ("events", m.events.to_string()),
        ("unattributed_events", m.unattributed_events.to_string()),
        ("page_views", m.page_views.to_string()),
        ("average_engagement_time", seconds(m.active_users)),
        ("average_engagement_time_per_session", seconds(m.sessions)),
        ("purchases", m.purchases.to_string()),
        ("purchases_without_id", m.purchases_without_id.to_string()),
        ("items_sold", m.items_sold.normalize().to_string()),
        ("gross_revenue", gross.normalize().to_string()),
        ("refunds", refunds.normalize().to_string()),
        ("revenue", (gross - refunds).normalize().to_string()),
        ("average_order_value", order_value),
        ("entrances", m.sessions.to_string()),
        ("searches", m.searches.to_string()),
        ("failed_searches", m.failed_searches.to_string()),
        ("unconverted_searches", m.unconverted_searches.to_string()),
        ("repeat_visitors", m.repeat_visitors.to_string()),
        ("hot_visitors", m.hot_visitors.to_string()),
    ])
}

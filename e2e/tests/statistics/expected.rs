//! The oracle's answer to a question of the product's.

use std::collections::BTreeMap;

use analytics_service::domain::query::{AnyOf, Clause, Operator, Query, Span};
use chrono_tz::Tz;
use testkit::ga4::oracle::{Metrics, Oracle};

use crate::shop::CURRENCY;

/// By bucket and key.
pub type Expected = BTreeMap<(usize, Vec<String>), Numbers>;

/// The metrics of the answer as texts, so that all kinds compare alike.
pub type Numbers = BTreeMap<&'static str, String>;

pub fn expected(oracle: &Oracle, query: &Query, spans: &[Span], zone: Tz) -> Expected {
    let names: Vec<&str> = query.dimensions.iter().map(|dimension| dimension.name()).collect();
    let mut expected = Expected::new();
    for (bucket, span) in spans.iter().enumerate() {
        let keep = |value: &dyn Fn(&str) -> String| {
            let micros: i64 = value("micros").parse().unwrap();
            span.holds_micros(micros) && query.filters.iter().all(|any| holds(any, value))
        };
        for (key, metrics) in oracle.by(span.days, zone, &names, keep) {
            expected.insert((bucket, key), numbers(&metrics));
        }
    }
    expected
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
        ("searches", m.searches.to_string()),
        ("failed_searches", m.failed_searches.to_string()),
        ("unconverted_searches", m.unconverted_searches.to_string()),
        ("repeat_visitors", m.repeat_visitors.to_string()),
        ("hot_visitors", m.hot_visitors.to_string()),
    ])
}

//! The mails as files: a change of wording or layout shows as a difference.

use chrono::{DateTime, TimeDelta};
use chrono_tz::Tz;
use common::kernel::{DateRange, Money};
use rust_decimal::Decimal;

use super::{Rendered, Renderer};
use crate::domain::abandoned_cart::{AbandonedCart, CartItem};
use crate::domain::branch_report::BranchReport;
use crate::domain::contact::Contact;
use crate::domain::counts::{ActivityCounts, SessionCounts};
use crate::domain::freshness::{DayState, Freshness, end_of};
use crate::domain::location::LocationState;
use crate::domain::metrics::Metrics;
use crate::domain::query::Span;
use crate::domain::series::Bucket;
use crate::domain::takings::{Takings, TakingsByCurrency};
use crate::domain::totals::Totals;

const ZONE: Tz = chrono_tz::Europe::Zurich;

fn metrics(sessions: i64, purchases: i64, cents: i64) -> Metrics {
    let mut takings = TakingsByCurrency::default();
    let gross_revenue = Decimal::new(cents, 2);
    takings.add("CHF".parse().unwrap(), Takings { gross_revenue, purchases, ..Takings::default() });
    if purchases > 2 {
        let gross_revenue = Decimal::new(4_200, 2);
        takings.add("EUR".parse().unwrap(), Takings { gross_revenue, ..Takings::default() });
    }
    let totals = Totals {
        activity: ActivityCounts { purchases, ..ActivityCounts::default() },
        sessions: SessionCounts { sessions, converted: purchases, ..SessionCounts::default() },
        takings,
        ..Totals::default()
    };
    Metrics::of(&totals, "CHF".parse().unwrap())
}

fn cart(name: &str, item: &str) -> AbandonedCart {
    AbandonedCart {
        session_key: uuid::Uuid::nil(),
        date: "2024-03-30".parse().unwrap(),
        last_activity_at: "2024-03-30T21:05:00Z".parse::<DateTime<chrono::Utc>>().unwrap(),
        items: vec![CartItem {
            item_id: Some("1".to_owned()),
            name: Some(item.to_owned()),
            price: Some(Decimal::TEN),
            quantity: Decimal::TWO,
        }],
        quantity: Decimal::TWO,
        value: Money::new(Decimal::new(2000, 2), "CHF".parse().unwrap()),
        value_incomplete: false,
        client_key: uuid::Uuid::nil(),
        known_user: None,
        customer_code: Some("C1".to_owned()),
        contact: Some(Contact {
            customer_code: "C1".to_owned(),
            name: name.to_owned(),
            email: Some("kontakt@example.com".to_owned()),
            phone: None,
        }),
        candidates: 0,
        location_code: "ZRH".to_owned(),
        location_name: Some("Zürich".to_owned()),
        location: LocationState::Known,
    }
}

fn report(location: &str, days: i64) -> BranchReport {
    let first = "2024-03-30".parse().unwrap();
    let range = DateRange::new(first, first + TimeDelta::days(days - 1)).unwrap();
    BranchReport {
        tenant: "Example Tools".to_owned(),
        location_code: "ZRH".to_owned(),
        location_name: location.to_owned(),
        range,
        compared_with: range.previous(),
        zone: ZONE,
        current: Some(metrics(1234, 3, 125_050)),
        previous: Some(metrics(1000, 4, 100_000)),
        days: range
            .iter()
            .enumerate()
            .map(|(at, day)| Bucket {
                span: Span::of(DateRange::single(day), ZONE),
                state: DayState::Complete,
                metrics: Some(metrics(600, 1, 50_000 * at as i64)),
            })
            .collect(),
        carts: Vec::new(),
        cart_count: 0,
        freshness: Freshness {
            complete_through: Some(range.last()),
            data_through: Some(end_of(range.last(), ZONE)),
            last_success_at: None,
            missing_dates: Vec::new(),
            provisional_dates: Vec::new(),
            stale: None,
        },
    }
}

fn render(report: &BranchReport) -> Rendered {
    Renderer::new().unwrap().branch_report(report).unwrap()
}

#[test]
fn an_ordinary_report() {
    let mut report = report("Zürich", 3);
    report.carts = vec![cart("Muster AG", "Hose clamp")];
    report.cart_count = 38;
    let mail = render(&report);
    insta::assert_snapshot!("ordinary_html", mail.html);
    insta::assert_snapshot!("ordinary_text", mail.text);
    assert_eq!(mail.subject, "Branch report Zürich, 30 Mar 2024 – 1 Apr 2024");
}

#[test]
fn a_report_without_anything() {
    let mut report = report("Basel", 1);
    report.current = Some(metrics(0, 0, 0));
    report.previous = None;
    report.days[0].metrics = Some(metrics(0, 0, 0));
    let mail = render(&report);
    insta::assert_snapshot!("quiet_text", mail.text);
    report.current = None;
    report.days[0].state = DayState::Missing;
    report.days[0].metrics = None;
    report.freshness.missing_dates = vec![report.range.first()];
    report.freshness.complete_through = None;
    insta::assert_snapshot!("unloaded_text", render(&report).text);
}

#[test]
fn names_from_anywhere_stay_names() {
    let mut report = report("<script>alert('x')</script> שלום 🛒", 1);
    report.carts = vec![
        cart("<img src=x onerror=alert(1)>", "javascript:alert(1) \" onclick=\"x"),
        cart("شركة الأدوات", "مضخة 🚰"),
    ];
    report.cart_count = 2;
    let mail = render(&report);
    for forbidden in ["<script", "<img", "onclick=\"x\"", "href"] {
        assert!(!mail.html.contains(forbidden), "{forbidden} in {}", mail.html);
    }
    for kept in ["&lt;script&gt;", "שלום 🛒", "شركة الأدوات", "مضخة 🚰", "dir=\"auto\""]
    {
        assert!(mail.html.contains(kept), "{kept} in {}", mail.html);
    }
    insta::assert_snapshot!("names_text", mail.text);
}

#[test]
fn the_longest_report_stays_below_90_kilobytes() {
    let mut report = report(&"Ü".repeat(500), 92);
    let long = "\u{1f6d2}".repeat(300);
    report.carts = (0..15).map(|_| cart(&long, &long)).collect();
    report.cart_count = 10_000;
    for day in &mut report.days {
        day.state = DayState::Provisional;
    }
    report.freshness.provisional_dates = report.range.iter().collect();
    let mail = render(&report);
    assert!(mail.html.len() <= 90_000, "{} bytes", mail.html.len());
}

#[test]
fn both_forms_carry_the_same_numbers() {
    let mail = render(&report("Zürich", 3));
    for number in
        ["1,234", "CHF 1,250.50", "+23.4 %", "CHF 416.83", "0.2 %", "CHF 500.00", "EUR 42.00"]
    {
        assert!(mail.html.contains(number) && mail.text.contains(number), "{number}");
    }
}

#[test]
fn a_revenue_that_cannot_be_multiplied_is_drawn() {
    let mut report = report("Zürich", 2);
    for metrics in report.days.iter_mut().filter_map(|day| day.metrics.as_mut()) {
        metrics.main.revenue.amount = Decimal::MAX;
    }
    assert!(render(&report).text.contains(&"█".repeat(20)));
}

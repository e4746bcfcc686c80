//! The branch report's numbers as the templates show them.

use common::kernel::{DateRange, Money, saturating_i64};
use serde::Serialize;

use super::format::{
    NONE, change, count, date, instant, money, percent, points, range, short, weekday,
};
use crate::domain::abandoned_cart::AbandonedCart;
use crate::domain::branch_report::BranchReport;
use crate::domain::change;
use crate::domain::freshness::DayState;
use crate::domain::metrics::Metrics;
use crate::domain::series::Bucket;

/// The longest names that still fit a phone.
const NAME: usize = 60;
const ITEMS: usize = 120;
/// Characters of the longest bar in plain text.
const TEXT_BAR: u32 = 20;

#[derive(Debug, Serialize)]
pub(super) struct View {
    tenant: String,
    location: String,
    location_code: String,
    period: String,
    compared_with: Option<String>,
    tiles: Vec<Tile>,
    /// Revenue in currencies other than the tenant's.
    other_revenue: Vec<String>,
    days: Vec<DayLine>,
    carts: Vec<CartLine>,
    cart_count: String,
    carts_left_out: i64,
    data_through: String,
    time_zone: String,
    missing: Vec<String>,
    provisional: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Tile {
    label: &'static str,
    value: String,
    change: String,
    /// `up`, `down` or `same`, for the colour.
    direction: &'static str,
}

#[derive(Debug, Serialize)]
struct DayLine {
    day: String,
    note: &'static str,
    sessions: String,
    purchases: String,
    revenue: String,
    /// Share of the best day's revenue, in percent.
    bar: u32,
    text_bar: String,
}

#[derive(Debug, Serialize)]
struct CartLine {
    last_activity: String,
    who: String,
    email: Option<String>,
    phone: Option<String>,
    items: String,
    value: String,
    incomplete: bool,
}

/// `Branch report Zürich, 21 Dec 2020 – 27 Dec 2020`
#[must_use]
pub fn subject(location_name: &str, period: &DateRange) -> String {
    format!("Branch report {}, {}", short(location_name, NAME), range(period))
}

pub(super) fn view(report: &BranchReport) -> View {
    let listed = saturating_i64(report.carts.len());
    View {
        tenant: short(&report.tenant, NAME),
        location: short(&report.location_name, NAME),
        location_code: short(&report.location_code, NAME),
        period: range(&report.range),
        compared_with: report.compared_with.as_ref().map(range),
        tiles: report
            .current
            .as_ref()
            .map(|now| tiles(now, report.previous.as_ref()))
            .unwrap_or_default(),
        other_revenue: report
            .current
            .iter()
            .flat_map(|now| now.others.iter().map(|other| money(other.revenue)))
            .collect(),
        days: day_lines(&report.days),
        carts: report.carts.iter().map(|cart| cart_line(cart, report)).collect(),
        cart_count: count(report.cart_count),
        carts_left_out: (report.cart_count - listed).max(0),
        data_through: report.freshness.complete_through.map_or_else(
            || "No day is completely loaded yet".to_owned(),
            |day| format!("Data through the end of {}", date(day)),
        ),
        time_zone: report.zone.to_string(),
        missing: report.freshness.missing_dates.iter().copied().map(date).collect(),
        provisional: report.freshness.provisional_dates.iter().copied().map(date).collect(),
    }
}

fn direction(change: Option<f64>) -> &'static str {
    match change {
        Some(c) if c > 0.0 => "up",
        Some(c) if c < 0.0 => "down",
        _ => "same",
    }
}

fn tiles(now: &Metrics, before: Option<&Metrics>) -> Vec<Tile> {
    let tile = |label, value, fraction| Tile {
        label,
        value,
        change: change(fraction),
        direction: direction(fraction),
    };
    let counted = |label, of: fn(&Metrics) -> i64| {
        let fraction = before.and_then(|b| change::relative(of(now).into(), of(b).into()));
        tile(label, count(of(now)), fraction)
    };
    let paid = |label, of: fn(&Metrics) -> Option<Money>| {
        let (value, previous) = (of(now), before.and_then(of));
        let fraction = value.zip(previous).and_then(|(v, p)| change::relative(v.amount, p.amount));
        tile(label, value.map_or_else(|| NONE.to_owned(), money), fraction)
    };
    let rate = now.session_conversion_rate;
    let moved = change::points(rate, before.and_then(|b| b.session_conversion_rate));
    vec![
        paid("Revenue", |m| Some(m.main.revenue)),
        counted("Purchases", |m| m.purchases),
        paid("Average order", |m| m.main.average_order_value),
        counted("Sessions", |m| m.sessions),
        counted("Visitors", |m| m.total_users),
        Tile {
            label: "Conversion",
            value: percent(rate),
            change: points(moved),
            direction: direction(moved),
        },
    ]
}

fn day_lines(days: &[Bucket]) -> Vec<DayLine> {
    use rust_decimal::prelude::ToPrimitive;
    let revenue = |day: &Bucket| day.metrics.as_ref().map(|m| m.main.revenue);
    let best = days.iter().filter_map(revenue).map(|r| r.amount).max().unwrap_or_default();
    let share = |amount: rust_decimal::Decimal| {
        let share = amount.checked_div(best).filter(|_| best.is_sign_positive());
        let percent = share.and_then(|s| s.checked_mul(rust_decimal::Decimal::ONE_HUNDRED));
        percent.and_then(|p| p.to_u32()).unwrap_or(0).min(100)
    };
    days.iter()
        .map(|day| {
            let shown = |of: fn(&Metrics) -> i64| {
                day.metrics.as_ref().map_or_else(|| NONE.to_owned(), |m| count(of(m)))
            };
            let bar = revenue(day).map_or(0, |r| share(r.amount));
            DayLine {
                day: weekday(day.span.days.first()),
                note: note(day.state),
                sessions: shown(|m| m.sessions),
                purchases: shown(|m| m.purchases),
                revenue: revenue(day).map_or_else(|| NONE.to_owned(), money),
                bar,
                text_bar: "█".repeat((bar * TEXT_BAR).div_ceil(100) as usize),
            }
        })
        .collect()
}

const fn note(state: DayState) -> &'static str {
    match state {
        DayState::Complete => "",
        DayState::Provisional => "provisional",
        DayState::Missing => "not loaded",
        DayState::Future => "to come",
    }
}

fn cart_line(cart: &AbandonedCart, report: &BranchReport) -> CartLine {
    let contact = cart.contact.as_ref();
    let who = contact
        .map(|c| c.name.as_str())
        .or(cart.customer_code.as_deref())
        .map_or_else(|| "unknown visitor".to_owned(), |name| short(name, NAME));
    let item = |item: &crate::domain::abandoned_cart::CartItem| {
        let name = item.name.as_deref().or(item.item_id.as_deref()).unwrap_or("item");
        format!("{} × {}", item.quantity.normalize(), short(name, NAME))
    };
    let items: Vec<String> = cart.items.iter().map(item).collect();
    CartLine {
        last_activity: instant(&cart.last_activity_at.with_timezone(&report.zone)),
        who,
        email: contact.and_then(|c| c.email.as_deref()).map(|email| short(email, NAME)),
        phone: contact.and_then(|c| c.phone.as_deref()).map(|phone| short(phone, NAME)),
        items: short(&items.join(", "), ITEMS),
        value: money(cart.value),
        incomplete: cart.value_incomplete,
    }
}

//! The overview's metrics on the wire.

use poem_openapi::Object;

use crate::domain::metrics::{Metrics, MoneyMetrics};
use crate::wire::{CountChange, MoneyBody, MoneyChange, QuantityChange, RateChange, SecondsChange};

/// Metrics of the range, each beside its value in the comparison range. Money is in the tenant's
/// currency.
#[derive(Debug, Clone, PartialEq, Object)]
pub(super) struct OverviewMetrics {
    sessions: CountChange,
    engaged_sessions: CountChange,
    cart_sessions: CountChange,
    checkout_sessions: CountChange,
    converted_sessions: CountChange,
    total_users: CountChange,
    active_users: CountChange,
    new_users: CountChange,
    returning_users: CountChange,
    known_users: CountChange,
    purchasing_users: CountChange,
    events: CountChange,
    /// Events without client or session.
    unattributed_events: CountChange,
    page_views: CountChange,
    /// De-duplicated, over all currencies.
    purchases: CountChange,
    purchases_without_id: CountChange,
    items_sold: QuantityChange,
    /// The same term again within five seconds of a session is one search.
    searches: CountChange,
    /// Searches that found nothing, by the tenant's rule.
    failed_searches: CountChange,
    engagement_rate: RateChange,
    bounce_rate: RateChange,
    session_conversion_rate: RateChange,
    /// Active users with a purchase / active users.
    user_conversion_rate: RateChange,
    /// Seconds per active user.
    average_engagement_time: SecondsChange,
    /// Seconds per session.
    average_engagement_time_per_session: SecondsChange,
    gross_revenue: MoneyChange,
    refunds: MoneyChange,
    /// gross_revenue − refunds
    revenue: MoneyChange,
    /// gross_revenue / purchases; null without a purchase.
    average_order_value: MoneyChange,
}

impl OverviewMetrics {
    pub(super) fn new(now: &Metrics, before: Option<&Metrics>) -> Self {
        let count = |of: fn(&Metrics) -> i64| CountChange::new(of(now), before.map(of));
        let rate = |of: fn(&Metrics) -> Option<f64>| RateChange::new(of(now), before.and_then(of));
        let seconds =
            |of: fn(&Metrics) -> Option<f64>| SecondsChange::new(of(now), before.and_then(of));
        let money = |of: fn(&MoneyMetrics) -> common::kernel::Money| {
            MoneyChange::new(Some(of(&now.main)), before.map(|b| of(&b.main)))
        };
        Self {
            sessions: count(|m| m.sessions),
            engaged_sessions: count(|m| m.engaged_sessions),
            cart_sessions: count(|m| m.cart_sessions),
            checkout_sessions: count(|m| m.checkout_sessions),
            converted_sessions: count(|m| m.converted_sessions),
            total_users: count(|m| m.total_users),
            active_users: count(|m| m.active_users),
            new_users: count(|m| m.new_users),
            returning_users: count(|m| m.returning_users),
            known_users: count(|m| m.known_users),
            purchasing_users: count(|m| m.purchasing_users),
            events: count(|m| m.events),
            unattributed_events: count(|m| m.unattributed_events),
            page_views: count(|m| m.page_views),
            purchases: count(|m| m.purchases),
            purchases_without_id: count(|m| m.purchases_without_id),
            items_sold: QuantityChange::new(now.items_sold, before.map(|b| b.items_sold)),
            searches: count(|m| m.searches),
            failed_searches: count(|m| m.failed_searches),
            engagement_rate: rate(|m| m.engagement_rate),
            bounce_rate: rate(|m| m.bounce_rate),
            session_conversion_rate: rate(|m| m.session_conversion_rate),
            user_conversion_rate: rate(|m| m.user_conversion_rate),
            average_engagement_time: seconds(|m| m.average_engagement_time),
            average_engagement_time_per_session: seconds(|m| m.average_engagement_time_per_session),
            gross_revenue: money(|m| m.gross_revenue),
            refunds: money(|m| m.refunds),
            revenue: money(|m| m.revenue),
            average_order_value: MoneyChange::new(
                now.main.average_order_value,
                before.and_then(|b| b.main.average_order_value),
            ),
        }
    }
}

/// Money of one currency.
#[derive(Debug, Clone, PartialEq, Object)]
pub(super) struct CurrencyMetrics {
    currency: String,
    purchases: i64,
    gross_revenue: MoneyBody,
    refunds: MoneyBody,
    revenue: MoneyBody,
    average_order_value: Option<MoneyBody>,
}

impl From<&MoneyMetrics> for CurrencyMetrics {
    fn from(money: &MoneyMetrics) -> Self {
        Self {
            currency: money.revenue.currency.to_string(),
            purchases: money.purchases,
            gross_revenue: money.gross_revenue.into(),
            refunds: money.refunds.into(),
            revenue: money.revenue.into(),
            average_order_value: money.average_order_value.map(Into::into),
        }
    }
}

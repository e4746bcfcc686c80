//! The named metrics of a range. Rates are none where their base is 0.

use common::kernel::{Currency, Money};
use rust_decimal::Decimal;

use super::change::ratio;
use super::takings::Takings;
use super::totals::Totals;

/// Every metric of the overview for one range.
#[derive(Debug, Clone, PartialEq)]
pub struct Metrics {
    pub sessions: i64,
    pub engaged_sessions: i64,
    pub cart_sessions: i64,
    pub checkout_sessions: i64,
    pub converted_sessions: i64,
    pub total_users: i64,
    pub active_users: i64,
    pub new_users: i64,
    pub returning_users: i64,
    pub known_users: i64,
    pub purchasing_users: i64,
    pub events: i64,
    pub unattributed_events: i64,
    pub page_views: i64,
    pub purchases: i64,
    pub purchases_without_id: i64,
    pub items_sold: Decimal,
    pub searches: i64,
    pub failed_searches: i64,
    pub unconverted_searches: i64,
    pub abandoned_carts: i64,
    /// Of the abandoned carts, in the tenant's currency.
    pub cart_value: Money,
    pub repeat_visitors: i64,
    pub hot_visitors: i64,
    pub engagement_rate: Option<f64>,
    pub bounce_rate: Option<f64>,
    /// None unless the rows are landing pages with enough entrances.
    pub landing_page_bounce_rate: Option<f64>,
    pub session_conversion_rate: Option<f64>,
    /// Active users with a purchase / active users.
    pub user_conversion_rate: Option<f64>,
    /// Seconds per active user.
    pub average_engagement_time: Option<f64>,
    /// Seconds per session.
    pub average_engagement_time_per_session: Option<f64>,
    /// Money in the tenant's currency.
    pub main: MoneyMetrics,
    /// Money in each other currency.
    pub others: Vec<MoneyMetrics>,
}

/// Money of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoneyMetrics {
    pub purchases: i64,
    pub gross_revenue: Money,
    pub refunds: Money,
    pub revenue: Money,
    pub average_order_value: Option<Money>,
}

impl MoneyMetrics {
    fn new(currency: Currency, takings: Takings) -> Self {
        let money = |amount| Money::new(amount, currency);
        Self {
            purchases: takings.purchases,
            gross_revenue: money(takings.gross_revenue),
            refunds: money(takings.refunds),
            revenue: money(takings.revenue()),
            average_order_value: takings.average_order_value().map(money),
        }
    }
}

impl Metrics {
    #[must_use]
    pub fn of(totals: &Totals, currency: Currency) -> Self {
        let Totals { activity, sessions, takings, beside, .. } = totals;
        let users = totals.user_counts();
        let seconds = |base| ratio(activity.engagement_msec, base).map(|msec| msec / 1000.0);
        Self {
            sessions: sessions.sessions,
            engaged_sessions: sessions.engaged,
            cart_sessions: sessions.cart,
            checkout_sessions: sessions.checkout,
            converted_sessions: sessions.converted,
            total_users: users.clients,
            active_users: users.active,
            new_users: users.new,
            returning_users: users.returning,
            known_users: users.known,
            purchasing_users: users.purchasing,
            events: activity.events,
            unattributed_events: activity.unattributed_events,
            page_views: activity.page_views,
            purchases: activity.purchases,
            purchases_without_id: activity.purchases_without_id,
            items_sold: activity.items_sold,
            searches: activity.searches,
            failed_searches: activity.failed_searches,
            unconverted_searches: beside.unconverted_searches,
            abandoned_carts: beside.abandoned_carts,
            cart_value: Money::new(beside.cart_value, currency),
            repeat_visitors: beside.repeat_visitors,
            hot_visitors: beside.hot_visitors,
            engagement_rate: ratio(sessions.engaged, sessions.sessions),
            bounce_rate: ratio(sessions.sessions - sessions.engaged, sessions.sessions),
            landing_page_bounce_rate: None,
            session_conversion_rate: ratio(sessions.converted, sessions.sessions),
            user_conversion_rate: ratio(users.active_purchasing, users.active),
            average_engagement_time: seconds(users.active),
            average_engagement_time_per_session: seconds(sessions.sessions),
            main: MoneyMetrics::new(currency, takings.main(currency, activity.purchases)),
            others: takings.others(currency).map(|(c, t)| MoneyMetrics::new(c, t)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::bitmap::UserSets;
    use crate::domain::counts::{ActivityCounts, SessionCounts};

    fn usd() -> Currency {
        "USD".parse().unwrap()
    }

    #[test]
    fn a_quiet_range_has_no_rates() {
        let metrics = Metrics::of(&Totals::default(), usd());
        assert_eq!(metrics.sessions, 0);
        for rate in [
            metrics.engagement_rate,
            metrics.bounce_rate,
            metrics.session_conversion_rate,
            metrics.user_conversion_rate,
            metrics.average_engagement_time,
            metrics.average_engagement_time_per_session,
        ] {
            assert_eq!(rate, None);
        }
        assert_eq!(metrics.main.average_order_value, None);
    }

    #[test]
    fn rates_follow_their_definitions() {
        let totals = Totals {
            sessions: SessionCounts { sessions: 8, engaged: 6, converted: 2, ..Default::default() },
            activity: ActivityCounts { engagement_msec: 12_000, ..Default::default() },
            users: UserSets {
                active: [1, 2, 3, 4].into_iter().collect(),
                // User 9 bought without being active.
                purchasing: [4, 9].into_iter().collect(),
                ..UserSets::default()
            },
            ..Totals::default()
        };
        let metrics = Metrics::of(&totals, usd());
        assert_eq!(metrics.engagement_rate, Some(0.75));
        assert_eq!(metrics.bounce_rate, Some(0.25));
        assert_eq!(metrics.session_conversion_rate, Some(0.25));
        assert_eq!(metrics.user_conversion_rate, Some(0.25));
        assert_eq!(metrics.average_engagement_time, Some(3.0));
        assert_eq!(metrics.average_engagement_time_per_session, Some(1.5));
    }
}

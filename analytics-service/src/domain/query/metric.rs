//! The metrics by name: what they are counted from, their unit, and whether they add up.

use common::kernel::Money;
use rust_decimal::Decimal;

use super::SessionBasis;
use crate::domain::metrics::Metrics;

/// What a metric is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    Sessions,
    Users,
    Activity,
    Purchases,
    /// Units sold, which are known item by item.
    Units,
    Refunds,
    Searches,
    /// Searches of a session taken together.
    SearchSessions,
    Carts,
    /// People over all their sessions.
    Visitors,
    /// Sessions by the page they began on.
    Entrances,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Count,
    /// May have decimals.
    Quantity,
    /// Between 0 and 1.
    Rate,
    Seconds,
    Money,
}

/// A metric's value, in its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    Count(i64),
    Quantity(Decimal),
    Rate(f64),
    Seconds(f64),
    Money(Money),
}

/// How a metric behaves when its rows are summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sum {
    Always,
    /// The rows add up when each session counts in one bucket only.
    OnceStarted,
    Never,
}

macro_rules! metrics {
    ($($variant:ident $name:literal $unit:ident $sum:ident [$($class:ident),+] $of:expr;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Metric { $($variant),+ }

        impl Metric {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            #[must_use]
            pub const fn unit(self) -> Unit {
                match self { $(Self::$variant => Unit::$unit),+ }
            }

            const fn sum(self) -> Sum {
                match self { $(Self::$variant => Sum::$sum),+ }
            }

            #[must_use]
            pub const fn classes(self) -> &'static [Class] {
                match self { $(Self::$variant => &[$(Class::$class),+]),+ }
            }

            /// None where the metric's base is 0.
            #[must_use]
            pub fn of(self, metrics: &Metrics) -> Option<Value> {
                match self { $(Self::$variant => {
                    let of: fn(&Metrics) -> Option<_> = $of;
                    of(metrics).map(Value::$unit)
                })+ }
            }
        }
    };
}

metrics! {
    Sessions "sessions" Count OnceStarted [Sessions] |m| Some(m.sessions);
    EngagedSessions "engaged_sessions" Count OnceStarted [Sessions] |m| Some(m.engaged_sessions);
    CartSessions "cart_sessions" Count OnceStarted [Sessions] |m| Some(m.cart_sessions);
    CheckoutSessions "checkout_sessions" Count OnceStarted [Sessions] |m| Some(m.checkout_sessions);
    ConvertedSessions "converted_sessions" Count OnceStarted [Sessions] |m| Some(m.converted_sessions);
    EngagementRate "engagement_rate" Rate Never [Sessions] |m| m.engagement_rate;
    BounceRate "bounce_rate" Rate Never [Sessions] |m| m.bounce_rate;
    SessionConversionRate "session_conversion_rate" Rate Never [Sessions] |m| m.session_conversion_rate;
    TotalUsers "total_users" Count Never [Users] |m| Some(m.total_users);
    ActiveUsers "active_users" Count Never [Users] |m| Some(m.active_users);
    NewUsers "new_users" Count Never [Users] |m| Some(m.new_users);
    ReturningUsers "returning_users" Count Never [Users] |m| Some(m.returning_users);
    KnownUsers "known_users" Count Never [Users] |m| Some(m.known_users);
    PurchasingUsers "purchasing_users" Count Never [Users, Purchases] |m| Some(m.purchasing_users);
    UserConversionRate "user_conversion_rate" Rate Never [Users, Purchases] |m| m.user_conversion_rate;
    Events "events" Count Always [Activity] |m| Some(m.events);
    UnattributedEvents "unattributed_events" Count Always [Activity] |m| Some(m.unattributed_events);
    PageViews "page_views" Count Always [Activity] |m| Some(m.page_views);
    AverageEngagementTime "average_engagement_time" Seconds Never [Activity, Users] |m| m.average_engagement_time;
    AverageEngagementTimePerSession "average_engagement_time_per_session" Seconds Never [Activity, Sessions]
        |m| m.average_engagement_time_per_session;
    Purchases "purchases" Count Always [Purchases] |m| Some(m.purchases);
    PurchasesWithoutId "purchases_without_id" Count Always [Purchases] |m| Some(m.purchases_without_id);
    ItemsSold "items_sold" Quantity Always [Units] |m| Some(m.items_sold);
    GrossRevenue "gross_revenue" Money Always [Purchases] |m| Some(m.main.gross_revenue);
    Refunds "refunds" Money Always [Refunds] |m| Some(m.main.refunds);
    Revenue "revenue" Money Always [Purchases, Refunds] |m| Some(m.main.revenue);
    AverageOrderValue "average_order_value" Money Never [Purchases] |m| m.main.average_order_value;
    Searches "searches" Count Always [Searches] |m| Some(m.searches);
    FailedSearches "failed_searches" Count Always [Searches] |m| Some(m.failed_searches);
    UnconvertedSearches "unconverted_searches" Count OnceStarted [SearchSessions] |m| Some(m.unconverted_searches);
    AbandonedCarts "abandoned_carts" Count Always [Carts] |m| Some(m.abandoned_carts);
    CartValue "cart_value" Money Always [Carts] |m| Some(m.cart_value);
    RepeatVisitors "repeat_visitors" Count Never [Visitors] |m| Some(m.repeat_visitors);
    HotVisitors "hot_visitors" Count Never [Visitors] |m| Some(m.hot_visitors);
    Entrances "entrances" Count OnceStarted [Sessions, Entrances] |m| Some(m.sessions);
    LandingPageBounceRate "landing_page_bounce_rate" Rate Never [Sessions, Entrances] |m| m.landing_page_bounce_rate;
}

impl Metric {
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|metric| metric.name() == name)
    }

    /// Whether the rows of an answer may be summed. Sessions add up over dimensions of the whole
    /// session, and over buckets, hours and weekdays when each counts in one only. Of pages it has several, and is not counted
    /// by them then.
    #[must_use]
    pub fn adds_up(self, sessions: SessionBasis, bucketed: bool) -> bool {
        match self.sum() {
            Sum::Always => true,
            Sum::OnceStarted => !bucketed || sessions == SessionBasis::Started,
            Sum::Never => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        for metric in Metric::ALL {
            assert_eq!(Metric::named(metric.name()), Some(*metric));
        }
        assert_eq!(Metric::named("visits"), None);
    }

    #[test]
    fn every_metric_has_its_definition() {
        let definitions = include_str!("../../../../docs/METRICS.md");
        for metric in Metric::ALL {
            let name = format!("`{}`", metric.name());
            let row =
                definitions.lines().find(|line| line.starts_with('|') && line.contains(&name));
            assert!(row.is_some(), "docs/METRICS.md does not say what {name} is");
        }
    }
}

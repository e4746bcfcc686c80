//! Metrics of a series: which there are, which were asked for, and their values.

use common::http::ApiError;
use poem_openapi::Object;
use poem_openapi::types::MaybeUndefined;
use rust_decimal::prelude::ToPrimitive;

use crate::domain::metrics::Metrics;
use crate::domain::query::SessionBasis;
use crate::wire::MoneyBody;

/// How a metric behaves when its days are summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sum {
    /// The days add up to the range.
    Always,
    /// They do when each session counts on one day only.
    OnceStarted,
    Never,
}

macro_rules! series_metrics {
    ($($(#[doc = $doc:literal])* $variant:ident $name:ident: $value:ty, $sum:ident, $of:expr;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum SeriesMetric { $($variant),+ }

        impl SeriesMetric {
            const ALL: &[Self] = &[$(Self::$variant),+];

            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($name)),+ }
            }

            const fn sum(self) -> Sum {
                match self { $(Self::$variant => Sum::$sum),+ }
            }
        }

        /// The metrics asked for; the others are left out.
        #[derive(Debug, Object)]
        pub(super) struct SeriesValues {
            $($(#[doc = $doc])* #[oai(skip_serializing_if_is_none)] $name: MaybeUndefined<$value>,)+
        }

        impl SeriesValues {
            pub(super) fn new(metrics: &Metrics, selected: &[SeriesMetric]) -> Self {
                let mut values = Self { $($name: MaybeUndefined::Undefined),+ };
                for metric in selected {
                    match metric {
                        $(SeriesMetric::$variant => {
                            let of: fn(&Metrics) -> Option<$value> = $of;
                            values.$name = of(metrics)
                                .map_or(MaybeUndefined::Null, MaybeUndefined::Value);
                        })+
                    }
                }
                values
            }
        }
    };
}

series_metrics! {
    Sessions sessions: i64, OnceStarted, |m| Some(m.sessions);
    EngagedSessions engaged_sessions: i64, OnceStarted, |m| Some(m.engaged_sessions);
    CartSessions cart_sessions: i64, OnceStarted, |m| Some(m.cart_sessions);
    CheckoutSessions checkout_sessions: i64, OnceStarted, |m| Some(m.checkout_sessions);
    ConvertedSessions converted_sessions: i64, OnceStarted, |m| Some(m.converted_sessions);
    TotalUsers total_users: i64, Never, |m| Some(m.total_users);
    ActiveUsers active_users: i64, Never, |m| Some(m.active_users);
    NewUsers new_users: i64, Never, |m| Some(m.new_users);
    ReturningUsers returning_users: i64, Never, |m| Some(m.returning_users);
    KnownUsers known_users: i64, Never, |m| Some(m.known_users);
    Events events: i64, Always, |m| Some(m.events);
    PageViews page_views: i64, Always, |m| Some(m.page_views);
    Purchases purchases: i64, Always, |m| Some(m.purchases);
    PurchasesWithoutId purchases_without_id: i64, Always, |m| Some(m.purchases_without_id);
    ItemsSold items_sold: f64, Always, |m| m.items_sold.to_f64();
    Searches searches: i64, Always, |m| Some(m.searches);
    FailedSearches failed_searches: i64, Always, |m| Some(m.failed_searches);
    EngagementRate engagement_rate: f64, Never, |m| m.engagement_rate;
    BounceRate bounce_rate: f64, Never, |m| m.bounce_rate;
    SessionConversionRate session_conversion_rate: f64, Never, |m| m.session_conversion_rate;
    UserConversionRate user_conversion_rate: f64, Never, |m| m.user_conversion_rate;
    /// Seconds per active user.
    AverageEngagementTime average_engagement_time: f64, Never, |m| m.average_engagement_time;
    /// In the tenant's currency, as are the following.
    GrossRevenue gross_revenue: MoneyBody, Always, |m| Some(m.main.gross_revenue.into());
    Refunds refunds: MoneyBody, Always, |m| Some(m.main.refunds.into());
    Revenue revenue: MoneyBody, Always, |m| Some(m.main.revenue.into());
    AverageOrderValue average_order_value: MoneyBody, Never, |m| m.main.average_order_value.map(Into::into);
}

impl SeriesMetric {
    pub(super) fn adds_up(self, sessions: SessionBasis) -> bool {
        match self.sum() {
            Sum::Always => true,
            Sum::OnceStarted => sessions == SessionBasis::Started,
            Sum::Never => false,
        }
    }
}

/// The metrics that the parameter names, each once, in our order.
pub(super) fn selection(names: Option<&str>) -> Result<Vec<SeriesMetric>, ApiError> {
    let Some(names) = names else { return Ok(SeriesMetric::ALL.to_vec()) };
    let names: Vec<&str> = names.split(',').map(str::trim).collect();
    let known = |name: &str| SeriesMetric::ALL.iter().any(|metric| metric.name() == name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        let all: Vec<&str> = SeriesMetric::ALL.iter().map(|metric| metric.name()).collect();
        let detail = format!("`{unknown}` is not one of: {}", all.join(", "));
        return Err(ApiError::invalid_parameter("metrics", "unknown_metric", detail));
    }
    Ok(SeriesMetric::ALL.iter().copied().filter(|m| names.contains(&m.name())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_selects_its_metric_once() {
        let selected = selection(Some("purchases, sessions,sessions")).unwrap();
        assert_eq!(selected, [SeriesMetric::Sessions, SeriesMetric::Purchases]);
        assert_eq!(selection(None).unwrap().len(), SeriesMetric::ALL.len());
    }

    #[test]
    fn each_is_a_metric_of_queries_by_the_same_name() {
        for metric in SeriesMetric::ALL {
            let named = crate::domain::query::Metric::named(metric.name());
            assert!(named.is_some(), "{}", metric.name());
        }
    }

    #[test]
    fn an_unknown_name_is_named() {
        let error = selection(Some("sessions,visits")).unwrap_err();
        assert_eq!(error.status().as_u16(), 422);
        assert!(error.detail().contains("`visits`"), "{}", error.detail());
    }
}

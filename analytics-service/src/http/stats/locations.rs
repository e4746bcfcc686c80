//! `GET /stats/locations`

use std::sync::Arc;

use common::auth::Authenticated;
use common::http::{ApiError, IfNoneMatch};
use poem_openapi::param::Query;
use poem_openapi::{Enum, Object, OpenApi};

use super::answer::{Asked, Branches, answer};
use super::parameters::{question, range_of};
use crate::app::stats::{Found, LocationMetrics, locations};
use crate::domain::comparison::Comparison;
use crate::domain::location::LocationState;
use crate::http::Services;
use crate::http::conditional::Conditional;
use crate::http::tag::Tag;
use crate::wire::{Day, MoneyBody, StatsMeta};

/// One user may visit several locations, and a rate is no sum.
const NON_ADDITIVE: &[&str] = &[
    "total_users",
    "active_users",
    "new_users",
    "returning_users",
    "known_users",
    "engagement_rate",
    "session_conversion_rate",
    "average_order_value",
];

/// What the code is to the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub(in crate::http) enum LocationKind {
    /// In the master data.
    Known,
    /// Observed, but in no master data.
    Unknown,
    /// What belongs to no branch.
    Unassigned,
}

impl From<LocationState> for LocationKind {
    fn from(state: LocationState) -> Self {
        match state {
            LocationState::Known => Self::Known,
            LocationState::Unknown => Self::Unknown,
            LocationState::Unassigned => Self::Unassigned,
        }
    }
}

/// Metrics of one location. Money is in the tenant's currency.
#[derive(Debug, Object)]
#[oai(rename = "LocationRow")]
struct LocationBody {
    code: String,
    /// From the master data.
    name: Option<String>,
    city: Option<String>,
    kind: LocationKind,
    sessions: i64,
    engaged_sessions: i64,
    cart_sessions: i64,
    checkout_sessions: i64,
    converted_sessions: i64,
    events: i64,
    page_views: i64,
    purchases: i64,
    gross_revenue: MoneyBody,
    refunds: MoneyBody,
    revenue: MoneyBody,
    average_order_value: Option<MoneyBody>,
    engagement_rate: Option<f64>,
    session_conversion_rate: Option<f64>,
    total_users: i64,
    active_users: i64,
    new_users: i64,
    returning_users: i64,
    known_users: i64,
}

impl From<LocationMetrics> for LocationBody {
    fn from(location: LocationMetrics) -> Self {
        let metrics = location.metrics;
        Self {
            code: location.code,
            name: location.name,
            city: location.city,
            kind: location.state.into(),
            sessions: metrics.sessions,
            engaged_sessions: metrics.engaged_sessions,
            cart_sessions: metrics.cart_sessions,
            checkout_sessions: metrics.checkout_sessions,
            converted_sessions: metrics.converted_sessions,
            events: metrics.events,
            page_views: metrics.page_views,
            purchases: metrics.purchases,
            gross_revenue: metrics.main.gross_revenue.into(),
            refunds: metrics.main.refunds.into(),
            revenue: metrics.main.revenue.into(),
            average_order_value: metrics.main.average_order_value.map(Into::into),
            engagement_rate: metrics.engagement_rate,
            session_conversion_rate: metrics.session_conversion_rate,
            total_users: metrics.total_users,
            active_users: metrics.active_users,
            new_users: metrics.new_users,
            returning_users: metrics.returning_users,
            known_users: metrics.known_users,
        }
    }
}

#[derive(Debug, Object)]
#[oai(rename = "StatsLocations")]
struct LocationsBody {
    /// By revenue, highest first. Empty when `meta.empty` says why.
    locations: Vec<LocationBody>,
    meta: StatsMeta,
}

#[derive(Debug)]
pub struct LocationsApi {
    services: Arc<Services>,
}

impl LocationsApi {
    pub(in crate::http) fn new(services: &Arc<Services>) -> Self {
        Self { services: services.clone() }
    }
}

#[OpenApi(prefix_path = "/stats", tag = "Tag::Statistics")]
impl LocationsApi {
    /// Metrics of each location
    #[oai(path = "/locations", method = "get", operation_id = "stats_locations")]
    async fn show(
        &self,
        caller: Authenticated,
        /// First local day.
        first: Query<Day>,
        /// Last local day, inclusive.
        last: Query<Day>,
        /// GA4 property number; required when the tenant has several.
        property: Query<Option<i64>>,
        #[oai(name = "If-None-Match")] if_none_match: IfNoneMatch,
    ) -> Result<Conditional<LocationsBody>, ApiError> {
        let range = range_of(first.0, last.0)?;
        let question = question(property.0, None, range, Comparison::None)?;
        let asked = Asked {
            route: "locations",
            question: &question,
            variant: String::new(),
            branches: Branches::Named,
        };
        answer(&self.services, &caller.0, &if_none_match, asked, async |mut tx, found| {
            let locations = match &found {
                Found::Property(basis) if basis.has_data(&range) => {
                    locations(&mut tx, basis, &question).await?
                }
                _ => Vec::new(),
            };
            Ok(LocationsBody {
                locations: locations.into_iter().map(Into::into).collect(),
                meta: StatsMeta::new(&found, &question, NON_ADDITIVE),
            })
        })
        .await
    }
}

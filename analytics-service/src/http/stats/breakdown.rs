//! `GET /stats/breakdown`

use std::sync::Arc;

use common::auth::Authenticated;
use common::http::{ApiError, IfNoneMatch};
use poem_openapi::OpenApi;
use poem_openapi::param::Query;

use super::answer::visible;
use super::parameters::Compare;
use super::query::respond;
use super::query_answer::AnswerBody;
use super::query_request::{ComparisonBody, FilterBody, OrderBody, PageBody, QueryBody, Sessions};
use crate::domain::query::QueryError;
use crate::http::Services;
use crate::http::conditional::Conditional;
use crate::http::tag::Tag;
use crate::wire::Day;

/// What a breakdown shows when the caller does not say.
const METRICS: &str = "sessions,total_users,purchases,revenue";

#[derive(Debug)]
pub struct BreakdownApi {
    services: Arc<Services>,
}

impl BreakdownApi {
    pub(in crate::http) fn new(services: &Arc<Services>) -> Self {
        Self { services: services.clone() }
    }
}

#[OpenApi(prefix_path = "/stats", tag = "Tag::Statistics")]
impl BreakdownApi {
    /// Metrics by the values of a dimension
    ///
    /// Short for `POST /stats/query`, which takes filters, several dimensions and buckets. A
    /// branch-scoped member is answered about their branches.
    #[oai(path = "/breakdown", method = "get", operation_id = "stats_breakdown")]
    #[expect(clippy::too_many_arguments, reason = "one argument for each parameter of the route")]
    async fn show(
        &self,
        caller: Authenticated,
        /// First local day.
        first: Query<Day>,
        /// Last local day, inclusive.
        last: Query<Day>,
        /// Name of a dimension, such as `device`, `channel_group` or `landing_page`.
        dimension: Query<String>,
        /// Names of metrics with commas between them; sessions, users, purchases and revenue when
        /// left out.
        metrics: Query<Option<String>>,
        /// GA4 property number; required when the tenant has several.
        property: Query<Option<i64>>,
        /// Location code, or `(unassigned)`; all locations together when left out.
        location: Query<Option<String>>,
        /// What to compare with; a range of your own is for `POST /stats/query`.
        #[oai(default)]
        compare: Query<Compare>,
        /// A metric or the dimension, with `-` before it for the highest first.
        order: Query<Option<String>>,
        /// Rows to leave out.
        #[oai(default)]
        offset: Query<u32>,
        /// Rows at most.
        #[oai(
            default = "default_limit",
            validator(minimum(value = "1"), maximum(value = "10000"))
        )]
        limit: Query<u32>,
        #[oai(name = "If-None-Match")] if_none_match: IfNoneMatch,
    ) -> Result<Conditional<AnswerBody>, ApiError> {
        if let Some(code) = &location.0 {
            visible(&caller.0, Some(code))?;
        }
        let metrics = metrics.0.as_deref().unwrap_or(METRICS);
        let body = QueryBody {
            property: property.0,
            metrics: metrics.split(',').map(|name| name.trim().to_owned()).collect(),
            dimensions: vec![dimension.0],
            filters: location.0.map(FilterBody::location).into_iter().collect(),
            first: first.0,
            last: last.0,
            comparison: Some(ComparisonBody::new(compare.0)),
            bucket: None,
            sessions: Sessions::Active,
            order: order.0.as_deref().map(OrderBody::parse).into_iter().collect(),
            page: PageBody { offset: offset.0, limit: limit.0 },
            channel_groups: Vec::new(),
        };
        respond(&self.services, &caller.0, &if_none_match, "breakdown", body, refuse).await
    }
}

fn default_limit() -> u32 {
    PageBody::default().limit
}

/// The parameter that the faulty part came from.
pub(super) fn refuse(error: QueryError) -> ApiError {
    let parameter = match error.place.split('/').next().unwrap_or_default() {
        "dimensions" => "dimension",
        "comparison" => "compare",
        "filters" => "location",
        place => place,
    };
    ApiError::invalid_parameter(parameter, error.code, error.detail)
}

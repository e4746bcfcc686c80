//! `POST /stats/query`

use std::sync::Arc;

use common::auth::{Authenticated, Caller};
use common::http::{ApiError, IfNoneMatch};
use poem_openapi::OpenApi;
use poem_openapi::payload::Json;

use super::answer::{Asked, Branches, answer};
use super::checked_query::CheckedQuery;
use super::query_answer::AnswerBody;
use super::query_request::QueryBody;
use crate::app::stats::{Basis, Found, QueryAnswer, Question, StatsError, query};
use crate::domain::query::{Query, QueryError, plan};
use crate::http::Services;
use crate::http::conditional::Conditional;
use crate::http::tag::Tag;
use crate::wire::StatsMeta;

#[derive(Debug)]
pub struct QueryApi {
    services: Arc<Services>,
}

impl QueryApi {
    pub(in crate::http) fn new(services: &Arc<Services>) -> Self {
        Self { services: services.clone() }
    }
}

#[OpenApi(prefix_path = "/stats", tag = "Tag::Statistics")]
impl QueryApi {
    /// Metrics by dimensions, filtered, compared and cut into buckets
    ///
    /// Answered from the cheapest read model that is exact; `meta.source` names it. What has no
    /// exact answer is refused with 422. A branch-scoped member is answered about their branches.
    #[oai(path = "/query", method = "post", operation_id = "stats_query")]
    async fn ask(
        &self,
        caller: Authenticated,
        body: Json<QueryBody>,
        #[oai(name = "If-None-Match")] if_none_match: IfNoneMatch,
    ) -> Result<Conditional<AnswerBody>, ApiError> {
        let refuse = |error: QueryError| {
            ApiError::invalid_field(format!("/{}", error.place), error.code, error.detail)
        };
        respond(&self.services, &caller.0, &if_none_match, "query", body.0, refuse).await
    }
}

/// Answers a query, whichever route it came by; `refuse` names the part at fault the route's way.
pub(super) async fn respond(
    services: &Services,
    caller: &Caller,
    if_none_match: &IfNoneMatch,
    route: &'static str,
    body: QueryBody,
    refuse: impl Fn(QueryError) -> ApiError,
) -> Result<Conditional<AnswerBody>, ApiError> {
    let CheckedQuery { body, query, question } =
        CheckedQuery::new(body, &caller.locations, &refuse)?;
    let variant = format!("{body:?}");
    let asked = Asked { route, question: &question, variant, branches: Branches::AsCondition };
    answer(services, caller, if_none_match, asked, async |mut tx, found| {
        let basis = match &found {
            Found::Property(basis) if basis.has_data(&query.range) => Some(&**basis),
            _ => None,
        };
        let answer = match basis {
            None => None,
            Some(basis) => Some(execute(&mut tx, basis, &query, &body, &refuse).await?),
        };
        let meta = meta(&found, &question, &query, answer.as_ref());
        Ok(AnswerBody::new(body.clone(), &query, basis, answer, meta))
    })
    .await
}

pub(super) async fn execute(
    tx: &mut common::db::TenantTx,
    basis: &Basis,
    asked: &Query,
    body: &QueryBody,
    refuse: impl Fn(QueryError) -> ApiError,
) -> Result<QueryAnswer, ApiError> {
    query(tx, basis, asked, &body.channels()).await.map_err(|error| match error {
        StatsError::TooManyBuckets => {
            let detail = error.to_string();
            refuse(QueryError { place: "bucket".to_owned(), code: "too_many_buckets", detail })
        }
        StatsError::TooManyRows(error) => {
            let detail = error.to_string();
            refuse(QueryError { place: "dimensions".to_owned(), code: "too_many_rows", detail })
        }
        StatsError::Query(error) => refuse(error),
        other => other.into(),
    })
}

fn meta(
    found: &Found,
    question: &Question,
    query: &Query,
    answer: Option<&QueryAnswer>,
) -> StatsMeta {
    let mut meta = StatsMeta::new(found, question, &QueryAnswer::non_additive(query));
    let planned = answer.map_or_else(|| plan(query).ok(), |answer| Some(answer.plan));
    meta.source = planned.map(|plan| plan.sources()).unwrap_or_default().join("+");
    if let Some(comparison) = &mut meta.comparison {
        comparison.last_day_hours = answer.and_then(|answer| answer.elapsed).map(|e| e.hours);
    }
    meta
}

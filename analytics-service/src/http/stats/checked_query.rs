//! A query as far as it can be checked before anything is read. What makes no sense makes none before anything is loaded, too.

use common::auth::Locations;
use common::http::ApiError;

use super::query_request::QueryBody;
use crate::app::stats::Question;
use crate::domain::query::{Query, QueryError, check_conditions, plan};

/// What was asked, in the three forms that an answer needs.
#[derive(Debug)]
pub(super) struct CheckedQuery {
    /// With the branches of a branch-scoped member among its conditions.
    pub body: QueryBody,
    pub query: Query,
    pub question: Question,
}

impl CheckedQuery {
    /// Limits `body` to `locations`, which count for none of its conditions; `refuse` names the part at fault the route's way.
    pub(super) fn new(
        body: QueryBody,
        locations: &Locations,
        refuse: impl Fn(QueryError) -> ApiError,
    ) -> Result<Self, ApiError> {
        check_conditions(&body.query().map_err(&refuse)?).map_err(&refuse)?;
        let body = body.within(locations)?;
        let query = body.query().map_err(&refuse)?;
        plan(&query).map_err(&refuse)?;
        let question = Question::new(body.property, None, query.range, query.comparison);
        let question = question.map_err(|error| {
            refuse(QueryError::new("comparison", "range_too_long", error.to_string()))
        })?;
        Ok(Self { body, query, question })
    }
}

//! The way of every statistics answer: basis → entity tag → 304, cache, or a turn to compute it.

use std::future::Future;

use bytes::Bytes;
use common::auth::Caller;
use common::db::TenantTx;
use common::http::{ApiError, ETag, IfNoneMatch};
use poem_openapi::types::ToJSON;

use crate::app::stats::{Found, Question, find};
use crate::http::Services;
use crate::http::conditional::{Conditional, rendered};

/// What makes an answer another one besides caller, data and route.
pub(super) struct Asked<'a> {
    pub route: &'static str,
    pub question: &'a Question,
    /// Parameters that are not part of the question.
    pub variant: String,
    pub branches: Branches,
}

/// How a branch-scoped member is kept to their branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Branches {
    /// The question names one of them.
    Named,
    /// The variant has them as a condition.
    AsCondition,
}

/// Answers from the entity tag, the cache, or `load`, in this order.
pub(super) async fn answer<T, Load, Fut>(
    services: &Services,
    caller: &Caller,
    if_none_match: &IfNoneMatch,
    asked: Asked<'_>,
    load: Load,
) -> Result<Conditional<T>, ApiError>
where
    T: ToJSON,
    Load: FnOnce(TenantTx, Found) -> Fut,
    Fut: Future<Output = Result<T, ApiError>>,
{
    if asked.branches == Branches::Named {
        visible(caller, asked.question.location.as_deref())?;
    }
    // Nothing can be answered without a turn: the state of the data is looked at once, when it has come.
    let must_compute = !services.cache.keeps() && !if_none_match.given();
    let mut turn = if must_compute { Some(services.turns.wait().await?) } else { None };
    loop {
        // Versions and numbers are of one state: a load that ends in between is in both or in neither.
        let mut tx = services.db.snapshot(&caller.scope).await?;
        let found = find(&mut tx, asked.question, services.clock.now(), &services.basis).await?;
        let tag = tag(caller, &asked, &found);
        if if_none_match.matches(&tag) {
            return Ok(Conditional::not_modified(tag));
        }
        if let Some(body) = services.cache.get(&tag).await {
            return Ok(Conditional::fresh(tag, body));
        }
        turn = turn.or_else(|| services.turns.at_once());
        if turn.is_some() {
            let body: Bytes = rendered(&load(tx, found).await?)?;
            services.cache.put(&tag, body.clone()).await;
            return Ok(Conditional::fresh(tag, body));
        }
        // Nobody waits with a connection, and somebody else may have computed the same meanwhile.
        drop(tx);
        turn = Some(services.turns.wait().await?);
    }
}

/// A branch-scoped member asks about one of their branches; any other is as unknown as none.
pub(super) fn visible(caller: &Caller, location: Option<&str>) -> Result<(), ApiError> {
    match location {
        _ if !caller.locations.restricted() => Ok(()),
        Some(location) if caller.locations.permit(location) => Ok(()),
        Some(_) => Err(ApiError::not_found()),
        None => {
            let detail = "your membership is limited to branches; name one of them";
            Err(ApiError::invalid_parameter("location", "required", detail))
        }
    }
}

fn tag(caller: &Caller, asked: &Asked<'_>, found: &Found) -> ETag {
    let state = match found {
        Found::NoProperty => String::new(),
        Found::Property(basis) => basis.fingerprint(),
    };
    ETag::of([
        caller.tenant_id().to_string(),
        asked.route.to_owned(),
        format!("{:?}", asked.question),
        asked.variant.clone(),
        state,
    ])
}

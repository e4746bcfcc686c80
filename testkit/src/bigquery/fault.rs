//! Faults on cue: what may go wrong with a request, and which request it shall hit.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use poem::http::StatusCode;

use super::answer::ApiError;

/// The calls of the API, to aim a fault at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    Token,
    DatasetList,
    DatasetGet,
    TableList,
    TableGet,
    TableData,
    /// `jobs.insert`, dry runs included.
    JobInsert,
    JobGet,
    JobCancel,
    QueryResults,
    Unknown,
}

/// One way for a request to fail.
#[derive(Debug, Clone)]
pub enum Fault {
    /// An error in the API's JSON, with or without its `errors` array.
    Error {
        status: u16,
        reason: &'static str,
        message: &'static str,
        errors: bool,
        retry_after_seconds: Option<u64>,
    },
    /// An error page of a gateway in front of the API.
    Html { status: u16 },
    /// 401, and every token handed out so far is dead: only a fresh one helps.
    TokenExpired,
    /// The answer begins, then the connection is closed in the middle of the body.
    ResetMidBody,
    /// A complete answer over HTTP whose JSON stops in the middle.
    Truncated,
    /// The request is read and never answered.
    Silent,
    /// The right answer, late.
    Slow(Duration),
    /// The table is removed just before the request is answered.
    Vanish,
    /// The query is not finished yet: only the job's reference comes.
    Unfinished,
    /// The job fails, which is told under a good status.
    JobFails { reason: &'static str, message: &'static str },
    /// The right answer, and the table counts as modified directly after it.
    ModifiedAfter,
}

impl Fault {
    fn error(status: u16, reason: &'static str, message: &'static str) -> Self {
        Self::Error { status, reason, message, errors: true, retry_after_seconds: None }
    }

    /// 403 with `rateLimitExceeded`: to be retried.
    pub fn rate_limited() -> Self {
        let message = "Exceeded rate limits: too many api requests per user per method for this \
                       user_method.";
        Self::error(403, "rateLimitExceeded", message)
    }

    /// 429 that names how long to wait.
    pub fn too_many_requests(retry_after_seconds: u64) -> Self {
        Self::Error {
            status: 429,
            reason: "rateLimitExceeded",
            message: "Quota exceeded for quota metric.",
            errors: true,
            retry_after_seconds: Some(retry_after_seconds),
        }
    }

    /// A 5xx of the API itself.
    pub fn backend_error(status: u16) -> Self {
        Self::error(
            status,
            "backendError",
            "Error encountered during execution. Retrying may solve the problem.",
        )
    }

    /// An internal error that comes as 400.
    pub fn internal_error_as_400() -> Self {
        Self::error(
            400,
            "internalError",
            "An internal error occurred and the request could not be completed.",
        )
    }

    /// 403 that no retry cures.
    pub fn access_denied() -> Self {
        Self::error(403, "accessDenied", "Access Denied: Permission denied on resource.")
    }

    /// 403 of a used-up quota: no retry cures it today.
    pub fn quota_exceeded() -> Self {
        Self::error(403, "quotaExceeded", "Quota exceeded: Your project exceeded its quota.")
    }

    /// 403 of a project without billing.
    pub fn billing_not_enabled() -> Self {
        Self::error(403, "billingNotEnabled", "Billing has not been enabled for this project.")
    }

    /// An error without the `errors` array, as newer front ends send it.
    pub fn bare(status: u16) -> Self {
        Self::Error {
            status,
            reason: "",
            message: "The service is currently unavailable.",
            errors: false,
            retry_after_seconds: None,
        }
    }

    /// The error's JSON document, when this fault is one.
    pub(super) fn as_error(&self) -> Option<(ApiError, bool, Option<u64>)> {
        let Self::Error { status, reason, message, errors, retry_after_seconds } = self else {
            return None;
        };
        let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let error = ApiError::new(status, reason, (*message).to_owned());
        Some((error, *errors, *retry_after_seconds))
    }
}

/// A fault with its aim: the first `times` matching requests after `skip` others.
#[derive(Debug, Clone)]
pub struct Injection {
    fault: Fault,
    route: Option<Route>,
    table: Option<String>,
    skip: usize,
    times: usize,
}

impl Injection {
    /// Hits the next API request; requests for tokens are only hit when aimed at.
    pub fn new(fault: Fault) -> Self {
        Self { fault, route: None, table: None, skip: 0, times: 1 }
    }

    pub fn on(mut self, route: Route) -> Self {
        self.route = Some(route);
        self
    }

    pub fn table(mut self, table: impl Into<String>) -> Self {
        self.table = Some(table.into());
        self
    }

    /// Lets this many matching requests pass first.
    pub fn after(mut self, skip: usize) -> Self {
        self.skip = skip;
        self
    }

    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    fn matches(&self, route: Route, table: Option<&str>) -> bool {
        let route = match self.route {
            Some(wanted) => wanted == route,
            None => route != Route::Token,
        };
        route && self.table.as_deref().is_none_or(|wanted| table == Some(wanted))
    }
}

/// The injections still to come, oldest first.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pending: Mutex<Vec<Injection>>,
}

impl Faults {
    pub(super) fn add(&self, injection: Injection) {
        self.locked().push(injection);
    }

    pub(super) fn clear(&self) {
        self.locked().clear();
    }

    /// The fault that hits this request, if any; at most one does.
    pub(super) fn take(&self, route: Route, table: Option<&str>) -> Option<Fault> {
        let mut pending = self.locked();
        let mut hit = None;
        for injection in pending.iter_mut().filter(|one| one.matches(route, table)) {
            if injection.skip > 0 {
                injection.skip -= 1;
            } else if hit.is_none() && injection.times > 0 {
                injection.times -= 1;
                hit = Some(injection.fault.clone());
            }
        }
        pending.retain(|injection| injection.times > 0);
        hit
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Vec<Injection>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_injection_hits_what_it_aims_at_and_then_is_gone() {
        let faults = Faults::default();
        faults.add(Injection::new(Fault::Silent).on(Route::TableData).table("a").after(1).times(2));
        let hit = |route, table| faults.take(route, Some(table)).is_some();
        assert!(!hit(Route::TableGet, "a"));
        assert!(!hit(Route::TableData, "b"));
        assert!(!hit(Route::TableData, "a"), "the first passes");
        assert!(hit(Route::TableData, "a"));
        assert!(hit(Route::TableData, "a"));
        assert!(!hit(Route::TableData, "a"), "used up");
    }

    #[test]
    fn tokens_are_hit_only_when_aimed_at() {
        let faults = Faults::default();
        faults.add(Injection::new(Fault::Silent));
        assert!(faults.take(Route::Token, None).is_none());
        assert!(faults.take(Route::TableList, None).is_some());
    }
}

//! The outermost layer: it knows the request's ids, runs the checks in order, and turns whatever happens inside
//! (errors, panics, time-outs, bare statuses) into an answer with a problem body.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use poem::http::header::CONTENT_TYPE;
use poem::http::{HeaderValue, Method};
use poem::{Endpoint, IntoResponse, Request, Response, Result};
use tracing::Instrument;

use super::{
    ClientIp, Cors, RawBody, RequestId, TrustedProxies, access, body, headers, nul, query,
    request_id, text,
};
use crate::db::Abandonable;
use crate::http::error::{Context, PROBLEM_JSON, from_poem, from_status};
use crate::http::rate_limit::{AddressLimit, observed, reveal};
use crate::http::{ApiError, MatchedOperation, Operations, PROBES};
use crate::lifecycle::panic_text;
use crate::telemetry::{TraceContext, with_request_id};

/// What applies to every request of a process.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) addresses: AddressLimit,
    pub(crate) operations: Operations,
    pub(crate) cors: Cors,
    pub(crate) proxies: TrustedProxies,
    pub(crate) deadline: Duration,
    pub(crate) body_limit: usize,
    /// Template → bytes, for routes that take more or less.
    pub(crate) body_limits: Vec<(String, usize)>,
    pub(crate) https: bool,
}

/// `inner` within its rules. Never returns `Err`.
pub(crate) struct Envelope<E> {
    inner: E,
    rules: Arc<Rules>,
}

/// What is known about a request before it is worked on.
struct Facts {
    id: RequestId,
    trace: TraceContext,
    client: ClientIp,
    matched: Option<MatchedOperation>,
    method: Method,
    path: String,
    body: RawBody,
    body_limit: usize,
}

impl<E> Envelope<E> {
    pub(crate) fn new(inner: E, rules: Rules) -> Self {
        Self { inner, rules: Arc::new(rules) }
    }
}

impl<E> Endpoint for Envelope<E>
where
    E: Endpoint,
    E::Output: IntoResponse,
{
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let facts = self.rules.facts(&request);
        let origin = self.rules.cors.origin(&request);
        request.set_data(facts.id.clone());
        request.set_data(facts.body.clone());
        request.set_data(facts.client);
        if let Some(matched) = &facts.matched {
            request.set_data(matched.clone());
        }
        let route =
            facts.matched.as_ref().map_or("-", |matched| matched.operation.template.as_str());
        let method = access::method(&facts.method);
        let span = tracing::info_span!(
            "request",
            request.id = %facts.id,
            trace.id = %facts.trace.trace_id(),
            http.method = method,
            http.route = route,
        );
        let work = async {
            let open = access::Open::new(method, route);
            let outcome = self.answer(request, &facts).await;
            let mut response = self.settle(outcome, &facts);
            self.rules.cors.permit(origin, &mut response);
            reveal(&mut response);
            headers::complete(&mut response, self.rules.https);
            identify(&mut response, &facts);
            open.answered(response.status().as_u16());
            response
        };
        let id = facts.id.shared();
        let work = with_request_id(id, facts.trace.scope(observed(work)));
        Ok(work.instrument(span).await)
    }
}

impl<E> Envelope<E>
where
    E: Endpoint,
    E::Output: IntoResponse,
{
    /// The checks in order, then the handler, all within the deadline.
    async fn answer(&self, request: Request, facts: &Facts) -> Result<Response> {
        if let Some(response) = self.rules.cors.preflight(&request) {
            return Ok(response);
        }
        if !PROBES.contains(&facts.path.as_str()) {
            self.rules.addresses.count(facts.client).map_err(ApiError::from)?;
        }
        let work = async {
            nul::check_path(&request)?;
            query::check(&request, facts.matched.as_ref())?;
            let request = body::buffer(request, &facts.body, facts.body_limit).await?;
            nul::check_body(&facts.body.bytes())?;
            text::check(&request, facts.matched.as_ref(), &facts.body.bytes())?;
            match AssertUnwindSafe(self.inner.call(request)).catch_unwind().await {
                Ok(outcome) => outcome.map(IntoResponse::into_response),
                Err(panic) => {
                    Err(ApiError::internal(format!("panic: {}", panic_text(panic.as_ref()))).into())
                }
            }
        };
        // Whether the time is up or the client is gone: nobody waits for the statement that runs.
        match tokio::time::timeout(self.rules.deadline, Abandonable::new(work)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(ApiError::unavailable(
                "deadline_exceeded",
                1,
                "the answer took too long; try again",
            )
            .into()),
        }
    }

    /// Every error, and every bare 4xx or 5xx, becomes a problem.
    fn settle(&self, outcome: Result<Response>, facts: &Facts) -> Response {
        let error = match outcome {
            Ok(response)
                if !response.status().is_client_error() && !response.status().is_server_error() =>
            {
                return response;
            }
            Ok(response) if is_problem(&response) => return response,
            Ok(response) => from_status(response.status()),
            Err(error) => {
                let allowed = self
                    .rules
                    .operations
                    .allowed(&facts.path)
                    .unwrap_or_else(|| "GET, HEAD".to_owned());
                let body = facts.body.bytes();
                let context = Context {
                    operation: facts.matched.as_ref(),
                    path: &facts.path,
                    allowed: &allowed,
                    body: &body,
                    body_limit: facts.body_limit,
                };
                from_poem(error, &context)
            }
        };
        access::failure(&error);
        let mut response = error.answer(&facts.path, facts.id.as_str());
        if facts.method == Method::HEAD {
            response.set_body(());
        }
        response
    }
}

impl Rules {
    fn facts(&self, request: &Request) -> Facts {
        let trace =
            request.header("traceparent").and_then(|header| header.parse::<TraceContext>().ok());
        let path = request.uri().path();
        let matched = self.operations.find(request.method(), path);
        let own_limit = matched.as_ref().and_then(|matched| {
            let template = &matched.operation.template;
            self.body_limits.iter().find(|(own, _)| own == template).map(|(_, bytes)| *bytes)
        });
        Facts {
            id: RequestId::of(request),
            trace: trace.map_or_else(TraceContext::root, TraceContext::child),
            client: self.proxies.client_of(request),
            method: request.method().clone(),
            path: path.to_owned(),
            body: RawBody::default(),
            body_limit: own_limit.unwrap_or(self.body_limit),
            matched,
        }
    }
}

fn is_problem(response: &Response) -> bool {
    response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|media| media.as_bytes().starts_with(PROBLEM_JSON.as_bytes()))
}

fn identify(response: &mut Response, facts: &Facts) {
    let headers = response.headers_mut();
    // Both consist of harmless characters only, so this is always a header value.
    if let Ok(id) = HeaderValue::from_str(facts.id.as_str()) {
        headers.insert(request_id::HEADER, id);
    }
    if let Ok(trace) = HeaderValue::from_str(&facts.trace.to_string()) {
        headers.insert("traceparent", trace);
    }
}

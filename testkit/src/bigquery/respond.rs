//! One request from its arrival to its answer, or to the fault that was ordered for it.

use std::future::pending;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::StreamExt;
use poem::http::{StatusCode, header};
use poem::{Request, Response};
use serde_json::Value as Json;
use tokio::runtime::Handle;

use super::account::ServiceAccount;
use super::answer::{ApiError, json_response};
use super::catalogue::{Catalogue, DatasetKey};
use super::data::{PageRequest, Paging, ResultHead, page};
use super::fault::{Fault, Faults, Route};
use super::jobs::{self, Failure, Jobs, QueryResult};
use super::pages::PageCache;
use super::request_log::{LoggedRequest, RequestLog};
use super::routes::{Call, answer, find_table};
use super::server::{API, TOKEN};
use super::source::TableSource;
use super::token::Tokens;

const FLUSH_PAUSE: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(super) struct State {
    pub(super) token_uri: String,
    pub(super) account: ServiceAccount,
    pub(super) tokens: Tokens,
    pub(super) catalogue: Catalogue,
    pub(super) jobs: Jobs,
    pub(super) cache: PageCache,
    pub(super) faults: Faults,
    pub(super) log: RequestLog,
    pub(super) paging: Mutex<Paging>,
    pub(super) gzip: AtomicBool,
}

pub(super) async fn respond(state: &Arc<State>, mut request: Request) -> Response {
    let url = format!("http://stand-in{}", request.original_uri());
    let query = reqwest::Url::parse(&url).map(|url| {
        let pairs = url.query_pairs().into_owned();
        pairs.collect::<Vec<_>>()
    });
    let path = request.original_uri().path().to_owned();
    let mut call = Call::parse(
        request.method(),
        path.strip_prefix(API).unwrap_or_default(),
        query.unwrap_or_default(),
    );
    if path == TOKEN {
        call.route = Route::Token;
    }
    if matches!(call.route, Route::JobInsert | Route::JobCancel) {
        let body = request.take_body().into_bytes().await.unwrap_or_default();
        call.body = serde_json::from_slice(&body).ok();
    }
    state.name_table(&mut call);
    let number = state.log.push(LoggedRequest {
        route: call.route,
        method: request.method().to_string(),
        path,
        query: call.query.clone(),
        dataset: call.dataset.clone(),
        table: call.table.clone(),
        body: call.body.clone(),
        status: None,
        accepts_gzip: accepts_gzip(&request),
    });
    let fault = state.faults.take(call.route, call.table.as_deref());
    let response = match fault {
        None => state.answer(&call, &mut request).await,
        Some(fault) => state.fail(fault, &call, &mut request).await,
    };
    state.log.answered(number, response.status().as_u16());
    response
}

impl State {
    async fn answer(self: &Arc<Self>, call: &Call, request: &mut Request) -> Response {
        if call.route == Route::Token {
            return self.token(request).await;
        }
        let gzip = self.gzip.load(Ordering::Relaxed) && accepts_gzip(request);
        let valid = self.tokens.valid(request.header(header::AUTHORIZATION));
        let about_jobs = matches!(call.route, Route::JobInsert | Route::JobCancel);
        let result = if valid.is_none() {
            Err(ApiError::unauthenticated())
        } else if about_jobs && valid == Some(false) {
            Err(ApiError::missing_scope())
        } else {
            let (state, call) = (Arc::clone(self), call.clone());
            // Rows are read and encoded here, which takes a while the first time.
            let answered = tokio::task::spawn_blocking(move || {
                let response = state.answer_blocking(&call)?;
                Ok(if gzip { Handle::current().block_on(compressed(response)) } else { response })
            })
            .await;
            answered.unwrap_or_else(|panic| {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                Err(ApiError::new(status, "internalError", panic.to_string()))
            })
        };
        result.unwrap_or_else(|error| json_response(error.status, &error.body(true), call.pretty()))
    }

    fn answer_blocking(&self, call: &Call) -> Result<Response, ApiError> {
        match call.route {
            Route::TableData => {}
            Route::QueryResults => return self.query_results(call),
            _ => return answer(call, &self.catalogue, &self.jobs),
        }
        let table = find_table(call, &self.catalogue)?;
        let request = PageRequest::parse(&call.query)?;
        let paging = *self.paging();
        let page = page(&table, &request, paging, &self.cache)?;
        Ok(page.into_response(call.pretty()))
    }

    fn query_results(&self, call: &Call) -> Result<Response, ApiError> {
        let job = self.jobs.find(call)?;
        let small = |body: &Json| Ok(json_response(StatusCode::OK, body, call.pretty()));
        if let Some(failed) = job.failed_results() {
            return small(&failed);
        }
        let Some(QueryResult { table, fields, only }) = &job.result else {
            return small(&job.unfinished_results());
        };
        let mut request = PageRequest::parse(&call.query)?;
        request.selected_fields.clone_from(fields);
        let members = format!(
            r#","jobReference":{},"jobComplete":true,"totalBytesProcessed":"{}","cacheHit":false"#,
            job.reference(),
            job.processed()
        );
        request.result = Some(ResultHead { members, only: only.clone() });
        let page = page(table, &request, *self.paging(), &self.cache)?;
        Ok(page.into_response(call.pretty()))
    }

    /// Names the table that a query is about, for the log and for whoever aims a fault at it.
    fn name_table(&self, call: &mut Call) {
        let named = match (&call.body, call.route) {
            (Some(body), Route::JobInsert) => jobs::statement(&body["configuration"])
                .ok()
                .map(|statement| (statement.dataset, statement.table)),
            (_, Route::JobGet | Route::JobCancel | Route::QueryResults) => {
                self.jobs.find(call).ok().map(|job| (job.dataset, job.table_name))
            }
            _ => None,
        };
        if let Some((dataset, table)) = named {
            (call.dataset, call.table) = (Some(dataset), Some(table));
        }
    }

    async fn token(&self, request: &mut Request) -> Response {
        let body = request.take_body().into_string().await.unwrap_or_default();
        let url = reqwest::Url::parse(&format!("http://stand-in/?{body}"));
        let form = url.map(|url| url.query_pairs().into_owned().collect::<Vec<_>>());
        let (status, body) =
            self.tokens.exchange(&form.unwrap_or_default(), &self.account, &self.token_uri);
        json_response(status, &body, true)
    }

    async fn fail(self: &Arc<Self>, fault: Fault, call: &Call, request: &mut Request) -> Response {
        if let Some((error, errors, retry_after)) = fault.as_error() {
            let mut response = json_response(error.status, &error.body(errors), call.pretty());
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            return response;
        }
        match fault {
            Fault::Html { status } => html(status),
            Fault::TokenExpired => {
                self.tokens.revoke_all();
                let error = ApiError::unauthenticated();
                json_response(error.status, &error.body(true), call.pretty())
            }
            Fault::Silent => pending().await,
            Fault::Slow(delay) => {
                tokio::time::sleep(delay).await;
                self.answer(call, request).await
            }
            Fault::Vanish => {
                let table = call.table.as_deref().unwrap_or_default();
                self.remove(&call.dataset_key(), table);
                self.answer(call, request).await
            }
            Fault::ModifiedAfter => {
                let response = self.answer(call, request).await;
                let table = call.table.as_deref().unwrap_or_default();
                self.catalogue.touch(&call.dataset_key(), table);
                response
            }
            Fault::Unfinished => match self.jobs.find(call) {
                Ok(job) => json_response(StatusCode::OK, &job.unfinished_results(), call.pretty()),
                Err(_) => self.answer(call, request).await,
            },
            Fault::JobFails { reason, message } => {
                let failure = Failure { reason, message: message.to_owned() };
                if call.route != Route::JobInsert {
                    self.jobs.fail(call, &failure);
                    return self.answer(call, request).await;
                }
                match self.jobs.insert(call, &self.catalogue, Some(failure)) {
                    Ok(job) => json_response(StatusCode::OK, &job, call.pretty()),
                    Err(error) => json_response(error.status, &error.body(true), call.pretty()),
                }
            }
            Fault::ResetMidBody => cut(self.answer(call, request).await, true).await,
            Fault::Truncated => cut(self.answer(call, request).await, false).await,
            Fault::Error { .. } => self.answer(call, request).await,
        }
    }

    pub(super) fn put(&self, dataset: &DatasetKey, name: &str, source: TableSource) {
        if let Some(old) = self.catalogue.put(dataset, name, source) {
            self.cache.forget(old);
        }
    }

    pub(super) fn remove(&self, dataset: &DatasetKey, name: &str) {
        if let Some(old) = self.catalogue.remove(dataset, name) {
            self.cache.forget(old);
        }
    }

    pub(super) fn paging(&self) -> std::sync::MutexGuard<'_, Paging> {
        self.paging.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn accepts_gzip(request: &Request) -> bool {
    request.header(header::ACCEPT_ENCODING).is_some_and(|accepted| accepted.contains("gzip"))
}

async fn compressed(mut response: Response) -> Response {
    let body = response.take_body().into_bytes().await.unwrap_or_default();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory does not fail; a client would notice a body cut short.
    let finished = encoder.write_all(&body).and_then(|()| encoder.finish());
    response.set_body(finished.unwrap_or_default());
    let gzip = header::HeaderValue::from_static("gzip");
    response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
    response
}

fn html(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let page = format!(
        "<!DOCTYPE html>\n<html lang=en><title>Error {0}</title>\n<p><b>{0}.</b> That’s an error.\n",
        status.as_u16()
    );
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "text/html; charset=UTF-8")
        .body(page)
}

/// Keeps the first half of a response; with `reset` the connection breaks there, else it ends well.
async fn cut(mut response: Response, reset: bool) -> Response {
    let body = response.take_body().into_bytes().await.unwrap_or_default();
    let half = body.slice(..body.len() / 2);
    if !reset {
        response.set_body(half);
        return response;
    }
    // The pause lets the first half reach the client; an error at once would swallow it.
    let broken = async {
        tokio::time::sleep(FLUSH_PAUSE).await;
        Err(std::io::Error::new(std::io::ErrorKind::ConnectionReset, "cut on cue"))
    };
    let begun = futures_util::stream::iter([Ok(half)]);
    let chunks = begun.chain(futures_util::stream::once(broken));
    response.set_body(poem::Body::from_bytes_stream(chunks));
    let length = header::HeaderValue::from(body.len());
    response.headers_mut().insert(header::CONTENT_LENGTH, length);
    response
}

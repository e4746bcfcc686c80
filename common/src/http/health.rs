//! `/livez`, `/readyz` and `/metrics`, on the web API's port and on the workers' own.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use poem::http::header::CONTENT_TYPE;
use poem::{Endpoint, EndpointExt, IntoEndpoint, Request, Response, Result, Route, endpoint, get};
use serde_json::json;

use super::ApiError;
use crate::db::Db;
use crate::lifecycle::Shutdown;
use crate::telemetry::metrics_handle;

/// A check that takes longer has failed.
const CHECK_DEADLINE: Duration = Duration::from_secs(2);

/// Asked by machines that watch the process, as often as they like.
pub(crate) const PROBES: [&str; 3] = ["/livez", "/readyz", "/metrics"];

type Outcome = std::result::Result<(), String>;
type Check = dyn Fn() -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync;

/// The named checks of a process. Liveness depends on nothing, readiness on all of them.
#[derive(Clone, Default)]
pub struct Health {
    checks: Vec<(&'static str, Arc<Check>)>,
    shutdown: Shutdown,
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.checks.iter().map(|(name, _)| name)).finish()
    }
}

impl Health {
    /// No checks yet; not ready from the moment `shutdown` is asked for, so that balancers move on.
    pub fn new(shutdown: Shutdown) -> Self {
        Self { checks: Vec::new(), shutdown }
    }

    /// What every process needs: that the database answers, and has the schema this binary was built for.
    #[must_use]
    pub fn of_process(shutdown: Shutdown, db: &Db, schema: &str) -> Self {
        let (pinged, checked, schema) = (db.clone(), db.clone(), schema.to_owned());
        Self::new(shutdown)
            .check("database", move || {
                let db = pinged.clone();
                async move { db.ping().await }
            })
            .check("schema", move || {
                let (db, schema) = (checked.clone(), schema.clone());
                async move { db.check_schema(&schema).await }
            })
    }

    /// Adds a check. The text of its error is shown to whoever may call `/readyz`: no secrets in it.
    #[must_use]
    pub fn check<F, Fut, E>(mut self, name: &'static str, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = std::result::Result<(), E>> + Send + 'static,
        E: fmt::Display,
    {
        let check: Arc<Check> = Arc::new(move || {
            let running = check();
            Box::pin(async move { running.await.map_err(|error| error.to_string()) })
        });
        self.checks.push((name, check));
        self
    }

    /// Runs all checks at once.
    async fn ready(&self) -> std::result::Result<Response, ApiError> {
        if self.shutdown.requested() {
            return Err(ApiError::unavailable("draining", 5, "this process is stopping"));
        }
        let outcomes = join_all(self.checks.iter().map(|(name, check)| async move {
            let outcome = tokio::time::timeout(CHECK_DEADLINE, check()).await;
            (*name, outcome.unwrap_or_else(|_| Err(format!("no answer within {CHECK_DEADLINE:?}"))))
        }))
        .await;
        let failing: Vec<&str> = outcomes
            .iter()
            .filter(|(_, outcome)| outcome.is_err())
            .map(|(name, _)| *name)
            .collect();
        if failing.is_empty() {
            let checks: Vec<&str> = outcomes.iter().map(|(name, _)| *name).collect();
            return Ok(json_response(&json!({"status": "ready", "checks": checks})));
        }
        let detail = format!("failing: {}", failing.join(", "));
        let error = ApiError::unavailable("not_ready", 5, detail);
        Err(outcomes.into_iter().fold(error, |error, (name, outcome)| match outcome {
            Ok(()) => error,
            Err(reason) => error.parameter(name, "failing", reason),
        }))
    }
}

fn json_response(body: &serde_json::Value) -> Response {
    Response::builder().header(CONTENT_TYPE, "application/json").body(body.to_string())
}

/// Adds the three routes.
pub fn health_routes(route: Route, health: Health) -> Route {
    route
        .at("/livez", get(endpoint::make_sync(|_| json_response(&json!({"status": "live"})))))
        .at("/readyz", get(Ready(health).into_endpoint()))
        .at("/metrics", get(endpoint::make_sync(|_| exposition()).boxed()))
}

struct Ready(Health);

impl Endpoint for Ready {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        Ok(self.0.ready().await?)
    }
}

fn exposition() -> Response {
    Response::builder()
        .header(CONTENT_TYPE, "text/plain; version=0.0.4")
        .body(metrics_handle().render())
}

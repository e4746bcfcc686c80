//! The web API of one test, and people who are logged in.

use std::sync::Arc;
use std::time::Duration;

use common::auth::{DEVELOPMENT_COOKIE, Role};
use common::config::{HttpSettings, NetSettings};
use common::crypto::{Keyring, digest};
use common::db::{Db, DbOptions, sql};
use common::http::Health;
use common::http::cursor::CursorKey;
use common::jobs::{
    ErrorCode, Registry, StepContext, StepDone, StepError, StepKind, Worker, WorkerOptions,
};
use common::kernel::{Backoff, ManualClock, Secret, SharedClock, SystemClock, TenantScope};
use common::lifecycle::Shutdown;
use common::net::{Breaker, BreakerSettings};
use data_service::adapters::bigquery::{BigQuerySettings, SystemPause};
use data_service::app::open_warehouse::Ingestion;
use data_service::app::test_connection::ConnectionTester;
use data_service::http::rules::RULES;
use data_service::http::{State, app};
use poem::Response;
use poem::endpoint::BoxEndpoint;
use poem::http::{HeaderMap, Method};
use poem::test::{TestClient, TestResponse};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use testkit::TestDb;
use testkit::db::ServiceLogin;
use testkit::identity::{Identity, assert_closed};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub const ORIGIN: &str = "http://localhost:8002";

pub struct Site {
    pub test: TestDb,
    pub db: Db,
    pub state: State,
    /// `Cookie` headers of an analyst of each tenant.
    pub alpha: String,
    pub beta: String,
    pub client: TestClient<BoxEndpoint<'static, Response>>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Places of the faults that a problem names.
    pub fn faults(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().unwrap();
        errors
            .iter()
            .map(|fault| fault["pointer"].as_str().or(fault["parameter"].as_str()).unwrap())
            .collect()
    }
}

impl Site {
    pub async fn new() -> Self {
        Self::with_connections(10).await
    }

    pub async fn with_connections(max_connections: u32) -> Self {
        Self::with(max_connections, BigQuerySettings::default(), Arc::new(SystemClock)).await
    }

    /// Whose tenants' warehouses are behind these settings.
    pub async fn with_source(bigquery: BigQuerySettings) -> Self {
        Self::with(10, bigquery, Arc::new(SystemClock)).await
    }

    /// Whose time the test owns. Sessions last an hour of it.
    pub async fn with_clock(clock: &ManualClock) -> Self {
        Self::with(10, BigQuerySettings::default(), Arc::new(clock.clone())).await
    }

    async fn with(max_connections: u32, bigquery: BigQuerySettings, clock: SharedClock) -> Self {
        let test = TestDb::new().await;
        let url = Secret::new(test.login_url(ServiceLogin::Data));
        let db = Db::connect(&DbOptions { max_connections, ..DbOptions::new(url) }).await.unwrap();
        let ingestion = Ingestion {
            db: db.clone(),
            keyring: Arc::new(Keyring::from_settings(&TestDb::crypto()).unwrap()),
            bigquery: bigquery.clone(),
            clock: clock.clone(),
            pause: Arc::new(SystemPause),
            circuit: Breaker::new("bigquery", BreakerSettings::default(), clock.clone()),
        };
        let state = State {
            db: db.clone(),
            cursor_key: CursorKey::derive(&Secret::new("test")),
            connections: ConnectionTester::new(&bigquery, &NetSettings::default(), clock.clone()),
            clock,
            shutdown: Shutdown::new(),
            ingestion,
        };
        let settings =
            HttpSettings { insecure_loopback_cookies: true, ..HttpSettings::on_port(8002) };
        let app = app(&state, &settings, Health::default()).unwrap();
        let alpha = cookie(&test, &test.alpha(), Role::Analyst).await;
        let beta = cookie(&test, &test.beta(), Role::Analyst).await;
        Self { test, db, state, alpha, beta, client: TestClient::new(app) }
    }

    /// Every route refuses every forged credential.
    pub async fn assert_closed(&self) {
        let identity = Identity::new(&self.test).await;
        let owner = identity.member(&self.test.alpha(), Role::Owner).await;
        assert_closed(&self.client, RULES, &identity, &owner).await;
    }

    pub async fn viewer(&self) -> String {
        cookie(&self.test, &self.test.alpha(), Role::Viewer).await
    }

    pub async fn admin(&self) -> String {
        cookie(&self.test, &self.test.alpha(), Role::Admin).await
    }

    /// An admin of the other tenant.
    pub async fn stranger(&self) -> String {
        cookie(&self.test, &self.test.beta(), Role::Admin).await
    }

    pub async fn owner(&self) -> PgConnection {
        PgConnection::connect(self.test.owner_url()).await.unwrap()
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.send(Method::GET, path, &[("cookie", cookie)], None).await
    }

    pub async fn post(&self, path: &str, cookie: &str, body: &Value) -> Answer {
        self.post_with(path, cookie, &[], body).await
    }

    pub async fn post_with(
        &self,
        path: &str,
        cookie: &str,
        more: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let mut headers =
            vec![("cookie", cookie), ("origin", ORIGIN), ("content-type", "application/json")];
        headers.extend_from_slice(more);
        let body = (!body.is_null()).then(|| body.to_string());
        self.send(Method::POST, path, &headers, body).await
    }

    /// The id of a new job of the kind `master_data`, or the live one's.
    pub async fn job(&self, cookie: &str) -> String {
        let answer = self.post("/data/v1/jobs", cookie, &json!({ "kind": "master_data" })).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let mut response = self.open(method, path, headers, body).await.0;
        let text = response.take_body().into_string().await.unwrap();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }

    pub async fn open(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> TestResponse {
        let mut request = self.client.request(method, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(body.unwrap_or_default()).send().await
    }

    /// A worker for which every step of these kinds is done at once.
    pub fn worker(&self, kinds: &[&'static str]) -> Worker {
        let registry =
            kinds.iter().fold(Registry::new(), |registry, kind| registry.with(Instant(kind)));
        self.worker_of(registry)
    }

    fn worker_of(&self, registry: Registry) -> Worker {
        let options = WorkerOptions {
            poll: Duration::from_millis(50),
            backoff: Backoff { base: Duration::from_millis(1), cap: Duration::from_millis(5) },
            ..WorkerOptions::new("test")
        };
        let url = Secret::new(self.test.login_url(ServiceLogin::Data));
        Worker::new(self.db.clone(), DbOptions::new(url), registry, options)
    }

    /// Lets the job of alpha at `path` use up all its attempts.
    pub async fn until_dead(&self, registry: Registry, path: &str) {
        let stop = CancellationToken::new();
        let worker = self.worker_of(registry).run(stop.clone());
        let watch = async {
            while self.get(path, &self.alpha).await.body["status"] != "failed" {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            stop.cancel();
        };
        let (worked, ()) = tokio::join!(worker, watch);
        worked.unwrap();
    }
}

struct Instant(&'static str);

/// A step kind that never succeeds.
pub struct Dies(pub &'static str);

#[async_trait::async_trait]
impl StepKind for Dies {
    fn kind(&self) -> &'static str {
        self.0
    }

    async fn run(&self, _context: &StepContext) -> Result<StepDone, StepError> {
        Err(StepError::transient(ErrorCode::SourceUnavailable, "the source is away"))
    }
}

#[async_trait::async_trait]
impl StepKind for Instant {
    fn kind(&self) -> &'static str {
        self.0
    }

    async fn run(&self, context: &StepContext) -> Result<StepDone, StepError> {
        context.progress().phase("load");
        context.progress().rows_total(3);
        context.progress().rows_done(3);
        Ok(StepDone::new(json!({ "rows": 3 })))
    }
}

/// Creates a member of the tenant who is logged in, and returns the `Cookie` header.
async fn cookie(test: &TestDb, tenant: &TenantScope, role: Role) -> String {
    let mut owner = PgConnection::connect(test.owner_url()).await.unwrap();
    let (person, session) = (Uuid::now_v7(), Uuid::now_v7());
    let token = testkit::canary::secret(session);
    sql::query("INSERT INTO person (person_id, issuer, subject) VALUES ($1, 'https://idp.example', $1::text)")
        .bind(person)
        .execute(&mut owner)
        .await
        .unwrap();
    sql::query("INSERT INTO membership (tenant_id, person_id, role) VALUES ($2, $1, $3)")
        .bind(person)
        .bind(tenant.tenant_id().uuid())
        .bind(role.as_str())
        .execute(&mut owner)
        .await
        .unwrap();
    sql::query(
        "INSERT INTO session (session_id, person_id, token_hash, idle_expires_at, expires_at)
         VALUES ($1, $2, $3, now() + interval '1 hour', now() + interval '1 hour')",
    )
    .bind(session)
    .bind(person)
    .bind(digest(&token).as_slice())
    .execute(&mut owner)
    .await
    .unwrap();
    format!("{DEVELOPMENT_COOKIE}={token}")
}

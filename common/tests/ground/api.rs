//! A small web API that goes wrong on request.

use std::num::NonZeroU32;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use common::config::HttpSettings;
use common::http::{
    Accepted, ApiError, ApiResult, ClientIp, ETag, Ground, Health, IfMatch, IfNoneMatch, Limit,
    PreferWait, RateLimit, ground,
};
use common::kernel::SystemClock;
use common::lifecycle::Shutdown;
use common::telemetry::TraceContext;
use poem::endpoint::BoxEndpoint;
use poem::test::{TestClient, TestResponse};
use poem::web::Data;
use poem::{Request, Response};
use poem_openapi::auth::Bearer;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Json, PlainText};
use poem_openapi::{Enum, Object, OpenApi, OpenApiService, SecurityScheme};
use serde_json::Value;
use uuid::Uuid;

pub type App = BoxEndpoint<'static, Response>;

#[derive(SecurityScheme)]
#[oai(ty = "bearer", checker = "good_token")]
struct Token(#[expect(dead_code, reason = "only its presence matters here")] String);

async fn good_token(_: &Request, bearer: Bearer) -> poem::Result<String> {
    match bearer.token.as_str() {
        "good" => Ok(bearer.token),
        _ => Err(ApiError::unauthorized(Some("invalid_token"), "the token is not valid").into()),
    }
}

#[derive(Enum)]
#[oai(rename_all = "snake_case")]
enum Kind {
    Ingest,
    MasterData,
}

#[derive(Object)]
struct NewJob {
    kind: Kind,
    from: Option<chrono::NaiveDate>,
    properties: Option<Vec<i64>>,
    #[oai(validator(max_length = 3))]
    note: Option<String>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct Strict {
    name: String,
}

struct Api;

#[OpenApi]
impl Api {
    /// Answers.
    #[oai(path = "/ok", method = "get")]
    async fn ok(&self) -> ApiResult<PlainText<&'static str>> {
        Ok(PlainText("ok"))
    }

    /// A list.
    #[oai(path = "/jobs", method = "get")]
    async fn list(
        &self,
        #[oai(default)] limit: Query<Limit>,
        state: Query<Option<Vec<String>>>,
    ) -> ApiResult<Json<i64>> {
        let _ = state.0;
        Ok(Json(limit.0.get()))
    }

    /// Accepts work.
    #[oai(path = "/jobs", method = "post")]
    async fn create(
        &self,
        job: Json<NewJob>,
        #[oai(name = "Prefer")] prefer: PreferWait,
    ) -> ApiResult<Accepted> {
        let NewJob { kind, from, properties, note } = job.0;
        let _ = (matches!(kind, Kind::Ingest | Kind::MasterData), from, properties, note, prefer);
        let id = Uuid::nil();
        Ok(Accepted::new(id, "pending", format!("/test/v1/jobs/{id}")))
    }

    /// One.
    #[oai(path = "/tenants/:tenant_id/jobs/:job_id", method = "get")]
    async fn show(&self, tenant_id: Path<Uuid>, job_id: Path<Uuid>) -> ApiResult<Json<Uuid>> {
        let _ = tenant_id.0;
        if job_id.0.is_nil() { Err(ApiError::not_found()) } else { Ok(Json(job_id.0)) }
    }

    /// Takes known fields only.
    #[oai(path = "/strict", method = "put")]
    async fn strict(
        &self,
        #[oai(name = "If-Match")] if_match: IfMatch,
        body: Json<Strict>,
    ) -> ApiResult<Json<String>> {
        if_match.require(&ETag::version(1))?;
        Ok(Json(body.0.name))
    }

    /// Known callers only.
    #[oai(path = "/secret", method = "get")]
    async fn secret(&self, _token: Token) -> ApiResult<PlainText<&'static str>> {
        Ok(PlainText("secret"))
    }

    /// Conditional.
    #[oai(path = "/stats", method = "get")]
    async fn stats(
        &self,
        #[oai(name = "If-None-Match")] have: IfNoneMatch,
    ) -> ApiResult<PlainText<String>> {
        Ok(PlainText(have.matches(&ETag::version(1)).to_string()))
    }

    /// Panics.
    #[oai(path = "/panic", method = "get")]
    async fn panics(&self) -> ApiResult<PlainText<String>> {
        panic!("database password is hunter2")
    }

    /// Fails inside.
    #[oai(path = "/internal", method = "get")]
    async fn internal(&self) -> ApiResult<PlainText<String>> {
        Err(ApiError::internal("database password is hunter2"))
    }

    /// Answers with a status only.
    #[oai(path = "/bare", method = "get")]
    async fn bare(&self) -> poem::Result<PlainText<String>> {
        Err(poem::Error::from_status(poem::http::StatusCode::BAD_GATEWAY))
    }

    /// Never answers.
    #[oai(path = "/slow", method = "get")]
    async fn slow(&self) -> ApiResult<PlainText<String>> {
        std::future::pending().await
    }

    /// Twice a minute.
    #[oai(path = "/limited", method = "get")]
    async fn limited(&self) -> ApiResult<PlainText<&'static str>> {
        static LIMIT: LazyLock<RateLimit> = LazyLock::new(|| {
            let burst = NonZeroU32::new(2).unwrap();
            RateLimit::new("limited", burst, Duration::from_secs(60), Arc::new(SystemClock))
        });
        LIMIT.check("everybody")?;
        Ok(PlainText("ok"))
    }

    /// Tells what it knows about the request.
    #[oai(path = "/context", method = "get")]
    async fn context(&self, ip: Data<&ClientIp>) -> ApiResult<PlainText<String>> {
        let trace = TraceContext::current().map(|trace| trace.trace_id()).unwrap_or_default();
        Ok(PlainText(format!("{trace} {:?}", ip.0.0)))
    }
}

fn service() -> OpenApiService<Api, ()> {
    OpenApiService::new(Api, "Test", "1")
}

pub fn document() -> Value {
    serde_json::from_str(&common::http::openapi_document(service(), "test", "{}")).unwrap()
}

pub fn settings() -> HttpSettings {
    HttpSettings {
        body_limit_bytes: 1_000,
        request_deadline_ms: 200,
        allowed_origins: vec!["https://app.example.com".to_owned()],
        ..HttpSettings::default()
    }
}

pub fn app_with(health: Health) -> App {
    ground(service(), Ground::new("test", &settings(), health).body_limit("/strict", 2_000))
        .unwrap()
}

/// One client for all tests: the API has no state.
pub fn client() -> &'static TestClient<App> {
    static CLIENT: LazyLock<TestClient<App>> =
        LazyLock::new(|| TestClient::new(app_with(Health::new(Shutdown::new()))));
    &CLIENT
}

/// Asserts that the answer is a complete problem with this status, and returns its body.
pub async fn problem(response: TestResponse, status: u16) -> Value {
    let (head, body) = response.0.into_parts();
    let body = body.into_string().await.unwrap();
    assert_eq!(head.status.as_u16(), status, "{body}");
    assert_eq!(head.headers["content-type"], "application/problem+json", "{body}");
    let problem: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(problem["status"], status);
    assert_eq!(problem["request_id"], head.headers["x-request-id"].to_str().unwrap());
    for member in ["type", "title", "detail", "instance"] {
        assert!(
            problem[member].as_str().is_some_and(|text| !text.is_empty()),
            "{member} in {problem}"
        );
    }
    assert!(problem["errors"].is_array());
    problem
}

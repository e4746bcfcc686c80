//! auth-service, data-service and analytics-service over one test's database, and people who call them.

use std::process::Command;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::TestDb;
use testkit::db::ServiceLogin;
use testkit::dev::binary;
use testkit::identity::{Role, logged_in, with_settings};
use testkit::service::ServiceProcess;

/// The origin that browsers are told, whatever the real port is.
const ORIGIN: &str = "http://localhost:8003";

/// A key that seals, for tests only.
pub const SEALING_KEY: &str = "Y2FuYXJ5LTJmNmExYzBlOGIxMS1zZWFsaW5nLWtleS0=";

/// The two tenants that every test database has.
#[derive(Debug, Clone, Copy)]
pub enum Tenant {
    Alpha,
    Beta,
}

/// The `serve` role of all three.
pub struct House {
    // Fields are dropped in this order: services before what they need.
    pub auth: ServiceProcess,
    pub data: ServiceProcess,
    pub analytics: ServiceProcess,
    pub http: reqwest::Client,
    pub folder: TempDir,
    pub test: TestDb,
}

/// Someone who is logged in.
pub struct Person {
    /// Access token for the tenant they are a member of.
    pub token: String,
}

impl House {
    pub async fn new() -> Self {
        Self::with(&[], &[]).await
    }

    /// With more settings for data-service and for auth-service.
    pub async fn with(data: &[(&str, &str)], auth: &[(&str, &str)]) -> Self {
        Self::over(TestDb::new().await, data, auth, &[])
    }

    /// With these settings for all three.
    pub async fn limited(all: &[(&str, &str)]) -> Self {
        Self::over(TestDb::new().await, all, all, all)
    }

    fn over(
        test: TestDb,
        data: &[(&str, &str)],
        auth: &[(&str, &str)],
        analytics: &[(&str, &str)],
    ) -> Self {
        let data = start(&test, "data-service", "serve", data);
        let analytics = start(&test, "analytics-service", "serve", analytics);
        let others = (url(&data, ""), url(&analytics, ""));
        // The last one wins.
        let auth: Vec<_> = [
            ("FOOTFALL_SERVICES__DATA_URL", others.0.as_str()),
            ("FOOTFALL_SERVICES__ANALYTICS_URL", others.1.as_str()),
        ]
        .into_iter()
        .chain(auth.iter().copied())
        .collect();
        let auth = start(&test, "auth-service", "serve", &auth);
        let http = testkit::dev::client().unwrap();
        Self { auth, data, analytics, http, folder: tempfile::tempdir().unwrap(), test }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let service = match path.split('/').nth(1) {
            Some("auth") => &self.auth,
            Some("data") => &self.data,
            _ => &self.analytics,
        };
        self.http.request(method, url(service, path))
    }

    /// A new member of the tenant, with a token that auth-service issued.
    pub async fn member(&self, tenant: Tenant, role: Role) -> Person {
        let scope = match tenant {
            Tenant::Alpha => self.test.alpha(),
            Tenant::Beta => self.test.beta(),
        };
        let cookie = logged_in(&self.test, &scope, role).await.unwrap();
        let answer = self
            .request(Method::POST, "/auth/v1/tokens")
            .header("Cookie", &cookie)
            .header("Origin", ORIGIN)
            .json(&json!({}))
            .send()
            .await
            .unwrap();
        let body: Value = answer.error_for_status().unwrap().json().await.unwrap();
        Person { token: body["access_token"].as_str().unwrap().to_owned() }
    }

    /// An admin of a tenant that can be configured.
    pub async fn admin(&self, tenant: Tenant) -> Person {
        let scope = match tenant {
            Tenant::Alpha => self.test.alpha(),
            Tenant::Beta => self.test.beta(),
        };
        with_settings(&self.test, &scope).await.unwrap();
        self.member(tenant, Role::Admin).await
    }

    /// Changes the tenant's configuration, whatever its version.
    pub async fn configure(&self, admin: &Person, patch: &Value) {
        let answer = self
            .request(Method::PATCH, "/auth/v1/tenant/configuration")
            .bearer_auth(&admin.token)
            .header("If-Match", "*")
            .json(patch)
            .send()
            .await
            .unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{status}: {text}");
    }
}

/// `path` at the real address.
pub fn url(service: &ServiceProcess, path: &str) -> String {
    format!("http://{}{path}", service.address())
}

/// A role of a service with debug logs, that may call loopback and takes cookies without TLS.
pub fn start(
    test: &TestDb,
    service: &str,
    role: &str,
    settings: &[(&str, &str)],
) -> ServiceProcess {
    let login = match service {
        "auth-service" => ServiceLogin::Auth,
        "data-service" => ServiceLogin::Data,
        _ => ServiceLogin::Analytics,
    };
    let mut command = Command::new(binary(service).unwrap());
    command
        .arg(role)
        .env_clear()
        .env("FOOTFALL_DATABASE__URL", test.login_url(login))
        .env("FOOTFALL_DATABASE__MAX_CONNECTIONS", "4")
        .env("FOOTFALL_HTTP__PUBLIC_URL", ORIGIN)
        .env("FOOTFALL_HTTP__INSECURE_LOOPBACK_COOKIES", "true")
        .env("FOOTFALL_TELEMETRY__FILTER", "debug")
        .env("FOOTFALL_CRYPTO__ACTIVE", "test")
        .env("FOOTFALL_CRYPTO__KEYS__TEST", SEALING_KEY)
        .env("FOOTFALL_NET__ALLOW_PRIVATE", "127.0.0.0/8");
    // A generator of requests asks more than a dashboard; that limits hold is a test of its own.
    for limited in ["ADDRESS", "CALLER", "TENANT"] {
        command.env(format!("FOOTFALL_HTTP__{limited}_REQUESTS_A_MINUTE"), "0");
    }
    if service == "data-service" {
        // What its connections are enough for.
        command.env("FOOTFALL_WORKERS__CONCURRENCY", "1");
    }
    if service == "auth-service" {
        // Nobody listens on the discard port.
        command.env("FOOTFALL_OIDC__ISSUER", "http://127.0.0.1:9");
    }
    command.envs(settings.iter().copied());
    ServiceProcess::start(command)
}

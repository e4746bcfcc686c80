//! A service in this process over a database of its own, and a person at a browser.

use std::collections::BTreeMap;
use std::sync::Arc;

use auth_service::app::{App, ensure_key};
use auth_service::config::Config;
use auth_service::http::{RULES, routes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use common::auth::{Authenticator, DEVELOPMENT_COOKIE};
use common::crypto::Token;
use common::db::{Db, sql};
use common::http::Health;
use common::kernel::{
    Clock, ManualClock, PersonId, Secret, SessionId, SystemClock, TenantId, TenantScope,
};
use common::lifecycle::Shutdown;
use poem::Response;
use poem::endpoint::BoxEndpoint;
use poem::test::{TestClient, TestRequestBuilder, TestResponse};
use serde_json::Value;
use testkit::TestDb;
use testkit::canary::SEALING_KEY;
use testkit::db::ServiceLogin;
use testkit::oidc::CertifiedProvider;

pub const ORIGIN: &str = "http://localhost:8003";
pub const CALLBACK: &str = "http://localhost:8003/auth/v1/callback";

pub struct Service {
    pub test_db: TestDb,
    pub db: Db,
    pub app: Arc<App>,
    pub clock: ManualClock,
    pub client: TestClient<BoxEndpoint<'static, Response>>,
}

/// A configuration as in development; `issuer` need not exist for tests that log nobody in.
pub fn config(issuer: &str) -> Config {
    let mut config = Config::default();
    config.http.insecure_loopback_cookies = true;
    config.crypto.keys =
        BTreeMap::from([("first".to_owned(), Secret::new(STANDARD.encode(SEALING_KEY)))]);
    config.crypto.active = "first".to_owned();
    config.oidc.issuer = issuer.to_owned();
    config.oidc.client_id = CertifiedProvider::CLIENT_ID.to_owned();
    config.oidc.client_secret = Secret::new(CertifiedProvider::CLIENT_SECRET);
    config.net.allow_private = vec!["127.0.0.0/8".to_owned()];
    config.limits.validations_a_minute = 60;
    config
}

pub async fn service(issuer: &str) -> Service {
    let test_db = TestDb::new().await;
    let db = test_db.connect(ServiceLogin::Auth).await;
    let clock = ManualClock::at(SystemClock.now());
    let shared = Arc::new(clock.clone());
    let app = Arc::new(App::new(Arc::new(config(issuer)), db.clone(), shared.clone()).unwrap());
    ensure_key(&app, TimeDelta::days(30)).await.unwrap();
    let client = client(&app);
    Service { test_db, db, app, clock, client }
}

fn client(app: &Arc<App>) -> TestClient<BoxEndpoint<'static, Response>> {
    let authenticator =
        Authenticator::new(app.db.clone(), app.clock.clone(), RULES, &app.config.http);
    let health = Health::new(Shutdown::new());
    TestClient::new(routes(app.clone(), Arc::new(authenticator), health).unwrap())
}

/// No provider listens there.
pub async fn service_without_provider() -> Service {
    service("http://127.0.0.1:9").await
}

/// Someone with a session.
pub struct Person {
    pub person_id: PersonId,
    pub session_id: SessionId,
    pub cookie: String,
}

impl Service {
    /// What a second process of the same service would answer.
    pub fn another_process(&self) -> TestClient<BoxEndpoint<'static, Response>> {
        client(&self.app)
    }

    /// A person with a session, made as login makes them.
    pub async fn person(&self, subject: &str) -> Person {
        let token = Token::mint().unwrap();
        let (person_id, session_id) = (PersonId::mint(), SessionId::mint());
        let now = self.clock.now();
        let mut tx = self.db.identity().await.unwrap();
        sql::query("INSERT INTO person (person_id, issuer, subject, email) VALUES ($1, 'test', $2, $2 || '@example.com')")
            .bind(person_id.uuid())
            .bind(subject)
            .execute(tx.conn())
            .await
            .unwrap();
        sql::query(
            "INSERT INTO session (session_id, person_id, token_hash, idle_expires_at, expires_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(session_id.uuid())
        .bind(person_id.uuid())
        .bind(token.digest().to_vec())
        .bind(now + TimeDelta::hours(12))
        .bind(now + TimeDelta::days(7))
        .execute(tx.conn())
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let cookie = format!("{DEVELOPMENT_COOKIE}={}", token.expose());
        Person { person_id, session_id, cookie }
    }

    pub async fn member(&self, scope: &TenantScope, person: &Person, role: &str) {
        let mut tx = self.db.tenant(scope).await.unwrap();
        let tenant = tx.tenant();
        sql::query(
            "INSERT INTO membership (tenant_id, person_id, role) VALUES ($1, $2, $3)
             ON CONFLICT (tenant_id, person_id) DO UPDATE SET role = excluded.role",
        )
        .bind(tenant)
        .bind(person.person_id.uuid())
        .bind(role)
        .execute(tx.conn())
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    /// What a tenant needs before it can be configured.
    pub async fn settings(&self, scope: &TenantScope) {
        let mut tx = self.db.tenant(scope).await.unwrap();
        let tenant = tx.tenant();
        sql::query(
            "INSERT INTO tenant_setting (tenant_id, document)
             VALUES ($1, '{\"time_zone\": \"Europe/Zurich\", \"currency\": \"CHF\"}')",
        )
        .bind(tenant)
        .execute(tx.conn())
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    pub fn get(
        &self,
        path: &str,
        cookie: &str,
    ) -> TestRequestBuilder<'_, BoxEndpoint<'static, Response>> {
        self.client.get(path.to_owned()).header("Cookie", cookie)
    }

    pub fn post(
        &self,
        path: &str,
        cookie: &str,
    ) -> TestRequestBuilder<'_, BoxEndpoint<'static, Response>> {
        self.client.post(path.to_owned()).header("Cookie", cookie).header("Origin", ORIGIN)
    }

    pub async fn token(&self, person: &Person, tenant: Option<TenantId>) -> String {
        let body = match tenant {
            Some(id) => serde_json::json!({ "tenant_id": id }),
            None => serde_json::json!({}),
        };
        let answer = self.post("/auth/v1/tokens", &person.cookie).body_json(&body).send().await;
        answer.assert_status_is_ok();
        json(answer).await["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn me(&self, token: &str) -> TestResponse {
        let bearer = format!("Bearer {token}");
        self.client.get("/auth/v1/me").header("Authorization", bearer).send().await
    }
}

pub async fn json(response: TestResponse) -> Value {
    serde_json::from_slice(&response.0.into_body().into_vec().await.unwrap()).unwrap()
}

pub fn header<'a>(response: &'a TestResponse, name: &str) -> &'a str {
    response.0.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

/// The value a `Set-Cookie` gives to `name`; none when it is removed or not mentioned.
pub fn set_cookie(response: &TestResponse, name: &str) -> Option<String> {
    response
        .0
        .headers()
        .get_all("set-cookie")
        .iter()
        .filter_map(|value| value.to_str().unwrap().split(';').next()?.split_once('='))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

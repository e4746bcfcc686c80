//! The web API of one test.

use std::sync::Arc;
use std::time::Duration;

use analytics_service::app::reports::BranchReports;
use analytics_service::app::stats::BasisCache;
use analytics_service::app::test_mail::MailTester;
use analytics_service::config::LimitSettings;
use analytics_service::http::rules::RULES;
use analytics_service::http::{AnswerCache, Limits, Services, Turns, app};
use common::auth::Role;
use common::config::{HttpSettings, NetSettings};
use common::db::Db;
use common::http::Health;
use common::http::cursor::CursorKey;
use common::kernel::{Clock, ManualClock, Secret, SharedClock, SystemClock, TenantScope};
use poem::Response;
use poem::endpoint::BoxEndpoint;
use poem::http::{HeaderMap, Method, StatusCode};
use poem::test::TestClient;
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use testkit::TestDb;
use testkit::db::ServiceLogin;
use testkit::identity::{Identity, assert_closed};

use super::Facts;
use super::people::cookie;

const ORIGIN: &str = "http://localhost:8001";

/// A running service and its database.
pub struct Site {
    pub test_db: TestDb,
    pub db: Db,
    pub owner: PgConnection,
    pub clock: ManualClock,
    pub services: Arc<Services>,
    pub client: TestClient<BoxEndpoint<'static, Response>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Site {
    /// On 2021-01-05, with the sessions of real time.
    pub async fn new() -> Self {
        Self::with(Turns::new(4, Duration::from_secs(5))).await
    }

    pub async fn with(turns: Turns) -> Self {
        let test_db = TestDb::new().await;
        let db = test_db.connect(ServiceLogin::Analytics).await;
        let owner = PgConnection::connect(test_db.owner_url()).await.unwrap();
        let clock = ManualClock::at("2021-01-05T12:00:00Z".parse().unwrap());
        let services = Arc::new(Services {
            db: db.clone(),
            clock: Arc::new(clock.clone()),
            cache: AnswerCache::bounded(1 << 20),
            basis: BasisCache::on(),
            cursor_key: CursorKey::derive(&Secret::new("test")),
            limits: Limits::new(
                LimitSettings::default(),
                &(Arc::new(clock.clone()) as SharedClock),
            ),
            turns,
            reports: BranchReports::new().unwrap(),
            mail_tester: MailTester::new(&NetSettings::default()),
        });
        let settings =
            HttpSettings { insecure_loopback_cookies: true, ..HttpSettings::on_port(8001) };
        let client = TestClient::new(app(&services, &settings, Health::default()).unwrap());
        Self { test_db, db, owner, clock, services, client }
    }

    /// Every route refuses every forged credential. This site's clock stands in the past, where every token of today
    /// would be from the future: so it happens at a site of today.
    pub async fn assert_closed(&self) {
        let identity = Identity::new(&self.test_db).await;
        let owner = identity.member(&self.test_db.alpha(), Role::Owner).await;
        self.clock.advance(SystemClock.now() - self.clock.now());
        let bearer = format!("Bearer {}", owner.token);
        let headers = [("authorization", bearer.as_str())];
        let path = "/analytics/v1/health/database";
        let answer = self.send(Method::GET, path, &headers, None).await;
        assert_eq!(answer.status, StatusCode::OK, "the good token is good");
        assert_closed(&self.client, RULES, &identity, &owner).await;
    }

    pub async fn login(&mut self, tenant: &TenantScope, role: Role) -> String {
        cookie(&mut self.owner, tenant, role).await
    }

    /// A viewer of tenant alpha.
    pub async fn viewer(&mut self) -> String {
        let alpha = self.test_db.alpha();
        self.login(&alpha, Role::Viewer).await
    }

    pub fn facts(&mut self, tenant: &TenantScope) -> Facts<'_> {
        Facts::new(&mut self.owner, tenant.clone())
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.send(Method::GET, path, &[("cookie", cookie)], None).await
    }

    pub async fn post(&self, path: &str, cookie: &str, body: Value) -> Answer {
        let headers =
            [("cookie", cookie), ("origin", ORIGIN), ("content-type", "application/json")];
        self.send(Method::POST, path, &headers, Some(body.to_string())).await
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let mut request = self.client.request(method, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.body(body.unwrap_or_default()).send().await.0;
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            text: response.take_body().into_string().await.unwrap(),
        }
    }
}

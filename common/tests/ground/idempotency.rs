//! A key makes a repeated POST harmless, also when both arrive at once.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use common::db::{Db, TenantTx, sql};
use common::http::{
    Accepted, ApiResult, Begun, Ground, Health, Idempotency, ground, keep_forgetting,
};
use common::kernel::{Clock, ManualClock, SystemClock, TenantScope};
use common::lifecycle::Shutdown;
use poem::Response;
use poem::endpoint::BoxEndpoint;
use poem::test::{TestClient, TestResponse};
use poem_openapi::payload::Json;
use poem_openapi::{OpenApi, OpenApiService};
use testkit::TestDb;
use testkit::db::ServiceLogin;
use uuid::Uuid;

use crate::api::{problem, settings};

struct Api {
    db: Db,
    scope: TenantScope,
}

#[OpenApi]
impl Api {
    /// Accepts work once per key.
    #[oai(path = "/work", method = "post")]
    async fn create(
        &self,
        #[oai(name = "Idempotency-Key")] idempotency: Idempotency,
        body: Json<i64>,
    ) -> ApiResult<Accepted> {
        let _ = body.0;
        let mut tx: TenantTx = self.db.tenant(&self.scope).await?;
        if let Begun::Replayed(stored) = idempotency.begin(&mut tx).await? {
            return Accepted::replay(stored);
        }
        let id = Uuid::now_v7();
        let accepted = Accepted::new(id, "pending", format!("/test/v1/work/{id}"));
        idempotency.remember(&mut tx, &accepted.stored()?).await?;
        tx.commit().await?;
        Ok(accepted)
    }
}

fn client(db: &Db, scope: TenantScope) -> TestClient<BoxEndpoint<'static, Response>> {
    let mut settings = settings();
    settings.request_deadline_ms = 10_000;
    let api = OpenApiService::new(Api { db: db.clone(), scope }, "Test", "1");
    TestClient::new(
        ground(api, Ground::new("test", &settings, Health::new(Shutdown::new()))).unwrap(),
    )
}

async fn post(
    client: &TestClient<BoxEndpoint<'static, Response>>,
    key: Option<&str>,
    body: &str,
) -> TestResponse {
    let mut request =
        client.post("/test/v1/work").content_type("application/json").body(body.to_owned());
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    request.send().await
}

/// Id of the accepted work, and whether the answer was a replay.
async fn accepted(response: TestResponse) -> (String, bool) {
    assert_eq!(response.0.status().as_u16(), 202);
    let replayed =
        response.0.headers().get("idempotency-replayed").is_some_and(|value| value == "true");
    let body: serde_json::Value =
        serde_json::from_str(&response.0.into_body().into_string().await.unwrap()).unwrap();
    (body["id"].as_str().unwrap().to_owned(), replayed)
}

#[tokio::test]
async fn a_key_answers_once_and_repeats_itself() {
    let test = TestDb::new().await;
    let db = test.connect(ServiceLogin::Data).await;
    let alpha = client(&db, test.alpha());

    let (first, replayed) = accepted(post(&alpha, Some("k1"), "1").await).await;
    assert!(!replayed);
    assert_eq!(accepted(post(&alpha, Some("k1"), "1").await).await, (first.clone(), true));
    let found = problem(post(&alpha, Some("k1"), "2").await, 422).await;
    assert_eq!(found["errors"][0]["code"], "idempotency_key_reused");

    let (other_key, _) = accepted(post(&alpha, Some("k2"), "1").await).await;
    let (no_key, _) = accepted(post(&alpha, None, "1").await).await;
    let (no_key_again, _) = accepted(post(&alpha, None, "1").await).await;
    let (other_tenant, replayed) =
        accepted(post(&client(&db, test.beta()), Some("k1"), "1").await).await;
    assert!(!replayed);
    let mut ids = vec![first, other_key, no_key, no_key_again, other_tenant];
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

#[tokio::test]
async fn simultaneous_requests_share_one_answer() {
    let test = TestDb::new().await;
    let db = test.connect(ServiceLogin::Data).await;
    let alpha = client(&db, test.alpha());
    let answers = futures_util::future::join_all(
        (0..8).map(|_| async { accepted(post(&alpha, Some("k"), "1").await).await }),
    )
    .await;
    assert_eq!(answers.iter().filter(|(_, replayed)| !replayed).count(), 1);
    assert!(answers.iter().all(|(id, _)| *id == answers[0].0));
}

#[tokio::test]
async fn unusable_keys_are_refused() {
    let test = TestDb::new().await;
    let alpha = client(&test.connect(ServiceLogin::Data).await, test.alpha());
    for key in ["", "  ", &"x".repeat(256)] {
        let found = problem(post(&alpha, Some(key), "1").await, 400).await;
        assert_eq!(found["errors"][0]["parameter"], "Idempotency-Key");
    }
    accepted(post(&alpha, Some(&"x".repeat(255)), "1").await).await;
}

#[tokio::test]
async fn more_than_one_batch_of_answers_is_forgotten_in_one_round() {
    let test = TestDb::new().await;
    let db = test.connect(ServiceLogin::Data).await;
    let mut tx = db.tenant(&test.alpha()).await.unwrap();
    let tenant = tx.tenant();
    sql::query(
        "INSERT INTO idempotency_key (tenant_id, route, key, request_hash, status, body, created_at)
         SELECT $1::uuid, 'POST /x', n::text, 'h', 202, '{}', now() - interval '3 days'
         FROM generate_series(1, 10001) AS n",
    )
    .bind(tenant)
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let stop = Shutdown::new();
    stop.request();
    keep_forgetting(db.clone(), Arc::new(SystemClock), Duration::from_secs(60), stop).await;
    let mut tx = db.tenant(&test.alpha()).await.unwrap();
    let left: i64 = sql::query_scalar("SELECT count(*) FROM idempotency_key")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn answers_are_kept_for_a_day_and_forgotten_later() {
    let test = TestDb::new().await;
    let db = test.connect(ServiceLogin::Data).await;
    let (alpha, beta) = (client(&db, test.alpha()), client(&db, test.beta()));
    let (first, _) = accepted(post(&alpha, Some("k"), "1").await).await;
    let (other, _) = accepted(post(&beta, Some("k"), "1").await).await;
    let clock = ManualClock::at(SystemClock.now());
    let round = async || {
        let stop = Shutdown::new();
        stop.request();
        let clock = Arc::new(clock.clone());
        keep_forgetting(db.clone(), clock, Duration::from_secs(60), stop).await;
    };
    clock.advance(TimeDelta::hours(25));
    round().await;
    assert_eq!(accepted(post(&alpha, Some("k"), "1").await).await, (first.clone(), true));
    assert_eq!(accepted(post(&beta, Some("k"), "1").await).await, (other.clone(), true));
    clock.advance(TimeDelta::hours(24));
    round().await;
    for (client, before) in [(&alpha, first), (&beta, other)] {
        let (now, replayed) = accepted(post(client, Some("k"), "1").await).await;
        assert!(!replayed && now != before, "forgotten");
    }
}

//! Signing keys change while everyone goes on working; what is outdated goes.

use auth_service::app::{ensure_key, remove_outdated};
use chrono::TimeDelta;
use common::auth::Role;
use common::db::sql;
use jsonwebtoken::decode_header;
use poem::http::StatusCode;

use crate::support::{Service, json, service_without_provider};

const MONTH: TimeDelta = TimeDelta::days(30);

async fn published(service: &Service) -> Vec<String> {
    let keys = json(service.client.get("/auth/v1/keys").send().await).await;
    let ids = keys["keys"].as_array().unwrap().iter();
    ids.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid(token: &str) -> String {
    decode_header(token).unwrap().kid.unwrap()
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_outlives_its_tokens() {
    let service = service_without_provider().await;
    let person = service.person("owner").await;
    service.member(&service.test_db.alpha(), &person, Role::Owner.as_str()).await;
    let first = published(&service).await;
    assert_eq!(first.len(), 1);
    ensure_key(&service.app, MONTH).await.unwrap();
    assert_eq!(published(&service).await, first, "a young key stays");

    // Only signing keys age here: the session has to survive the month.
    let mut tx = service.db.identity().await.unwrap();
    sql::query("UPDATE signing_key SET active_from = active_from - interval '31 days'")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let old = service.token(&person, None).await;
    service.me(&old).await.assert_status_is_ok();
    ensure_key(&service.app, MONTH).await.unwrap();
    ensure_key(&service.app, MONTH).await.unwrap();
    let both = published(&service).await;
    assert_eq!(both.len(), 2, "one successor, however many processes look");
    service.clock.advance(TimeDelta::minutes(4));
    assert_eq!(kid(&service.token(&person, None).await), first[0], "not signing yet");

    service.clock.advance(TimeDelta::minutes(2));
    let new = service.token(&person, None).await;
    assert_ne!(kid(&new), first[0]);
    service.me(&new).await.assert_status_is_ok();
    service.me(&old).await.assert_status_is_ok();
    service.clock.advance(TimeDelta::minutes(15));
    assert_eq!(published(&service).await.len(), 1, "the old key is retired");
    service.me(&new).await.assert_status(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn ended_sessions_and_unanswered_logins_are_removed() {
    let service = service_without_provider().await;
    service.person("someone").await;
    let mut tx = service.db.identity().await.unwrap();
    sql::query(
        "INSERT INTO login_attempt (attempt_id, state_hash, browser_hash, nonce, pkce_verifier, return_to, expires_at)
         VALUES (gen_random_uuid(), 's', 'b', 'n', 'p', '/', now() - interval '1 minute')",
    )
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let removed = remove_outdated(&service.app).await.unwrap();
    assert_eq!((removed.login_attempts, removed.sessions), (1, 0));
    service.clock.advance(TimeDelta::days(60));
    let removed = remove_outdated(&service.app).await.unwrap();
    assert_eq!((removed.login_attempts, removed.sessions), (0, 1));
}

#[tokio::test]
async fn more_than_one_batch_of_unanswered_logins_is_removed_in_one_round() {
    let service = service_without_provider().await;
    let mut tx = service.db.identity().await.unwrap();
    sql::query(
        "INSERT INTO login_attempt (attempt_id, state_hash, browser_hash, nonce, pkce_verifier, return_to, expires_at)
         SELECT gen_random_uuid(), int4send(n), 'b', 'n', 'p', '/', now() - interval '1 minute'
         FROM generate_series(1, 10001) AS n",
    )
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(remove_outdated(&service.app).await.unwrap().login_attempts, 10_001);
}

#[tokio::test]
async fn logins_are_counted_by_address() {
    let service = service_without_provider().await;
    for _ in 0..120 {
        let answer = service.client.get("/auth/v1/login").send().await;
        answer.assert_status(StatusCode::SERVICE_UNAVAILABLE);
    }
    let answer = service.client.get("/auth/v1/login").send().await;
    answer.assert_status(StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.0.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn exports_are_counted_by_tenant() {
    let service = service_without_provider().await;
    let alpha = service.test_db.alpha();
    service.settings(&alpha).await;
    let mut statuses = Vec::new();
    for subject in ["one", "two"] {
        let owner = service.person(subject).await;
        service.member(&alpha, &owner, Role::Owner.as_str()).await;
        for _ in 0..3 {
            let answer = service.post("/auth/v1/tenant/export", &owner.cookie).send().await;
            statuses.push(answer.0.status().as_u16());
        }
    }
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429]);
}

#[tokio::test]
async fn each_process_counts_for_itself() {
    let service = service_without_provider().await;
    let other = service.another_process();
    let login = "/auth/v1/login";
    for _ in 0..120 {
        service.client.get(login).send().await.assert_status(StatusCode::SERVICE_UNAVAILABLE);
    }
    service.client.get(login).send().await.assert_status(StatusCode::TOO_MANY_REQUESTS);
    let answer = other.get(login).send().await;
    answer.assert_status(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.0.headers()["ratelimit-policy"], "\"login\";q=120;w=60");
}

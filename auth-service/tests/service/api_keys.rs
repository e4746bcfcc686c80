//! API keys, from the page where they are made to the service that lets them in.

use chrono::TimeDelta;
use common::db::sql;
use poem::http::StatusCode;
use poem::test::TestResponse;
use serde_json::{Value, json as value};
use std::time::Duration;

use crate::support::{ORIGIN, Person, Service, json, service_without_provider};

const KEYS: &str = "/auth/v1/api-keys";

async fn admin(service: &Service) -> Person {
    let person = service.person("admin").await;
    service.member(&service.test_db.alpha(), &person, "admin").await;
    person
}

async fn make(service: &Service, admin: &Person, body: Value) -> Value {
    let answer = service.post(KEYS, &admin.cookie).body_json(&body).send().await;
    answer.assert_status(StatusCode::CREATED);
    json(answer).await
}

fn key() -> Value {
    value!({ "name": "till", "scopes": ["tokens:introspect", "data:read"], "expires_in_days": 30 })
}

/// What a key may do at this service: ask about tokens.
async fn used(service: &Service, key: &str) -> TestResponse {
    service
        .client
        .post("/auth/v1/introspect")
        .header("Authorization", format!("Bearer {key}"))
        .content_type("application/x-www-form-urlencoded")
        .body("token=x")
        .send()
        .await
}

async fn listed(service: &Service, admin: &Person) -> Vec<Value> {
    let list = json(service.get(KEYS, &admin.cookie).send().await).await;
    list["api_keys"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_key_is_shown_once_and_stored_as_prefix_and_digest() {
    let service = service_without_provider().await;
    let admin = admin(&service).await;
    let made = make(&service, &admin, key()).await;
    let text = made["api_key"].as_str().unwrap();
    assert!(text.starts_with(made["prefix"].as_str().unwrap()));
    used(&service, text).await.assert_status_is_ok();
    let list = listed(&service, &admin).await;
    assert_eq!(list[0]["scopes"], value!(["data:read", "tokens:introspect"]));
    assert!(!value!(list).to_string().contains(text));
    let mut tx = service.db.tenant(&service.test_db.alpha()).await.unwrap();
    let rows: Vec<String> = sql::query_scalar(
        "SELECT k::text FROM api_key k UNION ALL SELECT a::text FROM audit_entry a",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap();
    let secret = text.rsplit('_').next().unwrap();
    assert!(rows.len() >= 2 && rows.iter().all(|row| !row.contains(secret)), "{rows:?}");
}

#[tokio::test]
async fn wrong_revoked_and_expired_keys_are_one_401() {
    let service = service_without_provider().await;
    let admin = admin(&service).await;
    let revoked = make(&service, &admin, key()).await;
    let expired = make(&service, &admin, key()).await;
    let path = format!("{KEYS}/{}", revoked["api_key_id"].as_str().unwrap());
    let delete = || {
        let request = service.client.delete(path.clone()).header("Cookie", &admin.cookie);
        request.header("Origin", ORIGIN).send()
    };
    used(&service, revoked["api_key"].as_str().unwrap()).await.assert_status_is_ok();
    delete().await.assert_status(StatusCode::NO_CONTENT);
    delete().await.assert_status(StatusCode::NO_CONTENT);
    // Longer than a standing counts as fresh.
    tokio::time::sleep(Duration::from_secs(2)).await;
    service.clock.advance(TimeDelta::days(30));
    let good = expired["api_key"].as_str().unwrap();
    let wrong = format!("{}AAAA", &good[..good.len() - 4]);
    let unknown = good.replacen("ffk_", "ffk_0", 1);
    let mut problems = Vec::new();
    for text in [wrong.as_str(), &unknown, revoked["api_key"].as_str().unwrap(), good, "ffk_"] {
        let answer = used(&service, text).await;
        answer.assert_status(StatusCode::UNAUTHORIZED);
        let mut problem = json(answer).await;
        problem["request_id"] = Value::Null;
        problems.push(problem);
    }
    assert!(problems.iter().all(|problem| *problem == problems[0]), "{problems:?}");
}

#[tokio::test]
async fn a_rotated_key_overlaps_with_its_successor() {
    let service = service_without_provider().await;
    let admin = admin(&service).await;
    let old = make(&service, &admin, key()).await;
    let path = format!("{KEYS}/{}/rotate", old["api_key_id"].as_str().unwrap());
    let body = value!({ "overlap_minutes": 60 });
    let answer = service.post(&path, &admin.cookie).body_json(&body).send().await;
    answer.assert_status(StatusCode::CREATED);
    let new = json(answer).await;
    let (old, new) = (old["api_key"].as_str().unwrap(), new["api_key"].as_str().unwrap());
    service.clock.advance(TimeDelta::minutes(59));
    used(&service, old).await.assert_status_is_ok();
    used(&service, new).await.assert_status_is_ok();
    service.clock.advance(TimeDelta::minutes(1));
    used(&service, old).await.assert_status(StatusCode::UNAUTHORIZED);
    used(&service, new).await.assert_status_is_ok();
    let again = service.post(&path, &admin.cookie).body_json(&body).send().await;
    again.assert_status(StatusCode::CONFLICT);
    let list = listed(&service, &admin).await;
    assert_eq!((&list[0]["status"], &list[1]["status"]), (&value!("active"), &value!("expired")));
    assert_eq!(list[1]["successor_id"], list[0]["api_key_id"]);
}

#[tokio::test]
async fn the_last_use_is_written_down_at_most_once_a_minute() {
    let service = service_without_provider().await;
    let admin = admin(&service).await;
    let made = make(&service, &admin, key()).await;
    let text = made["api_key"].as_str().unwrap();
    assert_eq!(listed(&service, &admin).await[0]["last_used_at"], Value::Null);
    let mut seen = Vec::new();
    for _ in 0..5 {
        used(&service, text).await.assert_status_is_ok();
        seen.push(listed(&service, &admin).await[0]["last_used_at"].clone());
        service.clock.advance(TimeDelta::seconds(25));
    }
    // At 0, 75 and never between.
    assert!(seen[0].is_string());
    assert_eq!((&seen[0], &seen[0]), (&seen[1], &seen[2]));
    assert_ne!(seen[2], seen[3]);
    assert_eq!(seen[3], seen[4]);
}

#[tokio::test]
async fn a_key_of_another_tenant_is_as_unknown_as_a_random_one() {
    let service = service_without_provider().await;
    let admin = admin(&service).await;
    let made = make(&service, &admin, key()).await;
    let stranger = service.person("beta").await;
    service.member(&service.test_db.beta(), &stranger, "owner").await;
    for id in [made["api_key_id"].as_str().unwrap(), "01900000-0000-7000-8000-00000000ffff"] {
        let path = format!("{KEYS}/{id}");
        let rotate = service.post(&format!("{path}/rotate"), &stranger.cookie);
        rotate.body_json(&value!({})).send().await.assert_status(StatusCode::NOT_FOUND);
        let revoke = service.client.delete(path).header("Cookie", &stranger.cookie);
        let answer = revoke.header("Origin", ORIGIN).send().await;
        answer.assert_status(StatusCode::NOT_FOUND);
    }
    assert_eq!(listed(&service, &stranger).await.len(), 0);
    used(&service, made["api_key"].as_str().unwrap()).await.assert_status_is_ok();
    // The header may repeat the key's tenant, never widen it.
    let beta = service.test_db.beta().tenant_id().to_string();
    let answer = service
        .client
        .post("/auth/v1/introspect")
        .header("Authorization", format!("Bearer {}", made["api_key"].as_str().unwrap()))
        .header("X-Tenant-Id", beta)
        .send()
        .await;
    answer.assert_status(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_key_that_is_not_acceptable_is_not_made() {
    let service = service_without_provider().await;
    let admin = admin(&service).await;
    for body in [
        value!({ "name": "", "scopes": ["data:read"] }),
        value!({ "name": "till", "scopes": [] }),
        value!({ "name": "till", "scopes": ["tenant:delete"] }),
        value!({ "name": "till", "scopes": ["data:read"], "expires_in_days": 0 }),
        value!({ "name": "till", "scopes": ["data:read"], "role": "owner" }),
    ] {
        let answer = service.post(KEYS, &admin.cookie).body_json(&body).send().await;
        assert!(matches!(answer.0.status().as_u16(), 400 | 422), "{body}");
    }
    assert_eq!(listed(&service, &admin).await.len(), 0);
}

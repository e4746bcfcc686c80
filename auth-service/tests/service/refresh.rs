//! Refresh tokens: good once, with a grace, and theft ends the family.

use chrono::TimeDelta;
use common::db::sql;
use common::kernel::TenantScope;
use futures_util::future::join_all;
use poem::http::StatusCode;
use poem::test::TestResponse;
use serde_json::{Value, json as value};
use std::time::Duration;

use crate::support::{Person, Service, header, json, service_without_provider};

struct Client {
    refresh: String,
    access: String,
}

fn client(answer: &Value) -> Client {
    Client {
        refresh: answer["refresh_token"].as_str().unwrap().to_owned(),
        access: answer["access_token"].as_str().unwrap().to_owned(),
    }
}

async fn viewer(service: &Service) -> Person {
    let person = service.person("viewer").await;
    service.member(&service.test_db.alpha(), &person, "viewer").await;
    person
}

async fn begin(service: &Service, person: &Person) -> Client {
    let body = value!({ "offline_access": true, "client_name": "laptop" });
    let answer = service.post("/auth/v1/tokens", &person.cookie).body_json(&body).send().await;
    answer.assert_status_is_ok();
    client(&json(answer).await)
}

async fn refresh(service: &Service, token: &str) -> TestResponse {
    let body = value!({ "refresh_token": token });
    service.client.post("/auth/v1/tokens/refresh").body_json(&body).send().await
}

async fn refreshed(service: &Service, token: &str) -> Client {
    let answer = refresh(service, token).await;
    answer.assert_status_is_ok();
    client(&json(answer).await)
}

async fn refused(service: &Service, token: &str) {
    let answer = refresh(service, token).await;
    answer.assert_status(StatusCode::UNAUTHORIZED);
    assert!(header(&answer, "www-authenticate").contains("invalid_token"));
}

async fn reuses(service: &Service, scope: &TenantScope) -> i64 {
    let mut tx = service.db.tenant(scope).await.unwrap();
    sql::query_scalar("SELECT count(*) FROM audit_entry WHERE action = 'refresh_reuse'")
        .fetch_one(tx.conn())
        .await
        .unwrap()
}

#[tokio::test]
async fn ten_parallel_refreshes_within_ten_seconds_all_succeed_in_one_family() {
    let service = service_without_provider().await;
    let person = viewer(&service).await;
    let first = begin(&service, &person).await;
    let answers = join_all((0..10).map(|_| refreshed(&service, &first.refresh))).await;
    service.clock.advance(TimeDelta::seconds(9));
    answers.iter().for_each(|client| assert_ne!(client.refresh, first.refresh));
    let late = refreshed(&service, &first.refresh).await;
    for client in answers.iter().chain([&late]) {
        service.me(&client.access).await.assert_status_is_ok();
        refreshed(&service, &client.refresh).await;
    }
    let mut tx = service.db.identity().await.unwrap();
    let families: i64 = sql::query_scalar("SELECT count(DISTINCT family_id) FROM refresh_token")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert_eq!(families, 1);
}

#[tokio::test]
async fn reuse_after_the_grace_ends_the_family_everywhere() {
    let service = service_without_provider().await;
    let person = viewer(&service).await;
    let (stolen, other) = (begin(&service, &person).await, begin(&service, &person).await);
    let current = refreshed(&service, &stolen.refresh).await;
    service.clock.advance(TimeDelta::seconds(11));
    refused(&service, &stolen.refresh).await;
    assert_eq!(reuses(&service, &service.test_db.alpha()).await, 1);
    // The one who holds the successor is out too, and so are the access tokens.
    refused(&service, &current.refresh).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    service.me(&current.access).await.assert_status(StatusCode::UNAUTHORIZED);
    assert_eq!(reuses(&service, &service.test_db.alpha()).await, 1, "once is enough");
    // The browser and the other client go on.
    service.get("/auth/v1/me", &person.cookie).send().await.assert_status_is_ok();
    refreshed(&service, &other.refresh).await;
}

#[tokio::test]
async fn a_clients_session_ends_when_unused_and_at_its_absolute_end() {
    let service = service_without_provider().await;
    let person = viewer(&service).await;
    let unused = begin(&service, &person).await;
    let mut used = begin(&service, &person).await;
    for _ in 0..9 {
        service.clock.advance(TimeDelta::days(9));
        used = refreshed(&service, &used.refresh).await;
    }
    refused(&service, &unused.refresh).await;
    service.clock.advance(TimeDelta::days(9));
    refused(&service, &used.refresh).await;
    refused(&service, "nonsense").await;
}

#[tokio::test]
async fn a_person_sees_and_ends_their_own_sessions_only() {
    let service = service_without_provider().await;
    let (person, stranger) = (viewer(&service).await, service.person("stranger").await);
    let client = begin(&service, &person).await;
    let list = json(service.get("/auth/v1/sessions", &person.cookie).send().await).await;
    let sessions = list["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let of_client = sessions.iter().find(|session| session["kind"] == "client").unwrap();
    assert_eq!((&of_client["label"], &of_client["current"]), (&value!("laptop"), &value!(false)));
    let path = format!("/auth/v1/sessions/{}", of_client["session_id"].as_str().unwrap());
    let delete = async |cookie: &str, path: &str| {
        let request = service.client.delete(path.to_owned()).header("Cookie", cookie);
        request.header("Origin", crate::support::ORIGIN).send().await
    };
    delete(&stranger.cookie, &path).await.assert_status(StatusCode::NOT_FOUND);
    refreshed(&service, &client.refresh).await;
    delete(&person.cookie, &path).await.assert_status(StatusCode::NO_CONTENT);
    refused(&service, &client.refresh).await;
    delete(&person.cookie, &path).await.assert_status(StatusCode::NOT_FOUND);
    delete(&person.cookie, "/auth/v1/sessions/x").await.assert_status(StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn who_forgets_to_name_the_tenant_may_ask_again() {
    let service = service_without_provider().await;
    let person = viewer(&service).await;
    let client = begin(&service, &person).await;
    service.member(&service.test_db.beta(), &person, "viewer").await;
    let unnamed = refresh(&service, &client.refresh).await;
    unnamed.assert_status(StatusCode::UNPROCESSABLE_ENTITY);
    service.clock.advance(TimeDelta::minutes(5));
    let beta = service.test_db.beta().tenant_id();
    let body = value!({ "refresh_token": client.refresh, "tenant_id": beta });
    let answer = service.client.post("/auth/v1/tokens/refresh").body_json(&body).send().await;
    answer.assert_status_is_ok();
    assert_eq!(json(answer).await["tenant_id"], value!(beta));
}

//! Introspection: a good token is described, anything else is `{"active":false}`.

use chrono::TimeDelta;
use common::auth::{Role, Scope};
use poem::http::StatusCode;
use serde_json::{Value, json as value};
use std::time::Duration;
use testkit::identity::{Identity, Member};

use crate::support::{ORIGIN, Service, json, service_without_provider};

async fn ask(service: &Service, caller: &str, token: &str) -> Value {
    let answer = service
        .client
        .post("/auth/v1/introspect")
        .header("Authorization", format!("Bearer {caller}"))
        .content_type("application/x-www-form-urlencoded")
        .body(format!("token={token}&token_type_hint=access_token"))
        .send()
        .await;
    answer.assert_status_is_ok();
    json(answer).await
}

struct Scene {
    service: Service,
    identity: Identity,
    machine: String,
    member: Member,
}

impl Scene {
    async fn new() -> Self {
        let service = service_without_provider().await;
        let identity = Identity::new(&service.test_db).await;
        let alpha = service.test_db.alpha();
        let machine = identity.api_key(&alpha, &[Scope::TokensIntrospect]).await;
        let member = identity.member(&alpha, Role::Viewer).await;
        Self { service, identity, machine, member }
    }
}

#[tokio::test]
async fn a_good_token_is_described() {
    let Scene { service, machine, member, identity } = Scene::new().await;
    let told = ask(&service, &machine, &member.token).await;
    assert_eq!(told["active"], true);
    assert_eq!(told["token_type"], "access_token");
    assert_eq!(told["sub"], format!("person:{}", member.person_id));
    assert_eq!(told["sid"], value!(member.session_id));
    assert_eq!(told["tenant_id"], value!(service.test_db.alpha().tenant_id()));
    assert_eq!((&told["role"], &told["exp"]), (&value!("viewer"), &value!(member.claims.exp)));
    let other = identity.api_key(&service.test_db.alpha(), &[Scope::DataRead]).await;
    let told = ask(&service, &machine, &other).await;
    assert_eq!((&told["token_type"], &told["scope"]), (&value!("api_key"), &value!("data:read")));
    let cookie = format!("{}={}", common::auth::DEVELOPMENT_COOKIE, member.cookie);
    let begun = service
        .post("/auth/v1/tokens", &cookie)
        .body_json(&value!({ "offline_access": true }))
        .send()
        .await;
    let refresh = json(begun).await["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(ask(&service, &machine, &refresh).await["token_type"], "refresh_token");
}

#[tokio::test]
async fn anything_bad_is_inactive_and_nothing_else() {
    let Scene { service, machine, member, identity } = Scene::new().await;
    let elsewhere = identity.member(&service.test_db.beta(), Role::Owner).await;
    let mut expired = member.claims.clone();
    expired.exp = expired.iat - 1;
    let mut unknown = member.claims.clone();
    unknown.sid = common::kernel::SessionId::mint();
    for token in [
        "nonsense",
        "",
        "ffk_000000000000_x",
        &elsewhere.token,
        &member.cookie,
        &identity.sign(&expired),
        &identity.sign(&unknown),
    ] {
        assert_eq!(ask(&service, &machine, token).await, value!({ "active": false }), "{token}");
    }
}

#[tokio::test]
async fn a_revoked_token_is_inactive_within_two_seconds() {
    let Scene { service, machine, member, .. } = Scene::new().await;
    assert_eq!(ask(&service, &machine, &member.token).await["active"], true);
    let logout = service.client.post("/auth/v1/logout").header("Origin", ORIGIN);
    let cookie = format!("{}={}", common::auth::DEVELOPMENT_COOKIE, member.cookie);
    logout.header("Cookie", cookie).send().await.assert_status(StatusCode::NO_CONTENT);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(ask(&service, &machine, &member.token).await, value!({ "active": false }));
}

#[tokio::test]
async fn whoever_asks_authenticates_and_is_counted() {
    let Scene { service, machine, member, identity } = Scene::new().await;
    let post = |token: Option<String>| {
        let request = service.client.post("/auth/v1/introspect");
        let request = request.content_type("application/x-www-form-urlencoded").body("token=x");
        match token {
            Some(token) => request.header("Authorization", format!("Bearer {token}")).send(),
            None => request.send(),
        }
    };
    post(None).await.assert_status(StatusCode::UNAUTHORIZED);
    post(Some(member.token)).await.assert_status(StatusCode::FORBIDDEN);
    let other = identity.api_key(&service.test_db.alpha(), &[Scope::DataRead]).await;
    post(Some(other)).await.assert_status(StatusCode::FORBIDDEN);
    let limit = service.app.config.limits.validations_a_minute;
    for _ in 0..limit {
        post(Some(machine.clone())).await.assert_status_is_ok();
    }
    let refused = post(Some(machine.clone())).await;
    refused.assert_status(StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.0.headers().contains_key("retry-after"));
    service.clock.advance(TimeDelta::minutes(1));
    post(Some(machine)).await.assert_status_is_ok();
}

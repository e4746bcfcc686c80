//! For every route of this service with an id: another tenant's is as unknown as a random one.

use auth_service::http::RULES;
use common::auth::Access;
use poem::http::{Method, StatusCode};
use serde_json::{Value, json as value};

use crate::support::{ORIGIN, Person, Service, json, service_without_provider};

const RANDOM: &str = "01900000-0000-7000-8000-00000000ffff";

async fn owner(service: &Service, subject: &str, alpha: bool) -> Person {
    let scope = if alpha { service.test_db.alpha() } else { service.test_db.beta() };
    let person = service.person(subject).await;
    service.member(&scope, &person, "owner").await;
    person
}

async fn send(service: &Service, method: &Method, path: &str, cookie: &str) -> (StatusCode, Value) {
    let request = service.client.request(method.clone(), path.to_owned());
    let request = request.header("Cookie", cookie).header("Origin", ORIGIN);
    let answer = request.body_json(&value!({})).send().await;
    let status = answer.0.status();
    let mut body = if status == StatusCode::NO_CONTENT { Value::Null } else { json(answer).await };
    if let Some(problem) = body.as_object_mut() {
        problem.remove("instance");
        problem.remove("request_id");
    }
    (status, body)
}

/// An id that the route knows for `owner`.
async fn known(service: &Service, owner: &Person, parameter: &str) -> String {
    let make = async |path: &str, body: Value, id: &str| {
        let answer = service.post(path, &owner.cookie).body_json(&body).send().await;
        answer.assert_status(StatusCode::CREATED);
        json(answer).await[id].as_str().unwrap().to_owned()
    };
    match parameter {
        "{person_id}" => {
            let other = service.person("another").await;
            service.member(&service.test_db.alpha(), &other, "viewer").await;
            other.person_id.to_string()
        }
        "{session_id}" => owner.session_id.to_string(),
        "{invitation_id}" => {
            make("/auth/v1/invitations", value!({ "role": "viewer" }), "invitation_id").await
        }
        "{api_key_id}" => {
            let body = value!({ "name": "till", "scopes": ["data:read"] });
            make("/auth/v1/api-keys", body, "api_key_id").await
        }
        other => panic!("no id for {other}"),
    }
}

#[tokio::test]
async fn every_id_of_another_tenant_is_as_unknown_as_a_random_one() {
    let mut walked = 0;
    for rule in RULES.iter().filter(|rule| rule.access != Access::Public) {
        // A kind of connection is the same word for every tenant.
        let Some(parameter) = rule.path.split('/').find(|part| part.ends_with("_id}")) else {
            continue;
        };
        let service = service_without_provider().await;
        let (own, stranger) =
            (owner(&service, "own", true).await, owner(&service, "stranger", false).await);
        let id = known(&service, &own, parameter).await;
        let path = |id: &str| rule.path.replace(parameter, id);
        let (method, at) = (&rule.method, format!("{} {}", rule.method, rule.path));
        let foreign = send(&service, method, &path(&id), &stranger.cookie).await;
        let random = send(&service, method, &path(RANDOM), &stranger.cookie).await;
        assert_eq!(foreign.0, StatusCode::NOT_FOUND, "{at}");
        assert_eq!(foreign, random, "{at}");
        let malformed = send(&service, method, &path("x"), &own.cookie).await;
        assert_eq!(malformed.0, StatusCode::BAD_REQUEST, "{at}");
        let (status, body) = send(&service, method, &path(&id), &own.cookie).await;
        assert!(status.is_success(), "{at}: {status} {body}");
        walked += 1;
    }
    assert!(walked >= 6, "{walked} routes");
}

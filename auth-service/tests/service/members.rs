//! The people of a tenant, and the ways into it.

use auth_service::app::{Asker, Visitor, remove_member};
use auth_service::error::Error;
use chrono::TimeDelta;
use common::auth::{Caller, Locations, Principal, Role};
use common::kernel::TenantScope;
use poem::http::{Method, StatusCode};
use poem::test::TestResponse;
use serde_json::{Value, json as value};
use std::time::Duration;

use crate::support::{ORIGIN, Person, Service, json, service_without_provider};

const MEMBERS: &str = "/auth/v1/members";
const INVITATIONS: &str = "/auth/v1/invitations";

async fn member(service: &Service, scope: &TenantScope, subject: &str, role: &str) -> Person {
    let person = service.person(subject).await;
    service.member(scope, &person, role).await;
    person
}

async fn send(
    service: &Service,
    method: Method,
    path: &str,
    cookie: &str,
    body: Value,
) -> TestResponse {
    let request = service.client.request(method, path.to_owned()).header("Cookie", cookie);
    request.header("Origin", ORIGIN).body_json(&body).send().await
}

async fn change(service: &Service, by: &Person, whom: &Person, body: Value) -> TestResponse {
    let path = format!("{MEMBERS}/{}", whom.person_id);
    send(service, Method::PATCH, &path, &by.cookie, body).await
}

async fn remove(service: &Service, by: &Person, whom: &Person) -> TestResponse {
    let path = format!("{MEMBERS}/{}", whom.person_id);
    send(service, Method::DELETE, &path, &by.cookie, value!({})).await
}

async fn code(answer: TestResponse) -> String {
    json(answer).await["type"].as_str().unwrap().rsplit(':').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_change_of_role_acts_within_two_seconds() {
    let service = service_without_provider().await;
    let alpha = service.test_db.alpha();
    let owner = member(&service, &alpha, "owner", "owner").await;
    let admin = member(&service, &alpha, "admin", "admin").await;
    let list = || service.get(MEMBERS, &admin.cookie).send();
    list().await.assert_status_is_ok();
    for body in [value!({ "role": "viewer" }), value!({ "role": "admin", "suspended": true })] {
        change(&service, &owner, &admin, body).await.assert_status_is_ok();
        tokio::time::sleep(Duration::from_secs(2)).await;
        list().await.assert_status(StatusCode::FORBIDDEN);
    }
    change(&service, &owner, &admin, value!({ "suspended": false })).await.assert_status_is_ok();
    tokio::time::sleep(Duration::from_secs(2)).await;
    list().await.assert_status_is_ok();
    remove(&service, &owner, &admin).await.assert_status(StatusCode::NO_CONTENT);
    tokio::time::sleep(Duration::from_secs(2)).await;
    // Whoever has no place here learns nothing about it.
    list().await.assert_status(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_last_owner_cannot_be_removed_not_even_by_two_at_once() {
    let service = service_without_provider().await;
    let alpha = service.test_db.alpha();
    let one = member(&service, &alpha, "one", "owner").await;
    for body in [value!({ "role": "admin" }), value!({ "suspended": true })] {
        let answer = change(&service, &one, &one, body).await;
        answer.assert_status(StatusCode::CONFLICT);
        assert_eq!(code(answer).await, "last_owner");
    }
    remove(&service, &one, &one).await.assert_status(StatusCode::CONFLICT);
    let two = member(&service, &alpha, "two", "owner").await;
    // Both were let in before either was removed.
    let caller = |person: &Person| Caller {
        principal: Principal::Person {
            person_id: person.person_id,
            session_id: person.session_id,
            email: None,
        },
        scope: alpha.clone(),
        role: Role::Owner,
        locations: Locations::All,
    };
    let visitor = Visitor { ip: None, request_id: "test" };
    let (by_one, by_two) = (caller(&one), caller(&two));
    let (first, second) = tokio::join!(
        remove_member(&service.app, Asker { caller: &by_one, visitor }, two.person_id),
        remove_member(&service.app, Asker { caller: &by_two, visitor }, one.person_id),
    );
    let refused: Vec<Error> = [first, second].into_iter().filter_map(Result::err).collect();
    assert!(matches!(refused.as_slice(), [Error::LastOwner]), "{refused:?}");
}

#[tokio::test]
async fn admins_do_not_touch_owners() {
    let service = service_without_provider().await;
    let alpha = service.test_db.alpha();
    let owner = member(&service, &alpha, "owner", "owner").await;
    let admin = member(&service, &alpha, "admin", "admin").await;
    let viewer = member(&service, &alpha, "viewer", "viewer").await;
    for answer in [
        remove(&service, &admin, &owner).await,
        change(&service, &admin, &owner, value!({ "role": "viewer" })).await,
        change(&service, &admin, &viewer, value!({ "role": "owner" })).await,
        send(&service, Method::POST, INVITATIONS, &admin.cookie, value!({ "role": "owner" })).await,
    ] {
        answer.assert_status(StatusCode::FORBIDDEN);
        assert_eq!(code(answer).await, "owners_only");
    }
    change(&service, &admin, &viewer, value!({ "role": "admin" })).await.assert_status_is_ok();
}

#[tokio::test]
async fn members_are_listed_in_pages_and_belong_to_one_tenant() {
    let service = service_without_provider().await;
    let (alpha, beta) = (service.test_db.alpha(), service.test_db.beta());
    let owner = member(&service, &alpha, "owner", "owner").await;
    for subject in ["a", "b", "c", "d"] {
        member(&service, &alpha, subject, "viewer").await;
    }
    let stranger = member(&service, &beta, "stranger", "owner").await;
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut request = service.get(MEMBERS, &owner.cookie).query("limit", &2);
        if let Some(cursor) = &cursor {
            request = request.query("cursor", cursor);
        }
        let page = json(request.send().await).await;
        let members = page["members"].as_array().unwrap();
        seen.extend(members.iter().map(|m| m["email"].as_str().unwrap().to_owned()));
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 5);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5, "each once");
    assert!(!seen.contains(&"stranger@example.com".to_owned()));
    let foreign = change(&service, &owner, &stranger, value!({ "role": "viewer" })).await;
    foreign.assert_status(StatusCode::NOT_FOUND);
    remove(&service, &owner, &stranger).await.assert_status(StatusCode::NOT_FOUND);
    let path = format!("{MEMBERS}/x");
    let malformed = send(&service, Method::DELETE, &path, &owner.cookie, value!({})).await;
    malformed.assert_status(StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn branches_limit_analysts_and_viewers_only() {
    let service = service_without_provider().await;
    let alpha = service.test_db.alpha();
    let owner = member(&service, &alpha, "owner", "owner").await;
    let viewer = member(&service, &alpha, "viewer", "viewer").await;
    let branches = value!({ "locations": ["B1", "B2"] });
    let answer = change(&service, &owner, &viewer, branches).await;
    let changed = json(answer).await;
    assert_eq!(changed["locations"], value!(["B1", "B2"]));
    assert_eq!(changed["all_locations"], false);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let me = json(service.get("/auth/v1/me", &viewer.cookie).send().await).await;
    assert_eq!(me["tenants"][0]["locations"], value!(["B1", "B2"]));
    assert_eq!(me["tenants"][0]["all_locations"], false);
    for body in [
        value!({ "role": "admin" }),
        value!({ "locations": [] }),
        value!({ "locations": [], "all_locations": false }),
        value!({ "all_locations": false }),
        value!({ "locations": ["B1"], "all_locations": true }),
    ] {
        let answer = change(&service, &owner, &viewer, body).await;
        answer.assert_status(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(json(answer).await["errors"][0]["pointer"], "/locations");
    }
    let kept = change(&service, &owner, &viewer, value!({ "role": "analyst" })).await;
    assert_eq!(json(kept).await["locations"], value!(["B1", "B2"]));
    let all = value!({ "all_locations": true, "locations": [], "role": "admin" });
    let all = json(change(&service, &owner, &viewer, all).await).await;
    assert_eq!((&all["all_locations"], &all["locations"]), (&value!(true), &value!([])));
}

async fn invite(service: &Service, by: &Person, body: Value) -> Value {
    let answer = send(service, Method::POST, INVITATIONS, &by.cookie, body).await;
    answer.assert_status(StatusCode::CREATED);
    json(answer).await
}

async fn accept(service: &Service, who: &Person, token: &Value) -> TestResponse {
    let path = format!("{INVITATIONS}/accept");
    send(service, Method::POST, &path, &who.cookie, value!({ "token": token })).await
}

#[tokio::test]
async fn an_invitation_lets_one_person_in_once() {
    let service = service_without_provider().await;
    let alpha = service.test_db.alpha();
    let admin = member(&service, &alpha, "admin", "admin").await;
    let (invited, second) = (service.person("invited").await, service.person("second").await);
    let body = value!({ "email": "i@example.com", "role": "analyst", "locations": ["B1"] });
    let made = invite(&service, &admin, body).await;
    let answer = accept(&service, &admin, &made["token"]).await;
    answer.assert_status(StatusCode::CONFLICT);
    let (one, two) = tokio::join!(
        accept(&service, &invited, &made["token"]),
        accept(&service, &second, &made["token"])
    );
    let mut statuses = [one.0.status().as_u16(), two.0.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400], "single use");
    let list = json(service.get(MEMBERS, &admin.cookie).send().await).await;
    let members = list["members"].as_array().unwrap();
    assert_eq!(members.len(), 2);
    let new = members.iter().find(|member| member["role"] == "analyst").unwrap();
    assert_eq!(new["locations"], value!(["B1"]));
    assert_eq!(new["all_locations"], false);
    let listed = json(service.get(INVITATIONS, &admin.cookie).send().await).await;
    let shown = &listed["invitations"][0];
    assert_eq!(shown["status"], "accepted");
    assert_eq!(shown["accepted_by"], new["person_id"]);
    assert!(!listed.to_string().contains(made["token"].as_str().unwrap()));
    let path = format!("{INVITATIONS}/{}", made["invitation_id"].as_str().unwrap());
    let late = send(&service, Method::DELETE, &path, &admin.cookie, value!({})).await;
    late.assert_status(StatusCode::CONFLICT);
}

#[tokio::test]
async fn an_invitation_expires_and_is_revocable() {
    let service = service_without_provider().await;
    let alpha = service.test_db.alpha();
    let admin = member(&service, &alpha, "admin", "admin").await;
    let invited = service.person("invited").await;
    let revoked = invite(&service, &admin, value!({ "role": "viewer" })).await;
    let short = invite(&service, &admin, value!({ "role": "viewer", "expires_in_hours": 1 })).await;
    let path = format!("{INVITATIONS}/{}", revoked["invitation_id"].as_str().unwrap());
    let stranger = member(&service, &service.test_db.beta(), "stranger", "owner").await;
    let foreign = send(&service, Method::DELETE, &path, &stranger.cookie, value!({})).await;
    foreign.assert_status(StatusCode::NOT_FOUND);
    let done = send(&service, Method::DELETE, &path, &admin.cookie, value!({})).await;
    done.assert_status(StatusCode::NO_CONTENT);
    service.clock.advance(TimeDelta::hours(1));
    for token in [&revoked["token"], &short["token"], &value!("nonsense")] {
        let answer = accept(&service, &invited, token).await;
        answer.assert_status(StatusCode::BAD_REQUEST);
        assert_eq!(code(answer).await, "invitation_unusable");
    }
    let listed = json(service.get(INVITATIONS, &admin.cookie).send().await).await;
    let states: Vec<&str> = listed["invitations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|shown| shown["status"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["expired", "revoked"]);
}

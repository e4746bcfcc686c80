//! The audit trail: what it holds, who reads it, and that nobody rewrites it.

use common::auth::Role;
use common::db::sql;
use poem::http::{Method, StatusCode};
use serde_json::{Value, json as value};
use testkit::identity::Identity;

use crate::support::{ORIGIN, Person, Service, header, json, service_without_provider};

const AUDIT: &str = "/auth/v1/audit";

async fn owner(service: &Service) -> Person {
    let alpha = service.test_db.alpha();
    let person = service.person("owner").await;
    service.member(&alpha, &person, "owner").await;
    service.settings(&alpha).await;
    person
}

async fn lines(service: &Service, cookie: &str, query: &str) -> Vec<Value> {
    let page = json(service.get(&format!("{AUDIT}?limit=200{query}"), cookie).send().await).await;
    page["entries"].as_array().unwrap().clone()
}

fn actions(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["action"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn changes_of_people_keys_and_configuration_leave_lines() {
    let service = service_without_provider().await;
    let owner = owner(&service).await;
    let viewer = service.person("viewer").await;
    service.member(&service.test_db.alpha(), &viewer, "viewer").await;
    let send = async |method: Method, path: String, body: Value| {
        let request = service.client.request(method, path).header("Cookie", &owner.cookie);
        let request = request.header("Origin", ORIGIN).header("If-Match", "\"v1\"");
        let answer = request.header("X-Request-Id", "the-request").body_json(&body).send().await;
        assert!(answer.0.status().is_success(), "{body}: {}", answer.0.status());
    };
    let member = format!("/auth/v1/members/{}", viewer.person_id);
    send(Method::PATCH, member.clone(), value!({ "role": "analyst" })).await;
    send(Method::DELETE, member, value!({})).await;
    send(Method::POST, "/auth/v1/invitations".into(), value!({ "role": "viewer" })).await;
    let key = value!({ "name": "till", "scopes": ["data:read"] });
    send(Method::POST, "/auth/v1/api-keys".into(), key).await;
    let smtp = value!({ "connections": { "smtp": {
        "host": "mail.example.com", "port": 587, "tls": "starttls", "from": "a@example.com",
        "user": "u", "password": testkit::canary::MARKER,
    } } });
    send(Method::PATCH, "/auth/v1/tenant/configuration".into(), smtp).await;
    send(Method::POST, "/auth/v1/tokens".into(), value!({ "offline_access": true })).await;
    let lines = lines(&service, &owner.cookie, "").await;
    assert_eq!(
        actions(&lines),
        [
            "session.client_created",
            "configuration.changed",
            "api_key.created",
            "invitation.created",
            "member.removed",
            "member.changed",
        ]
    );
    for line in &lines {
        assert_eq!(line["actor"], format!("person:{}", owner.person_id));
        assert_eq!((&line["result"], &line["request_id"]), (&value!("ok"), &value!("the-request")));
    }
    assert_eq!(lines[1]["detail"]["secrets"], value!(["smtp.password"]));
    assert_eq!(lines[5]["detail"]["before"]["role"], "viewer");
    assert!(!value!(lines).to_string().contains(testkit::canary::MARKER));
}

#[tokio::test]
async fn denied_access_leaves_one_line_a_minute() {
    let service = service_without_provider().await;
    let owner = owner(&service).await;
    let identity = Identity::new(&service.test_db).await;
    let viewer = identity.member(&service.test_db.alpha(), Role::Viewer).await;
    for _ in 0..5 {
        let request = service.client.get(AUDIT);
        let request = request.header("Authorization", format!("Bearer {}", viewer.token));
        request.send().await.assert_status(StatusCode::FORBIDDEN);
    }
    let denied = lines(&service, &owner.cookie, "&action=access.denied").await;
    assert_eq!(denied.len(), 1);
    assert_eq!(denied[0]["actor"], format!("person:{}", viewer.person_id));
    assert_eq!(
        (&denied[0]["object"], &denied[0]["result"]),
        (&value!("GET /auth/v1/audit"), &value!("denied"))
    );
}

#[tokio::test]
async fn whoever_asks_for_anothers_tenant_leaves_a_line_for_the_operators() {
    let service = service_without_provider().await;
    let owner = owner(&service).await;
    let beta = service.test_db.beta().tenant_id().to_string();
    let answer = service.get(AUDIT, &owner.cookie).header("X-Tenant-Id", beta).send().await;
    answer.assert_status(StatusCode::NOT_FOUND);
    let mut tx = service.db.tenant(&common::kernel::TenantScope::SYSTEM).await.unwrap();
    let line: (String, String) =
        sql::query_as("SELECT actor, object FROM audit_entry WHERE action = 'access.denied'")
            .fetch_one(tx.conn())
            .await
            .unwrap();
    assert_eq!(line, (format!("person:{}", owner.person_id), "GET /auth/v1/audit".to_owned()));
    assert_eq!(lines(&service, &owner.cookie, "").await.len(), 0);
}

#[tokio::test]
async fn the_trail_is_read_in_pages_that_stay_put_and_by_admins_of_the_tenant_only() {
    let service = service_without_provider().await;
    let owner = owner(&service).await;
    let make = async || {
        let key = value!({ "name": "till", "scopes": ["data:read"] });
        let answer = service.post("/auth/v1/api-keys", &owner.cookie).body_json(&key).send().await;
        answer.assert_status(StatusCode::CREATED);
    };
    for _ in 0..7 {
        make().await;
    }
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut request = service.get(AUDIT, &owner.cookie).query("limit", &3);
        if let Some(cursor) = &cursor {
            request = request.query("cursor", cursor);
        }
        let page = json(request.send().await).await;
        let entries = page["entries"].as_array().unwrap();
        seen.extend(entries.iter().map(|line| line["audit_entry_id"].to_string()));
        // New lines between two pages push nothing from one to the other.
        make().await;
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!((seen.len(), once.len()), (7, 7));
    let stranger = service.person("stranger").await;
    service.member(&service.test_db.beta(), &stranger, "owner").await;
    assert_eq!(lines(&service, &stranger.cookie, "").await.len(), 0);
    let first = json(service.get(AUDIT, &owner.cookie).query("limit", &3).send().await).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    for (cookie, query) in [(&stranger.cookie, ""), (&owner.cookie, "&actor=operator")] {
        let moved = format!("{AUDIT}?cursor={cursor}{query}");
        service.get(&moved, cookie).send().await.assert_status(StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn no_login_changes_or_deletes_a_line() {
    let service = service_without_provider().await;
    let owner = owner(&service).await;
    let key = value!({ "name": "till", "scopes": ["data:read"] });
    service.post("/auth/v1/api-keys", &owner.cookie).body_json(&key).send().await;
    for login in testkit::db::ServiceLogin::ALL {
        let db = service.test_db.connect(login).await;
        for statement in ["UPDATE audit_entry SET actor = 'nobody'", "DELETE FROM audit_entry"] {
            let mut tx = db.tenant(&service.test_db.alpha()).await.unwrap();
            let refused = sql::query(statement).execute(tx.conn()).await.unwrap_err();
            assert!(refused.to_string().contains("permission denied"), "{login:?} {refused}");
        }
    }
    assert_eq!(lines(&service, &owner.cookie, "").await.len(), 1);
}

#[tokio::test]
async fn a_refused_login_leaves_a_line_for_the_operators() {
    let service = service_without_provider().await;
    let answer = service.client.get("/auth/v1/callback?state=x&code=y").send().await;
    answer.assert_status(StatusCode::BAD_REQUEST);
    let request_id = header(&answer, "x-request-id").to_owned();
    let mut tx = service.db.tenant(&common::kernel::TenantScope::SYSTEM).await.unwrap();
    let line: (String, String, Option<String>) = sql::query_as(
        "SELECT actor, result, request_id FROM audit_entry WHERE action = 'login.refused'",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap();
    assert_eq!(line, ("stranger".to_owned(), "denied".to_owned(), Some(request_id)));
}

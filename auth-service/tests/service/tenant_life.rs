//! Suspension, deletion and export of a tenant.

use std::sync::Arc;

use auth_service::app::{
    change_tenant_state, erase_tenants, export_tenant_as_operator, remove_outdated,
};
use auth_service::domain::tenant_life::Wish;
use chrono::TimeDelta;
use common::auth::{Role, Scope};
use common::db::sql;
use common::erasure;
use common::kernel::{Clock, SharedClock, TenantScope};
use poem::http::{Method, StatusCode};
use serde_json::{Value, json as value};
use sqlx::{Connection, PgConnection};
use std::time::Duration;
use testkit::db::ServiceLogin;
use testkit::identity::Identity;

use crate::support::{ORIGIN, Person, Service, json, service_without_provider};

async fn owner(service: &Service) -> Person {
    let alpha = service.test_db.alpha();
    let person = service.person("owner").await;
    service.member(&alpha, &person, "owner").await;
    service.settings(&alpha).await;
    person
}

async fn wish(service: &Service, wish: Wish) -> Result<String, String> {
    let clock: SharedClock = Arc::new(service.clock.clone());
    let changed = change_tenant_state(&service.db, &clock, &service.test_db.alpha(), wish).await;
    changed.map(|row| row.state).map_err(|error| error.to_string())
}

async fn actions(service: &Service, scope: &TenantScope) -> Vec<String> {
    let mut tx = service.db.tenant(scope).await.unwrap();
    sql::query_scalar(
        "SELECT action FROM audit_entry WHERE action LIKE 'tenant.%' ORDER BY at, audit_entry_id",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap()
}

#[tokio::test]
async fn all_access_to_a_suspended_tenant_stops_within_two_seconds() {
    let service = service_without_provider().await;
    let owner = owner(&service).await;
    let alpha = service.test_db.alpha();
    let identity = Identity::new(&service.test_db).await;
    let member = identity.member(&alpha, Role::Viewer).await;
    let key = identity.api_key(&alpha, &[Scope::TokensIntrospect]).await;
    let statuses = async || {
        let bearer = |token: &str| format!("Bearer {token}");
        let by_token = service.client.get("/auth/v1/tenant");
        let by_token = by_token.header("Authorization", bearer(&member.token)).send().await;
        let by_key = service.client.post("/auth/v1/introspect");
        let by_key = by_key.content_type("application/x-www-form-urlencoded").body("token=x");
        let by_key = by_key.header("Authorization", bearer(&key)).send().await;
        let by_cookie = service.get("/auth/v1/tenant", &owner.cookie).send().await;
        [by_token, by_key, by_cookie].map(|answer| answer.0.status().as_u16())
    };
    assert_eq!(statuses().await, [200, 200, 200]);
    assert_eq!(wish(&service, Wish::Suspend).await.unwrap(), "suspended");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(statuses().await, [403, 403, 403]);
    let me = json(service.get("/auth/v1/me", &owner.cookie).send().await).await;
    assert_eq!(me["tenants"][0]["tenant_state"], "suspended", "people see why");
    assert_eq!(wish(&service, Wish::Resume).await.unwrap(), "active");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(statuses().await, [200, 200, 200]);
    assert_eq!(actions(&service, &alpha).await, ["tenant.suspended", "tenant.resumed"]);
}

#[tokio::test]
async fn a_deleted_tenant_leaves_its_audit_trail_and_nothing_else() {
    let service = service_without_provider().await;
    let owner = owner(&service).await;
    let (alpha, beta) = (service.test_db.alpha(), service.test_db.beta());
    service.member(&beta, &owner, "viewer").await;
    let analytics = service.test_db.connect(ServiceLogin::Analytics).await;
    let mut tx = analytics.tenant(&alpha).await.unwrap();
    let tenant = tx.tenant();
    sql::query(
        "INSERT INTO suppression (tenant_id, recipient, report, reason)
         VALUES ($1, 'a@example.com', 'branch', 'test')",
    )
    .bind(tenant)
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();

    let grace = TimeDelta::days(30);
    assert_eq!(wish(&service, Wish::Delete { grace }).await.unwrap(), "deleting");
    service.clock.advance(TimeDelta::days(29));
    assert_eq!(erase_tenants(&service.app).await.unwrap(), 0, "not before its time");
    assert!(erasure::anything_left(&service.db, &alpha).await.unwrap());
    service.clock.advance(TimeDelta::days(1));
    assert!(wish(&service, Wish::Resume).await.unwrap_err().contains("deleted"));
    assert_eq!(erase_tenants(&service.app).await.unwrap(), 0, "another service's rows are left");
    // What the workers of the other services do every minute.
    let due = erasure::due(&analytics, Clock::now(&service.clock)).await.unwrap();
    assert_eq!(due.as_slice(), std::slice::from_ref(&alpha));
    assert_eq!(erasure::erase(&analytics, &alpha).await.unwrap(), 1);
    assert_eq!(erase_tenants(&service.app).await.unwrap(), 1);
    assert!(!erasure::anything_left(&service.db, &alpha).await.unwrap());
    assert_eq!(actions(&service, &alpha).await, ["tenant.deletion_requested", "tenant.deleted"]);
    let mut tx = service.db.tenant(&alpha).await.unwrap();
    let left: (String, String) =
        sql::query_as("SELECT state, name FROM tenant").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(left, ("deleted".to_owned(), "Deleted".to_owned()));
    drop(tx);
    assert!(erasure::anything_left(&service.db, &beta).await.unwrap(), "the other tenant stays");
    assert_eq!(erase_tenants(&service.app).await.unwrap(), 0, "once");
}

#[tokio::test]
async fn a_tenant_that_cannot_be_erased_keeps_no_other() {
    let service = service_without_provider().await;
    let (alpha, beta) = (service.test_db.alpha(), service.test_db.beta());
    service.settings(&alpha).await;
    let mut owner = PgConnection::connect(service.test_db.owner_url()).await.unwrap();
    for statement in [
        "CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql
         AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$",
        "CREATE TRIGGER refused BEFORE DELETE ON tenant_setting
         FOR EACH ROW EXECUTE FUNCTION refused()",
    ] {
        sql::query(statement).execute(&mut owner).await.unwrap();
    }
    let now = Clock::now(&service.clock);
    for (scope, days) in [(&alpha, 2), (&beta, 1)] {
        sql::query("UPDATE tenant SET state = 'deleting', delete_after = $2 WHERE tenant_id = $1")
            .bind(scope.tenant_id().uuid())
            .bind(now - TimeDelta::days(days))
            .execute(&mut owner)
            .await
            .unwrap();
    }
    assert_eq!(erase_tenants(&service.app).await.unwrap(), 1);
    assert!(erasure::anything_left(&service.db, &alpha).await.unwrap());
    assert_eq!(actions(&service, &beta).await, ["tenant.deleted"]);
}

#[tokio::test]
async fn an_export_holds_configuration_and_accounts_and_no_secret() {
    let service = service_without_provider().await;
    let owner = owner(&service).await;
    let send = async |method: Method, path: &str, body: Value| {
        let request = service.client.request(method, path.to_owned());
        let request = request.header("Cookie", &owner.cookie).header("Origin", ORIGIN);
        let answer = request.header("If-Match", "\"v1\"").body_json(&body).send().await;
        assert!(answer.0.status().is_success(), "{path}: {}", answer.0.status());
        json(answer).await
    };
    let smtp = value!({ "connections": { "smtp": {
        "host": "mail.example.com", "port": 587, "tls": "starttls", "from": "a@example.com",
        "user": "u", "password": testkit::canary::MARKER,
    } } });
    send(Method::PATCH, "/auth/v1/tenant/configuration", smtp).await;
    let key = value!({ "name": "till", "scopes": ["data:read"] });
    let key = send(Method::POST, "/auth/v1/api-keys", key).await;
    let invitation = value!({ "role": "viewer" });
    let invitation = send(Method::POST, "/auth/v1/invitations", invitation).await;
    let renamed = send(Method::PATCH, "/auth/v1/tenant", value!({ "name": "Garden" })).await;
    assert_eq!(renamed["name"], "Garden");
    let export = send(Method::POST, "/auth/v1/tenant/export", value!({})).await;
    assert_eq!(export["tenant"]["name"], "Garden");
    assert_eq!(export["configuration"]["connections"]["smtp"]["password"]["set"], true);
    assert_eq!(export["members"].as_array().unwrap().len(), 1);
    assert_eq!(export["api_keys"][0]["name"], "till");
    let text = export.to_string();
    for secret in [
        testkit::canary::MARKER,
        key["api_key"].as_str().unwrap(),
        invitation["token"].as_str().unwrap(),
    ] {
        assert!(!text.contains(secret));
    }
    export_tenant_as_operator(&service.app, &service.test_db.alpha()).await.unwrap();
    assert_eq!(
        actions(&service, &service.test_db.alpha()).await,
        ["tenant.renamed", "tenant.exported", "tenant.exported"]
    );
    service.clock.advance(TimeDelta::days(98));
    assert_eq!(remove_outdated(&service.app).await.unwrap().invitations, 1);
}

#[tokio::test]
async fn a_change_of_the_configuration_is_told_with_its_state_and_without_secrets() {
    let service = service_without_provider().await;
    let owner = owner(&service).await;
    let patch = async |version: &str, body: Value| {
        let request = service.client.patch("/auth/v1/tenant/configuration");
        let request = request.header("Cookie", &owner.cookie).header("Origin", ORIGIN);
        request.header("If-Match", version).body_json(&body).send().await.0.status()
    };
    let smtp = value!({ "locale": "de-CH", "connections": { "smtp": {
        "host": "mail.example.com", "port": 587, "tls": "starttls", "from": "a@example.com",
        "user": "u", "password": testkit::canary::MARKER,
    } } });
    assert_eq!(patch("\"v1\"", smtp.clone()).await, StatusCode::OK);
    assert_eq!(patch("\"v1\"", smtp).await, StatusCode::PRECONDITION_FAILED);
    assert_eq!(patch("\"v2\"", value!({ "currency": "XXX" })).await.as_u16(), 422);
    assert_eq!(patch("\"v2\"", value!({ "locale": "de-CH" })).await, StatusCode::OK, "no change");
    let mut tx = service.db.tenant(&service.test_db.alpha()).await.unwrap();
    let told: Vec<(String, String, i64, Value, Value)> = sql::query_as(
        "SELECT type, aggregateid, sequence, payload, metadata FROM outbox ORDER BY arrival",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap();
    assert_eq!(told.len(), 1, "as many events as changes");
    let (kind, aggregate, sequence, payload, metadata) = &told[0];
    assert_eq!((kind.as_str(), *sequence), ("tenant.config_changed", 2));
    assert_eq!(*aggregate, service.test_db.alpha().tenant_id().to_string());
    assert_eq!(payload["settings"]["locale"], "de-CH");
    assert_eq!(metadata["actor"], format!("person:{}", owner.person_id));
    assert!(!payload.to_string().contains(testkit::canary::MARKER));
}

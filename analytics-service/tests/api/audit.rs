//! What this service leaves in the audit trail.

use std::sync::Arc;

use analytics_service::adapters::mail::EmlMailer;
use common::auth::Role;
use common::db::sql;
use poem::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::delivery::work;
use crate::report_runs::{RUNS, branch};
use crate::support::{Cart, Site};

const CARTS: &str = "/analytics/v1/tasks/carts";
const PREVIEW: &str = "/analytics/v1/reports/preview?location=ZRH&first=2020-12-21&last=2020-12-21";

/// Actor, action, object, detail and request id of every line of alpha, oldest first.
type Line = (String, String, String, Value, Option<String>);

async fn lines(site: &mut Site) -> Vec<Line> {
    sql::query_as(
        "SELECT actor, action, object, detail, request_id FROM audit_entry
         WHERE tenant_id = $1 ORDER BY at, audit_entry_id",
    )
    .bind(site.test_db.alpha().tenant_id().uuid())
    .fetch_all(&mut site.owner)
    .await
    .unwrap()
}

#[tokio::test]
async fn whoever_reads_contacts_unmasked_leaves_a_line() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    branch(&mut site, &alpha).await;
    let mut facts = site.facts(&alpha);
    facts.customer("C1", "Muster AG", Some("u1")).await;
    facts.cart(Cart { branch: Some("ZRH"), known_user: Some("u1"), ..Cart::default() }).await;
    let viewer = site.viewer().await;
    let analyst = site.login(&alpha, Role::Analyst).await;
    // Masked, or nothing to be seen.
    assert_eq!(site.get(CARTS, &viewer).await.status, StatusCode::OK);
    let nothing = format!("{CARTS}?first=2020-12-01&last=2020-12-01");
    assert_eq!(site.get(&nothing, &analyst).await.status, StatusCode::OK);
    assert_eq!(lines(&mut site).await, []);
    for path in [CARTS, PREVIEW] {
        let headers = [("cookie", analyst.as_str()), ("x-request-id", "the-request")];
        let answer = site.send(Method::GET, path, &headers, None).await;
        assert!(answer.text.contains("C1@example.com"), "{path}: {}", answer.text);
    }
    let lines = lines(&mut site).await;
    let objects: Vec<&str> = lines.iter().map(|line| line.2.as_str()).collect();
    assert_eq!(objects, [format!("GET {CARTS}").as_str(), "GET /analytics/v1/reports/preview"]);
    for (actor, action, _, detail, request_id) in &lines {
        assert!(actor.starts_with("person:"), "{actor}");
        assert_eq!((action.as_str(), detail), ("contacts.read", &json!({ "customers": ["C1"] })));
        assert_eq!(request_id.as_deref(), Some("the-request"));
    }
}

#[tokio::test]
async fn whoever_is_written_to_stands_in_the_trail_with_who_asked() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    branch(&mut site, &alpha).await;
    let analyst = site.login(&alpha, Role::Analyst).await;
    let headers = [
        ("cookie", analyst.as_str()),
        ("origin", "http://localhost:8001"),
        ("content-type", "application/json"),
        ("x-request-id", "the-request"),
    ];
    let body = json!({
        "location": "ZRH", "first": "2020-12-21", "last": "2020-12-21",
        "recipient": "boss@example.com",
    });
    let accepted = site.send(Method::POST, RUNS, &headers, Some(body.to_string())).await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED, "{}", accepted.text);
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        work(&site, Arc::new(EmlMailer::new(folder.path().to_owned()))).await;
    }
    let lines = lines(&mut site).await;
    let [asked, sent] = &lines[..] else { panic!("{lines:?}") };
    assert!(asked.0.starts_with("person:"), "{asked:?}");
    assert_eq!((asked.1.as_str(), sent.1.as_str()), ("report.requested", "report.sent"));
    assert_eq!(sent.0, "service:analytics-service");
    let run = accepted.json()["id"].as_str().unwrap().to_owned();
    for (_, _, object, detail, request_id) in &lines {
        assert_eq!(*object, format!("report_run:{run}"));
        assert_eq!(detail["recipient"], "boss@example.com");
        // Also what the worker did later.
        assert_eq!(request_id.as_deref(), Some("the-request"));
    }
}

//! The step `send_schedule_alert` against a real mail server.

use std::sync::Arc;

use analytics_service::adapters::mail::SmtpMailer;
use common::auth::Role;
use common::db::sql;
use common::jobs::{NewJob, NewStep, submit};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use testkit::smtp::{Protection, SmtpSink};

use crate::delivery::{smtp, work};
use crate::support::Site;

#[tokio::test]
async fn the_admins_of_the_tenant_are_told_and_nobody_else() {
    let mut site = Site::new().await;
    let (alpha, beta) = (site.test_db.alpha(), site.test_db.beta());
    for (scope, role) in [
        (&alpha, Role::Owner),
        (&alpha, Role::Admin),
        (&alpha, Role::Analyst),
        (&beta, Role::Admin),
    ] {
        site.login(scope, role).await;
    }
    let mut owner = PgConnection::connect(site.test_db.owner_url()).await.unwrap();
    sql::query(
        "UPDATE person p SET email = m.role || '@' || t.slug || '.example'
         FROM membership m JOIN tenant t USING (tenant_id) WHERE m.person_id = p.person_id",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    let payload = json!({
        "schedule_id": uuid::Uuid::now_v7(), "name": "every night",
        "failing_since": "2026-11-20T02:30:00Z", "code": "credentials_rejected",
        "message": "BigQuery refused the key.",
    });
    let mut tx = site.db.tenant(&alpha).await.unwrap();
    let job = NewJob {
        kind: "schedule_alert".to_owned(),
        unique_key: None,
        parameters: payload.clone(),
        requested_by: "test".to_owned(),
        steps: vec![NewStep::new("send_schedule_alert").payload(payload)],
    };
    submit(&mut tx, job).await.unwrap();
    tx.commit().await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let sink = SmtpSink::start(folder.path(), 0, Protection::None, None).unwrap();
    work(&site, Arc::new(SmtpMailer::new(smtp(sink.port())))).await;
    let messages = sink.messages().unwrap();
    let mut told: Vec<_> = messages.iter().flat_map(|m| m.recipients.clone()).collect();
    told.sort();
    assert_eq!(told, ["admin@alpha.example", "owner@alpha.example"]);
    for message in &messages {
        assert!(
            message.raw.contains("Subject: The schedule \"every night\" fails"),
            "{}",
            message.raw
        );
        assert!(message.raw.contains("BigQuery refused the key."));
    }
    let written: Vec<(String, serde_json::Value)> = sql::query_as(
        "SELECT actor, detail FROM audit_entry WHERE action = 'schedule.alerted'
         ORDER BY detail->>'recipient'",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    let line = |recipient: &str| {
        ("service:analytics-service".to_owned(), json!({ "recipient": recipient }))
    };
    assert_eq!(written, [line("admin@alpha.example"), line("owner@alpha.example")]);
}

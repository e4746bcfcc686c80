//! The steps that tell a tenant's admins something, against a real mail server.

use std::sync::Arc;

use analytics_service::adapters::mail::SmtpMailer;
use common::auth::Role;
use common::db::sql;
use common::jobs::{NewJob, NewStep, submit};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use testkit::smtp::{Protection, SmtpSink, StoredMessage};

use crate::delivery::{smtp, work};
use crate::support::Site;

/// Does the step for alpha, which has an owner, an admin and an analyst, beside another tenant; answers what the mail
/// server got and whom the audit trail names under `action`.
async fn told(
    job: &str,
    step: &str,
    payload: Value,
    action: &str,
) -> (Vec<StoredMessage>, Vec<(String, Value)>) {
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
    let mut tx = site.db.tenant(&alpha).await.unwrap();
    let job = NewJob {
        kind: job.to_owned(),
        unique_key: None,
        parameters: payload.clone(),
        requested_by: "test".to_owned(),
        steps: vec![NewStep::new(step).payload(payload)],
    };
    submit(&mut tx, job).await.unwrap();
    tx.commit().await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let sink = SmtpSink::start(folder.path(), 0, Protection::None, None).unwrap();
    work(&site, Arc::new(SmtpMailer::new(smtp(sink.port())))).await;
    let written = sql::query_as(
        "SELECT actor, detail FROM audit_entry WHERE action = $1 ORDER BY detail->>'recipient'",
    )
    .bind(action)
    .fetch_all(&mut owner)
    .await
    .unwrap();
    (sink.messages().unwrap(), written)
}

const ADMINS: [&str; 2] = ["admin@alpha.example", "owner@alpha.example"];

fn recipients(messages: &[StoredMessage]) -> Vec<String> {
    let mut told: Vec<_> = messages.iter().flat_map(|m| m.recipients.clone()).collect();
    told.sort();
    told
}

fn line(recipient: &str) -> (String, Value) {
    ("service:analytics-service".to_owned(), json!({ "recipient": recipient }))
}

#[tokio::test]
async fn the_admins_of_the_tenant_are_told_and_nobody_else() {
    let payload = json!({
        "schedule_id": uuid::Uuid::now_v7(), "name": "every night",
        "failing_since": "2026-11-20T02:30:00Z", "code": "credentials_rejected",
        "message": "BigQuery refused the key.",
    });
    let (messages, written) =
        told("schedule_alert", "send_schedule_alert", payload, "schedule.alerted").await;
    assert_eq!(recipients(&messages), ADMINS);
    for StoredMessage { raw, .. } in &messages {
        assert!(raw.contains("Subject: The schedule \"every night\" fails"), "{raw}");
        assert!(raw.contains("BigQuery refused the key."), "{raw}");
    }
    assert_eq!(written, ADMINS.map(line));
}

#[tokio::test]
async fn the_admins_are_told_which_days_are_missing() {
    let payload = json!({
        "property_id": 7, "since": "2026-11-20T02:30:00Z", "count": 2,
        "days": ["2026-11-12", "2026-11-14"],
    });
    let (messages, written) = told(
        "daily_missing_alert",
        "send_daily_missing_alert",
        payload,
        "property.daily_missing_alerted",
    )
    .await;
    assert_eq!(recipients(&messages), ADMINS);
    for StoredMessage { raw, .. } in &messages {
        assert!(raw.contains("Subject: Complete days of property 7 are missing"), "{raw}");
        assert!(raw.contains("2026-11-12, 2026-11-14"), "{raw}");
    }
    assert_eq!(written, ADMINS.map(line));
}

//! The steps that tell a tenant's admins something, against a real mail server.

use std::sync::Arc;

use analytics_service::adapters::mail::{EmlMailer, SmtpMailer};
use common::auth::Role;
use common::db::sql;
use common::jobs::{NewJob, NewStep, submit};
use serde_json::{Value, json};
use testkit::smtp::{Protection, SmtpSink, StoredMessage};

use crate::delivery::{smtp, work};
use crate::support::Site;

/// Alpha, which has an owner, an admin and an analyst, beside another tenant, with the step to be done.
async fn site_with(job: &str, step: &str, payload: Value) -> Site {
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
    sql::query(
        "UPDATE person p SET email = m.role || '@' || t.slug || '.example'
         FROM membership m JOIN tenant t USING (tenant_id) WHERE m.person_id = p.person_id",
    )
    .execute(&mut site.owner)
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
    site
}

/// Does the step; answers what the mail server got and whom the audit trail names under `action`.
async fn told(
    job: &str,
    step: &str,
    payload: Value,
    action: &str,
) -> (Vec<StoredMessage>, Vec<(String, Value)>) {
    let mut site = site_with(job, step, payload).await;
    let folder = tempfile::tempdir().unwrap();
    let sink = SmtpSink::start(folder.path(), 0, Protection::None, None).unwrap();
    work(&site, Arc::new(SmtpMailer::new(smtp(sink.port())))).await;
    let written = noted(&mut site, action).await;
    (sink.messages().unwrap(), written)
}

async fn noted(site: &mut Site, action: &str) -> Vec<(String, Value)> {
    sql::query_as(
        "SELECT actor, detail FROM audit_entry WHERE action = $1 ORDER BY detail->>'recipient'",
    )
    .bind(action)
    .fetch_all(&mut site.owner)
    .await
    .unwrap()
}

/// The step's state and outcome.
async fn ended(site: &mut Site) -> (String, Option<Value>) {
    sql::query_as("SELECT state, outcome FROM job_step").fetch_one(&mut site.owner).await.unwrap()
}

fn failing_schedule() -> Value {
    json!({
        "schedule_id": uuid::Uuid::now_v7(), "name": "every night",
        "failing_since": "2026-11-20T02:30:00Z", "code": "credentials_rejected",
        "message": "BigQuery refused the key.",
    })
}

const ADMINS: [&str; 2] = ["admin@alpha.example", "owner@alpha.example"];

fn recipients(messages: &[StoredMessage]) -> Vec<String> {
    let mut told: Vec<_> = messages.iter().flat_map(|m| m.recipients.clone()).collect();
    told.sort();
    told
}

fn line(recipient: &str, state: &str) -> (String, Value) {
    let detail = json!({ "recipient": recipient, "state": state });
    ("service:analytics-service".to_owned(), detail)
}

#[tokio::test]
async fn the_admins_of_the_tenant_are_told_and_nobody_else() {
    let (messages, written) =
        told("schedule_alert", "send_schedule_alert", failing_schedule(), "schedule.alerted").await;
    assert_eq!(recipients(&messages), ADMINS);
    for StoredMessage { raw, .. } in &messages {
        assert!(raw.contains("Subject: The schedule \"every night\" fails"), "{raw}");
        assert!(raw.contains("BigQuery refused the key."), "{raw}");
    }
    assert_eq!(written, ADMINS.map(|admin| line(admin, "sent")));
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
    assert_eq!(written, ADMINS.map(|admin| line(admin, "sent")));
}

#[tokio::test]
async fn an_address_that_takes_no_mail_keeps_no_other_admin_from_being_told() {
    for (admin, owner, state, messages) in [
        ("refuse@alpha.example", "zoe@alpha.example", "done", 1),
        ("later@alpha.example", "zoe@alpha.example", "ready", 1),
        ("refuse@alpha.example", "refuse@beta.example", "failed", 0),
    ] {
        let mut site = site_with("schedule_alert", "send_schedule_alert", failing_schedule()).await;
        sql::query(
            "UPDATE person p SET email = CASE m.role WHEN 'admin' THEN $1 ELSE $2 END
             FROM membership m WHERE m.person_id = p.person_id AND m.role IN ('admin', 'owner')",
        )
        .bind(admin)
        .bind(owner)
        .execute(&mut site.owner)
        .await
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let sink = SmtpSink::start(folder.path(), 0, Protection::None, None).unwrap();
        let mailer = Arc::new(SmtpMailer::new(smtp(sink.port())));
        work(&site, mailer.clone()).await;
        // Where there is another attempt, whom the first one told is not told again.
        sql::query("UPDATE job_step SET run_at = now()").execute(&mut site.owner).await.unwrap();
        work(&site, mailer).await;
        let (ended, outcome) = ended(&mut site).await;
        assert_eq!(ended, state, "{admin}: {outcome:?}");
        assert_eq!(sink.messages().unwrap().len(), messages, "{admin}");
        if let Some(outcome) = outcome {
            assert_eq!(outcome["told"], json!({ owner: "sent" }));
            let reason = outcome["refused"][admin].as_str().unwrap();
            assert!(reason.contains("no such mailbox"), "{outcome}");
        }
    }
}

#[tokio::test]
async fn without_a_server_the_admins_have_files_and_it_is_said() {
    let mut site = site_with("schedule_alert", "send_schedule_alert", failing_schedule()).await;
    let folder = tempfile::tempdir().unwrap();
    work(&site, Arc::new(EmlMailer::new(folder.path().to_owned()))).await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), ADMINS.len());
    let (_, outcome) = ended(&mut site).await;
    let [admin, owner] = ADMINS;
    let told = json!({ "told": { admin: "written", owner: "written" }, "refused": {} });
    assert_eq!(outcome, Some(told));
    let written = noted(&mut site, "schedule.alerted").await;
    assert_eq!(written, ADMINS.map(|admin| line(admin, "written")));
}

//! The step `send_branch_report` against a real mail server.

use std::sync::Arc;
use std::time::Duration;

use analytics_service::adapters::mail::{EmlMailer, Mailer, SmtpMailer, SmtpOptions, Tls, mailbox};
use analytics_service::app::reports::BranchReports;
use analytics_service::jobs::{
    PostOffice, SendBranchReportStep, SendDailyMissingAlertStep, SendScheduleAlertStep, Sender,
    TellAdmins,
};
use common::auth::Role;
use common::config::{CryptoSettings, NetSettings};
use common::crypto::Keyring;
use common::db::{DbOptions, sql};
use common::jobs::{NewJob, NewStep, Registry, Worker, WorkerOptions, submit};
use common::kernel::{Backoff, Secret};
use common::net::{BreakerSettings, Circuits, EgressPolicy};
use serde_json::{Value, json};
use testkit::canary::MARKER;
use testkit::db::ServiceLogin;
use testkit::smtp::{Authority, Login, Protection, SmtpSink};
use uuid::Uuid;

use crate::report_runs::{RUNS, branch};
use crate::support::{PROPERTY, Site, day};

pub fn smtp(port: u16) -> SmtpOptions {
    SmtpOptions {
        host: "localhost".to_owned(),
        port,
        tls: Tls::None,
        user: None,
        password: None,
        extra_root: None,
        timeout: Duration::from_secs(10),
        egress: None,
    }
}

fn keyring() -> Keyring {
    let key = "Y2FuYXJ5LTJmNmExYzBlOGIxMS1zZWFsaW5nLWtleS0=";
    let settings = CryptoSettings {
        keys: [("test".to_owned(), Secret::new(key))].into(),
        active: "test".to_owned(),
    };
    Keyring::from_settings(&settings).unwrap()
}

/// Runs every step there is.
pub async fn work(site: &Site, mailer: Arc<dyn Mailer>) {
    work_allowing(site, mailer, EgressPolicy::default()).await;
}

async fn work_allowing(site: &Site, mailer: Arc<dyn Mailer>, egress: EgressPolicy) {
    let from = mailbox("Footfall <reports@example.com>").unwrap();
    let post_office = Arc::new(PostOffice {
        operator: Sender { mailer, from },
        keyring: keyring(),
        egress,
        timeout: Duration::from_secs(10),
        servers: Circuits::new("smtp", BreakerSettings::default(), Arc::new(site.clock.clone())),
    });
    let (db, clock) = (site.db.clone(), Arc::new(site.clock.clone()));
    let report = SendBranchReportStep {
        db: db.clone(),
        clock: clock.clone(),
        reports: BranchReports::new().unwrap(),
        post_office: post_office.clone(),
    };
    let admins = TellAdmins { db, clock, post_office };
    let url = Secret::new(site.test_db.login_url(ServiceLogin::Analytics));
    let options = WorkerOptions {
        // A second attempt is out of a test's reach.
        backoff: Backoff { base: Duration::from_secs(600), cap: Duration::from_secs(600) },
        ..WorkerOptions::new("test")
    };
    let registry = Registry::new()
        .with(report)
        .with(SendScheduleAlertStep(admins.clone()))
        .with(SendDailyMissingAlertStep(admins));
    let worker = Worker::new(site.db.clone(), DbOptions::new(url), registry, options);
    worker.run_until_idle().await.unwrap();
}

/// Alpha's branch with its report for `recipient` accepted; answers the status resource's path.
async fn accepted(site: &mut Site, recipient: &str) -> (String, String) {
    let alpha = site.test_db.alpha();
    branch(site, &alpha).await;
    let analyst = site.login(&alpha, Role::Analyst).await;
    let body = json!({
        "location": "ZRH", "first": "2020-12-21", "last": "2020-12-21", "recipient": recipient,
    });
    let accepted = site.post(RUNS, &analyst, body).await;
    assert_eq!(accepted.status.as_u16(), 202, "{}", accepted.text);
    (accepted.header("location").to_owned(), analyst)
}

async fn shown(site: &Site, (path, cookie): &(String, String)) -> Value {
    site.get(path, cookie).await.json()
}

#[tokio::test]
async fn a_report_is_delivered_once_to_a_real_server_and_recorded() {
    let mut site = Site::new().await;
    let folder = tempfile::tempdir().unwrap();
    let sink = SmtpSink::start(folder.path(), 0, Protection::None, None).unwrap();
    let run = accepted(&mut site, "boss@example.com").await;
    let mailer = Arc::new(SmtpMailer::new(smtp(sink.port())));
    work(&site, mailer.clone()).await;
    work(&site, mailer).await;

    let messages = sink.messages().unwrap();
    let [message] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(message.from, "reports@example.com");
    assert_eq!(message.recipients, ["boss@example.com"]);
    let shown = shown(&site, &run).await;
    assert_eq!(shown["job"]["state"], "succeeded", "{shown}");
    assert_eq!(shown["data_through"], "2020-12-23T00:00:00+00:00");
    let delivery = &shown["deliveries"][0];
    assert_eq!(delivery["state"], "sent", "{shown}");
    assert_eq!(delivery["attempts"], 1);
    assert_eq!(delivery["answer"], "250 2.0.0 stored as 000001");
    let id = delivery["message_id"].as_str().unwrap();
    for header in [
        format!("Message-ID: <{id}>"),
        "From: Footfall <reports@example.com>".to_owned(),
        "Auto-Submitted: auto-generated".to_owned(),
        "List-Id: Branch reports <branch-report.alpha.example.com>".to_owned(),
        "Content-Type: multipart/alternative;".to_owned(),
    ] {
        assert!(message.raw.contains(&header), "{header} in {}", message.raw);
    }
}

#[tokio::test]
async fn starttls_and_implicit_tls_are_verified_and_log_in() {
    let authority = Authority::new().unwrap();
    let login = Login { user: "footfall", password: MARKER };
    for (protection, tls) in [
        (Protection::StartTls(&authority), Tls::StartTls),
        (Protection::Implicit(&authority), Tls::Implicit),
    ] {
        let mut site = Site::new().await;
        let folder = tempfile::tempdir().unwrap();
        let sink = SmtpSink::start(folder.path(), 0, protection, Some(login)).unwrap();
        let run = accepted(&mut site, "boss@example.com").await;
        let options = SmtpOptions {
            tls,
            user: Some("footfall".to_owned()),
            password: Some(Secret::new(MARKER)),
            extra_root: Some(authority.root.clone().into_bytes()),
            ..smtp(sink.port())
        };
        work(&site, Arc::new(SmtpMailer::new(options))).await;
        assert_eq!(shown(&site, &run).await["deliveries"][0]["state"], "sent", "{tls:?}");
        let message = &sink.messages().unwrap()[0];
        assert!(message.tls && message.authenticated, "{message:?}");
    }
}

#[tokio::test]
async fn a_certificate_of_a_stranger_stops_the_message() {
    let authority = Authority::new().unwrap();
    let mut site = Site::new().await;
    let folder = tempfile::tempdir().unwrap();
    let sink = SmtpSink::start(folder.path(), 0, Protection::StartTls(&authority), None).unwrap();
    let run = accepted(&mut site, "boss@example.com").await;
    let stranger = SmtpOptions { tls: Tls::StartTls, ..smtp(sink.port()) };
    work(&site, Arc::new(SmtpMailer::new(stranger))).await;
    assert_eq!(sink.messages().unwrap().len(), 0);
    let shown = shown(&site, &run).await;
    assert_eq!(shown["deliveries"][0]["state"], "queued", "{shown}");
    assert_eq!(shown["job"]["exceptions"][0]["class"], "configuration", "{shown}");
}

#[tokio::test]
async fn a_server_without_starttls_is_not_spoken_to_in_the_clear() {
    let mut site = Site::new().await;
    let folder = tempfile::tempdir().unwrap();
    let sink = SmtpSink::start(folder.path(), 0, Protection::None, None).unwrap();
    accepted(&mut site, "boss@example.com").await;
    let demanding = SmtpOptions { tls: Tls::StartTls, ..smtp(sink.port()) };
    work(&site, Arc::new(SmtpMailer::new(demanding))).await;
    assert_eq!(sink.messages().unwrap().len(), 0);
}

#[tokio::test]
async fn refusals_are_final_or_wait_and_a_lost_answer_is_never_sent_twice() {
    for (recipient, state, class, taken) in [
        ("refuse@example.com", "failed", "permanent", 0),
        ("later@example.com", "queued", "transient", 0),
        ("lost@example.com", "failed", "permanent", 1),
    ] {
        let mut site = Site::new().await;
        let folder = tempfile::tempdir().unwrap();
        let sink = SmtpSink::start(folder.path(), 0, Protection::None, None).unwrap();
        let run = accepted(&mut site, recipient).await;
        let mailer = Arc::new(SmtpMailer::new(smtp(sink.port())));
        work(&site, mailer.clone()).await;
        work(&site, mailer).await;
        let shown = shown(&site, &run).await;
        assert_eq!(shown["deliveries"][0]["state"], state, "{shown}");
        assert_eq!(shown["job"]["exceptions"][0]["class"], class, "{shown}");
        assert_eq!(sink.messages().unwrap().len(), taken, "{recipient}");
    }
}

#[tokio::test]
async fn a_server_that_stalls_before_the_message_is_tried_again() {
    let mut site = Site::new().await;
    let folder = tempfile::tempdir().unwrap();
    let sink = SmtpSink::start(folder.path(), 0, Protection::None, None).unwrap();
    let run = accepted(&mut site, "stall@example.com").await;
    let impatient = SmtpOptions { timeout: Duration::from_secs(2), ..smtp(sink.port()) };
    work(&site, Arc::new(SmtpMailer::new(impatient))).await;
    let shown = shown(&site, &run).await;
    let delivery = &shown["deliveries"][0];
    assert_eq!(delivery["state"], "queued", "{shown}");
    assert_eq!(delivery["answer"], "the mail server cannot be reached: no answer in time");
    assert_eq!(shown["job"]["exceptions"][0]["class"], "transient", "{shown}");
    assert_eq!(sink.messages().unwrap(), []);
}

#[tokio::test]
async fn an_attempt_lost_while_sending_is_not_repeated() {
    let mut site = Site::new().await;
    let folder = tempfile::tempdir().unwrap();
    let sink = SmtpSink::start(folder.path(), 0, Protection::None, None).unwrap();
    let run = accepted(&mut site, "boss@example.com").await;
    // What a worker leaves that is killed between handing over and the answer.
    let run_id: Uuid = run.0.rsplit('/').next().unwrap().parse().unwrap();
    sql::query(
        "INSERT INTO delivery (tenant_id, delivery_id, report_run_id, recipient, message_id, state, attempts)
         SELECT tenant_id, $1, report_run_id, 'boss@example.com', 'x@example.com', 'sending', 1
         FROM report_run WHERE report_run_id = $1",
    )
    .bind(run_id)
    .execute(&mut site.owner)
    .await
    .unwrap();
    work(&site, Arc::new(SmtpMailer::new(smtp(sink.port())))).await;
    assert_eq!(sink.messages().unwrap().len(), 0);
    let shown = shown(&site, &run).await;
    assert_eq!(shown["deliveries"][0]["state"], "failed", "{shown}");
    assert_eq!(shown["deliveries"][0]["attempts"], 1);
    assert_eq!(shown["job"]["state"], "failed");
}

#[tokio::test]
async fn without_a_server_the_message_becomes_a_file_that_says_so() {
    let mut site = Site::new().await;
    let folder = tempfile::tempdir().unwrap();
    let run = accepted(&mut site, "boss@example.com").await;
    work(&site, Arc::new(EmlMailer::new(folder.path().to_owned()))).await;
    let shown = shown(&site, &run).await;
    let delivery = &shown["deliveries"][0];
    assert_eq!(delivery["state"], "written", "{shown}");
    assert!(delivery["answer"].as_str().unwrap().starts_with("no mail server is configured"));
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(files.len(), 1);
}

#[tokio::test]
async fn a_report_waits_for_its_days_and_respects_suppression() {
    let mut site = Site::new().await;
    let folder = tempfile::tempdir().unwrap();
    let eml = || Arc::new(EmlMailer::new(folder.path().to_owned()));
    let run = accepted(&mut site, "boss@example.com").await;
    sql::query("UPDATE shard SET kind = 'intraday' WHERE property_id = $1 AND date = $2")
        .bind(PROPERTY)
        .bind(day("2020-12-21"))
        .execute(&mut site.owner)
        .await
        .unwrap();
    work(&site, eml()).await;
    let waiting = shown(&site, &run).await;
    assert_eq!(waiting["job"]["exceptions"][0]["code"], "no_data", "{waiting}");
    assert_eq!(waiting["deliveries"], json!([]));

    sql::query("UPDATE shard SET kind = 'daily'").execute(&mut site.owner).await.unwrap();
    sql::query("UPDATE job_step SET run_at = now()").execute(&mut site.owner).await.unwrap();
    sql::query(
        "INSERT INTO suppression (tenant_id, recipient, report, reason)
         VALUES ($1, 'boss@example.com', 'branch_report', 'unsubscribed')",
    )
    .bind(site.test_db.alpha().tenant_id().uuid())
    .execute(&mut site.owner)
    .await
    .unwrap();
    work(&site, eml()).await;
    let shown = shown(&site, &run).await;
    assert_eq!(shown["deliveries"][0]["state"], "skipped", "{shown}");
    assert_eq!(shown["job"]["state"], "succeeded");
    assert!(shown["job"]["exceptions"][0]["resolved_at"].is_string(), "{shown}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_tenants_own_server_is_used_unless_it_lies_inside_our_network() {
    for (allowed, state, taken) in [(vec![], "queued", 0), (vec!["localhost"], "sent", 1)] {
        let mut site = Site::new().await;
        let folder = tempfile::tempdir().unwrap();
        let sink = SmtpSink::start(folder.path(), 0, Protection::None, None).unwrap();
        let run = accepted(&mut site, "boss@example.com").await;
        sql::query("INSERT INTO connection (tenant_id, kind, settings) VALUES ($1, 'smtp', $2)")
            .bind(site.test_db.alpha().tenant_id().uuid())
            .bind(json!({
                "host": "localhost", "port": sink.port(), "tls": "none",
                "from": "Alpha <alpha@example.org>",
            }))
            .execute(&mut site.owner)
            .await
            .unwrap();
        let allow_private = allowed.into_iter().map(str::to_owned).collect();
        let egress = EgressPolicy::new(&NetSettings { allow_private, ..NetSettings::default() });
        let operator = tempfile::tempdir().unwrap();
        let eml = Arc::new(EmlMailer::new(operator.path().to_owned()));
        work_allowing(&site, eml, egress).await;
        let shown = shown(&site, &run).await;
        assert_eq!(shown["deliveries"][0]["state"], state, "{shown}");
        let messages = sink.messages().unwrap();
        assert_eq!(messages.len(), taken);
        assert!(messages.iter().all(|m| m.from == "alpha@example.org"), "{messages:?}");
        // The operator's way out is not taken instead.
        assert_eq!(std::fs::read_dir(operator.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn a_step_without_a_promised_run_makes_its_own_and_writes_to_the_branch() {
    let mut site = Site::new().await;
    let (alpha, beta) = (site.test_db.alpha(), site.test_db.beta());
    branch(&mut site, &alpha).await;
    let payload = json!({
        "location": "ZRH", "first": "2020-12-21", "last": "2020-12-21", "recipient": null,
    });
    let job = NewJob {
        kind: "branch_report".to_owned(),
        unique_key: None,
        parameters: payload.clone(),
        requested_by: "test".to_owned(),
        steps: vec![NewStep::new("send_branch_report").payload(payload)],
    };
    let mut tx = site.db.tenant(&alpha).await.unwrap();
    submit(&mut tx, job).await.unwrap();
    tx.commit().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    work(&site, Arc::new(EmlMailer::new(folder.path().to_owned()))).await;

    let analyst = site.login(&alpha, Role::Analyst).await;
    let runs = site.get(RUNS, &analyst).await.json();
    assert_eq!(runs["report_runs"].as_array().unwrap().len(), 1, "{runs}");
    let delivery = &runs["report_runs"][0]["deliveries"][0];
    assert_eq!(
        (&delivery["recipient"], &delivery["state"]),
        (&json!("zrh@example.com"), &json!("written"))
    );
    let other = site.login(&beta, Role::Owner).await;
    assert_eq!(site.get(RUNS, &other).await.json()["report_runs"], json!([]));
}

//! The step that looks which reports are due.

use std::sync::Arc;

use analytics_service::domain::location::MOST_LOCATIONS;
use analytics_service::jobs::SendDueReportsStep;
use common::db::{DbOptions, sql};
use common::jobs::{NewJob, NewStep, Registry, Worker, WorkerOptions, submit};
use common::kernel::Secret;
use serde_json::{Value, json};
use testkit::db::ServiceLogin;

use crate::support::{PROPERTY, Site, day};

/// Alpha wants a report of each day, and yesterday is complete.
async fn site() -> Site {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    let mut facts = site.facts(&alpha);
    facts
        .settings(json!({
            "time_zone": "UTC", "currency": "EUR", "reports": { "branch": "day" },
            "properties": [{ "property_id": PROPERTY, "dataset": "d", "time_zone": "UTC" }],
        }))
        .await;
    facts.property(PROPERTY, "UTC").await;
    facts.loaded(day("2021-01-04"), "daily").await;
    site
}

/// The step's outcome, and the code it failed with.
async fn look(site: &mut Site) -> (Option<Value>, Option<String>) {
    let mut tx = site.db.tenant(&site.test_db.alpha()).await.unwrap();
    let job = NewJob {
        kind: "nightly".to_owned(),
        unique_key: None,
        parameters: json!({}),
        requested_by: "test".to_owned(),
        steps: vec![NewStep::new("send_due_reports")],
    };
    submit(&mut tx, job).await.unwrap();
    tx.commit().await.unwrap();
    let step = SendDueReportsStep { db: site.db.clone(), clock: Arc::new(site.clock.clone()) };
    let url = Secret::new(site.test_db.login_url(ServiceLogin::Analytics));
    let registry = Registry::new().with(step);
    let options = WorkerOptions::new("test");
    let worker = Worker::new(site.db.clone(), DbOptions::new(url), registry, options);
    worker.run_until_idle().await.unwrap();
    sql::query_as(
        "SELECT outcome, exceptions -> -1 ->> 'code' FROM job_step WHERE kind = 'send_due_reports'",
    )
    .fetch_one(&mut site.owner)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_branch_with_an_address_that_is_none_is_named() {
    let mut site = site().await;
    let alpha = site.test_db.alpha();
    let mut facts = site.facts(&alpha);
    for (code, email) in [
        ("B1", Some("b1@example.com")),
        ("B2", Some("nobody")),
        ("B3", None),
        ("B4", Some(" ")),
        ("B5", Some("two@example.com, three@example.com")),
    ] {
        facts.location(code, code, email).await;
    }
    let (outcome, failure) = look(&mut site).await;
    let warning = "branches without a report, because their e-mail address is none (2): B2, B5";
    assert_eq!(outcome, Some(json!({ "due_reports": 1, "warnings": [warning] })), "{failure:?}");
}

#[tokio::test]
async fn more_branches_than_can_be_looked_at_together_fail_the_step_with_the_reason() {
    let mut site = site().await;
    let alpha = site.test_db.alpha();
    site.facts(&alpha).locations(MOST_LOCATIONS + 1).await;
    assert_eq!(look(&mut site).await, (None, Some("too_many_steps".to_owned())));
}

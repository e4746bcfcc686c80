//! `/action-items` and the step that makes them.

mod batches;
mod generation;
mod reading;

use std::sync::Arc;

use analytics_service::jobs::GenerateActionItemsStep;
use common::db::DbOptions;
use common::jobs::{self, NewJob, NewStep, Registry, Worker, WorkerOptions};
use common::kernel::{Secret, TenantScope};
use serde_json::{Value, json};
use testkit::db::ServiceLogin;

use crate::support::{PROPERTY, Site, day};

pub const ITEMS: &str = "/analytics/v1/action-items";

/// A property of the tenant with the days from 14 to 22 December, and a branch.
async fn shop(site: &mut Site, tenant: &TenantScope) {
    let mut facts = site.facts(tenant);
    facts.property(PROPERTY, "UTC").await;
    for date in day("2020-12-14").iter_days().take(9) {
        facts.loaded(date, "daily").await;
    }
    facts.location("ZRH", "Zürich", None).await;
}

/// Runs the step as a nightly job does, and answers its outcome.
pub async fn generate(site: &Site, tenant: &TenantScope) -> Value {
    let mut tx = site.db.tenant(tenant).await.unwrap();
    let job = NewJob {
        kind: "nightly".to_owned(),
        unique_key: None,
        parameters: json!({}),
        requested_by: "test".to_owned(),
        steps: vec![NewStep::new("generate_action_items")],
    };
    let job = jobs::submit(&mut tx, job).await.unwrap().job_id;
    tx.commit().await.unwrap();
    let registry = Registry::new().with(GenerateActionItemsStep(Arc::new(site.clock.clone())));
    let url = Secret::new(site.test_db.login_url(ServiceLogin::Analytics));
    let options = WorkerOptions::new("test");
    let worker = Worker::new(site.db.clone(), DbOptions::new(url), registry, options);
    worker.run_until_idle().await.unwrap();
    let mut tx = site.db.tenant(tenant).await.unwrap();
    let job = jobs::show(&mut tx, job).await.unwrap().unwrap();
    job.steps[0].outcome.clone().unwrap_or_else(|| panic!("{:?}", job.steps[0]))
}

fn outcome(created: u64, skipped: u64, unchanged: u64) -> Value {
    json!({ "created": created, "skipped": skipped, "unchanged": unchanged })
}

/// Items by the sessions of their carts.
fn sessions(page: &Value) -> Vec<&str> {
    let items = page["action_items"].as_array().unwrap();
    items.iter().map(|item| item["evidence"]["session_id"].as_str().unwrap()).collect()
}

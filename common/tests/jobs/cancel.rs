//! Cancelling: soon, completely, and only what is still alive.

use std::time::{Duration, Instant};

use common::db::sql;
use common::jobs::{self, ControlError, JobState, NewStep, Registry, StepDone, StepState};
use common::kernel::JobId;
use serde_json::json;

use crate::support::{Bench, effect, nothing, states, step};

#[tokio::test]
async fn a_cancelled_job_stops_within_five_seconds_and_without_effect() {
    let bench = Bench::new().await;
    let id = bench
        .submit([
            NewStep::new("polite"),
            // Never looks whether it is still wanted.
            NewStep::new("deaf"),
            NewStep::new("after").needs("polite"),
        ])
        .await;
    let registry = Registry::new()
        .with(step("polite", |context| {
            Box::pin(async move {
                context.cancelled().cancelled().await;
                let mut tx = context.fenced().await?;
                effect(&mut tx).await;
                Ok(StepDone::with_tx(tx, json!({})))
            })
        }))
        .with(step("deaf", |_| Box::pin(async { std::future::pending().await })))
        .with(nothing("after"));
    let options = common::jobs::WorkerOptions { lease: Duration::from_secs(30), ..bench.options() };
    let worker = bench.start(registry, options);
    bench.until_job(id, "both to run", |job| job.summary.steps.running == 2).await;
    let asked = Instant::now();
    let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
    assert_eq!(jobs::cancel(&mut tx, id).await.unwrap(), JobState::Running);
    tx.commit().await.unwrap();
    let job = bench.until_finished(id).await;
    let took = asked.elapsed();
    assert!(took < Duration::from_secs(5), "took {took:?}");
    worker.stop().await;
    assert_eq!(job.summary.state, JobState::Cancelled);
    assert!(states(&job).iter().all(|(_, state)| *state == StepState::Cancelled));
    assert_eq!(bench.effects().await, 0);
}

#[tokio::test]
async fn a_job_that_has_not_started_is_cancelled_at_once() {
    let bench = Bench::new().await;
    let id = bench.submit([NewStep::new("a"), NewStep::new("b").needs("a")]).await;
    let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
    assert_eq!(jobs::cancel(&mut tx, id).await.unwrap(), JobState::Cancelled);
    tx.commit().await.unwrap();
    bench.run(Registry::new().with(nothing("a")).with(nothing("b"))).await;
    let job = bench.job(id).await;
    assert!(job.steps.iter().all(|s| s.attempts == 0 && s.state == StepState::Cancelled));
}

#[tokio::test]
async fn a_finished_and_an_unknown_job_cannot_be_cancelled() {
    let bench = Bench::new().await;
    let id = bench.submit([NewStep::new("fine")]).await;
    bench.run(Registry::new().with(nothing("fine"))).await;
    let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
    assert!(matches!(jobs::cancel(&mut tx, id).await, Err(ControlError::Finished)));
    assert!(matches!(jobs::cancel(&mut tx, JobId::mint()).await, Err(ControlError::NotFound)));
}

#[tokio::test]
async fn a_statement_that_holds_the_lease_does_not_keep_a_cancelled_job_running() {
    let bench = Bench::new().await;
    let id = bench.submit([NewStep::new("busy")]).await;
    let registry = Registry::new().with(step("busy", |context| {
        Box::pin(async move {
            let mut tx = context.fenced().await?;
            effect(&mut tx).await;
            sql::query("SELECT pg_sleep(60)").execute(tx.conn()).await?;
            Ok(StepDone::with_tx(tx, json!({})))
        })
    }));
    let options = common::jobs::WorkerOptions { lease: Duration::from_secs(30), ..bench.options() };
    let worker = bench.start(registry, options);
    bench.until_job(id, "it to run", |job| job.summary.steps.running == 1).await;
    let asked = Instant::now();
    let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
    jobs::cancel(&mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
    let job = bench.until_finished(id).await;
    let took = asked.elapsed();
    assert!(took < Duration::from_secs(5), "took {took:?}");
    worker.stop().await;
    assert_eq!(job.summary.state, JobState::Cancelled);
    assert_eq!(bench.effects().await, 0);
}

//! Leases: who holds one works, who lost it changes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::db::sql;
use common::jobs::{JobState, NewStep, Registry, StepDone, StepState};
use serde_json::json;
use tokio::sync::{Barrier, Notify};

use crate::support::{Bench, effect, step, until};

#[tokio::test]
async fn the_effect_of_a_stale_worker_is_refused_and_happens_once() {
    let bench = Bench::new().await;
    let id = bench.submit([NewStep::new("slow")]).await;
    let refused = Arc::new(AtomicUsize::new(0));
    let (count, db) = (refused.clone(), bench.db.clone());
    // Goes on after it was told that its lease is lost, and even around the fence.
    let stubborn = Registry::new().with(step("slow", move |context| {
        let (count, db) = (count.clone(), db.clone());
        Box::pin(async move {
            context.cancelled().cancelled().await;
            if context.fenced().await.is_err() {
                count.fetch_add(1, Ordering::SeqCst);
            }
            let mut tx = db.tenant(context.scope()).await?;
            effect(&mut tx).await;
            Ok(StepDone::with_tx(tx, json!("stale")))
        })
    }));
    let stale = bench.start(stubborn, bench.options());
    bench.until_job(id, "the first attempt", |job| job.steps[0].state == StepState::Running).await;
    // What the janitor of another worker does when the lease has run out.
    let mut owner = bench.owner().await;
    for text in [
        "DELETE FROM lease",
        "UPDATE tenant_slot SET step_id = NULL",
        "UPDATE job_step SET kind = 'quick', state = 'ready'",
    ] {
        sql::query(text).execute(&mut owner).await.unwrap();
    }
    let fresh = Registry::new().with(step("quick", |context| {
        Box::pin(async move {
            let mut tx = context.fenced().await?;
            effect(&mut tx).await;
            Ok(StepDone::with_tx(tx, json!("fresh")))
        })
    }));
    bench.run(fresh).await;
    until("the stale worker to be refused", async || {
        (refused.load(Ordering::SeqCst) == 1).then_some(())
    })
    .await;
    stale.stop().await;
    let job = bench.job(id).await;
    assert_eq!(bench.effects().await, 1);
    assert_eq!(job.steps[0].outcome, Some(json!("fresh")));
    assert_eq!((job.steps[0].attempts, job.summary.state), (2, JobState::Succeeded));
}

#[tokio::test]
async fn the_step_of_a_dead_worker_goes_to_another_one() {
    let bench = Bench::new().await;
    let id = bench.submit([NewStep::new("work")]).await;
    let hangs = Registry::new().with(step("work", |context| {
        Box::pin(async move {
            context.progress().rows_done(10);
            std::future::pending().await
        })
    }));
    let dead = bench.start(hangs, bench.options());
    let reported = |rows| {
        move |job: &common::jobs::JobView| {
            job.steps[0].progress.as_ref().is_some_and(|p| p.rows_done == rows)
        }
    };
    bench.until_job(id, "progress in the lease", reported(10)).await;
    drop(dead);

    let works = Registry::new().with(step("work", |context| {
        Box::pin(async move {
            assert_eq!(context.attempt(), 2);
            // What was done before is not undone on the bar.
            context.progress().rows_done(5);
            let mut tx = context.fenced().await?;
            effect(&mut tx).await;
            Ok(StepDone::with_tx(tx, json!({})))
        })
    }));
    let alive = bench.start(works, bench.options());
    let job = bench.until_finished(id).await;
    alive.stop().await;
    let step = &job.steps[0];
    assert_eq!((job.summary.state, step.attempts), (JobState::Succeeded, 2));
    assert!(reported(10)(&job));
    assert_eq!(step.exceptions.len(), 1);
    assert_eq!(step.exceptions[0].code, "worker_lost");
    assert!(step.exceptions[0].resolved_at.is_some());
    assert_eq!(bench.effects().await, 1);
}

#[tokio::test]
async fn a_step_twenty_times_longer_than_its_lease_runs_once() {
    let bench = Bench::new().await;
    let id = bench.submit([NewStep::new("long")]).await;
    let starts = Arc::new(AtomicUsize::new(0));
    let registry = || {
        let starts = starts.clone();
        Registry::new().with(step("long", move |context| {
            starts.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                tokio::time::sleep(Duration::from_secs(20)).await;
                let mut tx = context.fenced().await?;
                effect(&mut tx).await;
                Ok(StepDone::with_tx(tx, json!({})))
            })
        }))
    };
    let options =
        || common::jobs::WorkerOptions { lease: Duration::from_secs(1), ..bench.options() };
    let workers = [bench.start(registry(), options()), bench.start(registry(), options())];
    let job = bench.until_finished(id).await;
    for worker in workers {
        worker.stop().await;
    }
    assert_eq!(starts.load(Ordering::SeqCst), 1);
    assert_eq!((job.steps[0].attempts, bench.effects().await), (1, 1));
}

#[tokio::test]
async fn a_long_finishing_transaction_neither_loses_its_lease_nor_blocks_others() {
    let bench = Bench::new().await;
    let id = bench.submit([NewStep::new("finishing"), NewStep::new("working")]).await;
    let release = Arc::new(Notify::new());
    let both = Arc::new(Barrier::new(2));
    let (held, first, second) = (release.clone(), both.clone(), both.clone());
    let registry = Registry::new()
        .with(step("finishing", move |context| {
            let (held, both) = (held.clone(), first.clone());
            Box::pin(async move {
                let mut tx = context.fenced().await?;
                effect(&mut tx).await;
                held.notified().await;
                let done = StepDone::with_tx(tx, json!({}));
                both.wait().await;
                Ok(done)
            })
        }))
        .with(step("working", move |_| {
            let both = second.clone();
            Box::pin(async move {
                both.wait().await;
                Ok(StepDone::default())
            })
        }));
    let worker = bench.start(registry, bench.options());
    let other = bench.start(Registry::new(), bench.options());
    bench.until_job(id, "both steps to run", |job| job.summary.steps.running == 2).await;
    // The lease of the finishing step has run out; the heartbeat reached the other one meanwhile.
    let mut owner = bench.owner().await;
    let owner = tokio::sync::Mutex::new(&mut owner);
    until("the locked lease to expire and the other to live", async || {
        let leases: Vec<(bool,)> = sql::query_as(
            "SELECT expires_at > clock_timestamp() FROM lease JOIN job_step USING (step_id)
             ORDER BY kind",
        )
        .fetch_all(&mut **owner.lock().await)
        .await
        .unwrap();
        (leases == [(false,), (true,)]).then_some(())
    })
    .await;
    release.notify_one();
    let job = bench.until_finished(id).await;
    worker.stop().await;
    other.stop().await;
    assert_eq!(job.summary.state, JobState::Succeeded);
    assert!(job.steps.iter().all(|step| step.attempts == 1));
    assert_eq!(bench.effects().await, 1);
}

#[tokio::test]
async fn a_checkpoint_lets_the_next_attempt_go_on() {
    let bench = Bench::new().await;
    let id = bench.submit([NewStep::new("parts")]).await;
    let registry = Registry::new().with(step("parts", |context| {
        Box::pin(async move {
            let from: u32 = context.checkpoint()?.unwrap_or(0);
            for part in from..4 {
                let mut tx = context.fenced().await?;
                effect(&mut tx).await;
                context.save_checkpoint(tx, &(part + 1)).await?;
                if part == 1 && context.attempt() == 1 {
                    let code = common::jobs::ErrorCode::SourceUnavailable;
                    return Err(common::jobs::StepError::transient(code, "gone"));
                }
            }
            Ok(StepDone::default())
        })
    }));
    let worker = bench.start(registry, bench.options());
    let job = bench.until_finished(id).await;
    worker.stop().await;
    assert_eq!((job.summary.state, bench.effects().await), (JobState::Succeeded, 4));
}

#[tokio::test]
async fn a_step_that_stands_still_is_stopped() {
    let bench = Bench::new().await;
    let id = bench.submit([NewStep::new("stuck").max_attempts(1)]).await;
    let registry =
        Registry::new().with(step("stuck", |_| Box::pin(async { std::future::pending().await })));
    let options = common::jobs::WorkerOptions {
        progress_deadline: Duration::from_secs(1),
        lease: Duration::from_secs(6),
        ..bench.options()
    };
    let worker = bench.start(registry, options);
    let job = bench.until_finished(id).await;
    worker.stop().await;
    assert_eq!(job.steps[0].exceptions[0].code, "stalled");
}

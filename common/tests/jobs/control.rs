//! Pausing, resuming and retrying.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use common::jobs::{
    self, AttemptResult, ControlError, ErrorCode, JobState, NewStep, Registry, StepDone, StepError,
    StepState, control,
};
use common::kernel::JobId;
use serde_json::json;

use crate::support::{Bench, job, nothing, states, step};

/// A step kind that fails until `works` is set.
fn fails_until(kind: &'static str, works: &Arc<AtomicBool>) -> impl jobs::StepKind + use<> {
    let works = works.clone();
    step(kind, move |_| {
        let works = works.load(Ordering::SeqCst);
        Box::pin(async move {
            let refused = StepError::permanent(ErrorCode::NoData, "there is no data yet");
            if works { Ok(StepDone::default()) } else { Err(refused) }
        })
    })
}

async fn control<T>(
    bench: &Bench,
    change: impl AsyncFnOnce(&mut common::db::TenantTx) -> Result<T, ControlError>,
) -> Result<T, ControlError> {
    let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
    let changed = change(&mut tx).await?;
    tx.commit().await.unwrap();
    Ok(changed)
}

#[tokio::test]
async fn a_paused_job_starts_nothing_until_it_is_resumed() {
    let bench = Bench::new().await;
    let id = bench.submit([NewStep::new("a"), NewStep::new("b").needs("a")]).await;
    let registry = || Registry::new().with(nothing("a")).with(nothing("b"));
    let paused = control(&bench, async |tx| control::pause(tx, id).await).await.unwrap();
    assert_eq!(paused, JobState::Paused);
    bench.run(registry()).await;
    let job = bench.job(id).await;
    assert_eq!((job.summary.state, job.steps[0].attempts), (JobState::Paused, 0));

    let resumed = control(&bench, async |tx| control::resume(tx, id).await).await.unwrap();
    assert_eq!(resumed, JobState::Pending);
    bench.run(registry()).await;
    assert_eq!(bench.job(id).await.summary.state, JobState::Succeeded);
    let finished = control(&bench, async |tx| control::pause(tx, id).await).await;
    assert!(matches!(finished, Err(ControlError::Finished)));
    let unknown = control(&bench, async |tx| control::resume(tx, JobId::mint()).await).await;
    assert!(matches!(unknown, Err(ControlError::NotFound)));
}

#[tokio::test]
async fn what_runs_when_its_job_is_paused_goes_on_to_its_end() {
    let bench = Bench::new().await;
    let id = bench.submit([NewStep::new("pauses"), NewStep::new("after").needs("pauses")]).await;
    let registry = Registry::new().with(nothing("after")).with(step("pauses", {
        let db = bench.db.clone();
        move |context| {
            let db = db.clone();
            Box::pin(async move {
                let mut tx = db.tenant(context.scope()).await?;
                control::pause(&mut tx, context.job_id()).await.unwrap();
                tx.commit().await?;
                Ok(StepDone::default())
            })
        }
    }));
    bench.run(registry).await;
    let job = bench.job(id).await;
    assert_eq!(states(&job), [("pauses", StepState::Done), ("after", StepState::Ready)]);
    assert_eq!(job.summary.state, JobState::Paused);
    let resumed = control(&bench, async |tx| control::resume(tx, id).await).await.unwrap();
    assert_eq!(resumed, JobState::Running);
}

#[tokio::test]
async fn only_what_failed_is_retried_and_its_exceptions_stay() {
    let bench = Bench::new().await;
    let works = Arc::new(AtomicBool::new(false));
    let done_before = Arc::new(AtomicUsize::new(0));
    let count = done_before.clone();
    let registry = || {
        let count = count.clone();
        Registry::new().with(fails_until("bad", &works)).with(nothing("after")).with(step(
            "fine",
            move |_| {
                count.fetch_add(1, Ordering::SeqCst);
                Box::pin(async { Ok(StepDone::default()) })
            },
        ))
    };
    let id = bench
        .submit([
            NewStep::new("fine").max_attempts(1),
            NewStep::new("bad").max_attempts(1),
            NewStep::new("after").needs("bad"),
        ])
        .await;
    bench.run(registry()).await;
    assert_eq!(bench.job(id).await.summary.state, JobState::Failed);

    works.store(true, Ordering::SeqCst);
    let retried = control(&bench, async |tx| control::retry(tx, id).await).await.unwrap();
    assert_eq!(retried, JobState::Running);
    let job = bench.job(id).await;
    let expected =
        [("fine", StepState::Done), ("bad", StepState::Ready), ("after", StepState::Waiting)];
    assert_eq!(states(&job), expected);
    bench.run(registry()).await;
    let job = bench.job(id).await;
    assert_eq!(job.summary.state, JobState::Succeeded);
    assert_eq!(done_before.load(Ordering::SeqCst), 1, "what was done stays done");
    let bad = &job.steps[1];
    assert_eq!((bad.attempts, bad.exceptions.len()), (2, 1));
    assert_eq!(bad.exceptions[0].code, "no_data");
    assert!(bad.exceptions[0].resolved_at.is_some_and(|at| at >= bad.exceptions[0].at));
    let log: Vec<_> = bad.attempt_log.iter().map(|a| (a.number, a.result)).collect();
    let expected = [(1, Some(AttemptResult::Failed)), (2, Some(AttemptResult::Done))];
    assert_eq!(log, expected);
    let ended = |a: &jobs::AttemptRecord| a.ended_at.is_some_and(|end| end >= a.started_at);
    assert!(bad.attempt_log.iter().all(|a| a.worker == "test" && ended(a)));
}

#[tokio::test]
async fn a_step_that_needs_another_failed_one_stays_skipped_only_while_that_one_is() {
    let bench = Bench::new().await;
    let works = Arc::new(AtomicBool::new(false));
    let registry = || {
        let fails = Registry::new().with(fails_until("x", &works)).with(fails_until("y", &works));
        fails.with(nothing("both"))
    };
    let both = NewStep::new("both").needs("x").needs("y");
    let id = bench
        .submit([NewStep::new("x").max_attempts(1), NewStep::new("y").max_attempts(1), both])
        .await;
    bench.run(registry()).await;
    assert_eq!(bench.job(id).await.steps[2].state, StepState::Skipped);
    works.store(true, Ordering::SeqCst);
    control(&bench, async |tx| control::retry(tx, id).await).await.unwrap();
    bench.run(registry()).await;
    assert!(bench.job(id).await.steps.iter().all(|step| step.state == StepState::Done));
}

#[tokio::test]
async fn a_job_without_a_failed_step_is_not_retried() {
    let bench = Bench::new().await;
    let pending = bench.submit([NewStep::new("fine")]).await;
    let refused = control(&bench, async |tx| control::retry(tx, pending).await).await;
    assert!(matches!(refused, Err(ControlError::NothingFailed)), "{refused:?}");
    bench.run(Registry::new().with(nothing("fine"))).await;
    let refused = control(&bench, async |tx| control::retry(tx, pending).await).await;
    assert!(matches!(refused, Err(ControlError::Finished)), "{refused:?}");
    let refused = control(&bench, async |tx| control::retry(tx, JobId::mint()).await).await;
    assert!(matches!(refused, Err(ControlError::NotFound)), "{refused:?}");
}

#[tokio::test]
async fn a_failed_job_is_not_retried_beside_a_newer_one_of_its_key() {
    let bench = Bench::new().await;
    let works = Arc::new(AtomicBool::new(false));
    let keyed = || jobs::NewJob { unique_key: Some("k".to_owned()), ..job([NewStep::new("bad")]) };
    let failed = bench.submit_as(&bench.alpha, keyed()).await.job_id;
    bench.run(Registry::new().with(fails_until("bad", &works))).await;
    bench.submit_as(&bench.alpha, keyed()).await;
    let refused = control(&bench, async |tx| control::retry(tx, failed).await).await;
    assert!(matches!(refused, Err(ControlError::Replaced)), "{refused:?}");
}

#[tokio::test]
async fn a_held_kind_and_a_held_tenant_start_nothing() {
    let bench = Bench::new().await;
    let run = async || bench.run(Registry::new().with(nothing("fine"))).await;
    for kind in [Some("test"), None] {
        let id = bench.submit([NewStep::new("fine")]).await;
        let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
        control::hold(&mut tx, kind, "someone").await.unwrap();
        control::hold(&mut tx, Some("other"), "someone").await.unwrap();
        let held = control::holds(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(held.len(), 2);
        run().await;
        assert_eq!(bench.job(id).await.summary.state, JobState::Pending, "{kind:?}");

        let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
        assert!(control::release(&mut tx, kind).await.unwrap());
        assert!(!control::release(&mut tx, kind).await.unwrap());
        tx.commit().await.unwrap();
        run().await;
        assert_eq!(bench.job(id).await.summary.state, JobState::Succeeded, "{kind:?}");
    }
}

#[tokio::test]
async fn a_running_step_shows_its_attempt_and_its_eta() {
    let bench = Bench::new().await;
    let id = bench.submit([NewStep::new("counts")]).await;
    let registry = Registry::new().with(step("counts", |context| {
        Box::pin(async move {
            context.progress().rows_total(1_000);
            context.progress().bytes(77);
            context.progress().rows_done(10);
            context.cancelled().cancelled().await;
            Ok(StepDone::new(json!({})))
        })
    }));
    let worker = bench.start(registry, bench.options());
    let job = bench.until_job(id, "an ETA", |job| job.steps[0].eta.is_some()).await;
    let step = &job.steps[0];
    let progress = step.progress.as_ref().unwrap();
    assert_eq!((progress.rows_done, progress.bytes, progress.percent()), (10, 77, Some(1.0)));
    let attempt = step.attempt_log.last().unwrap();
    assert_eq!((attempt.number, attempt.ended_at, attempt.result), (1, None, None));
    worker.stop().await;
}

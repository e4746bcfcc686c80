//! Failures: tried again by class, and never forgotten.

use common::db::sql;
use common::jobs::{
    Class, ErrorCode, JobState, NewStep, Registry, StepContext, StepDone, StepError, StepState,
};
use serde_json::json;

use crate::support::{Bench, Outcome, step};

#[tokio::test]
async fn a_transient_failure_is_tried_again_and_stays_on_record() {
    let bench = Bench::new().await;
    let id = bench.submit([NewStep::new("flaky")]).await;
    let registry = Registry::new().with(step("flaky", |context| {
        Box::pin(async move {
            match context.attempt() {
                1 => Err(StepError::transient(ErrorCode::SourceUnavailable, "the source is away")
                    .with_detail("connection refused")),
                2 => panic!("a mistake"),
                _ => Ok(StepDone::default()),
            }
        })
    }));
    let worker = bench.start(registry, bench.options());
    let job = bench.until_finished(id).await;
    worker.stop().await;
    assert_eq!(job.summary.state, JobState::Succeeded);
    let step = &job.steps[0];
    assert_eq!(step.attempts, 3);
    let told: Vec<_> =
        step.exceptions.iter().map(|e| (e.code.as_str(), e.attempt, e.message.as_str())).collect();
    let expected = [
        ("source_unavailable", 1, "the source is away"),
        ("internal_error", 2, "the step broke off unexpectedly"),
    ];
    assert_eq!(told, expected, "the user's sentence only, no detail");
    assert!(step.exceptions.iter().all(|e| e.resolved_at.is_some_and(|at| at >= e.at)));
}

#[tokio::test]
async fn other_failures_are_not_tried_again() {
    let bench = Bench::new().await;
    for class in [Class::Permanent, Class::Configuration] {
        let id = bench.submit([NewStep::new("bad")]).await;
        let registry = Registry::new().with(step("bad", move |_| {
            Box::pin(async move {
                Err(StepError::new(class, ErrorCode::CredentialsRejected, "the key was refused"))
            })
        }));
        bench.run(registry).await;
        let job = bench.job(id).await;
        assert_eq!((job.summary.state, job.steps[0].attempts), (JobState::Failed, 1));
        let exception = &job.steps[0].exceptions[0];
        assert_eq!((exception.class, exception.resolved_at), (class, None));
    }
}

#[tokio::test]
async fn an_exhausted_step_leaves_a_dead_letter() {
    let bench = Bench::new().await;
    let payload = json!({ "shard": 7 });
    let id = bench.submit([NewStep::new("never").payload(payload.clone()).max_attempts(2)]).await;
    let registry = Registry::new().with(step("never", |_| {
        Box::pin(async { Err(StepError::transient(ErrorCode::SourceUnavailable, "away")) })
    }));
    let worker = bench.start(registry, bench.options());
    let job = bench.until_finished(id).await;
    worker.stop().await;
    assert_eq!((job.summary.state, job.steps[0].attempts), (JobState::Failed, 2));
    let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
    let (kept, attempts, error): (serde_json::Value, i32, serde_json::Value) =
        sql::query_as("SELECT payload, attempts, error FROM dead_letter")
            .fetch_one(tx.conn())
            .await
            .unwrap();
    assert_eq!(kept, json!({ "kind": "never", "payload": payload }));
    assert_eq!((attempts, &error["code"]), (2, &json!("source_unavailable")));
}

/// Saves that it came so far; fails until its seventh attempt.
async fn come_to(context: &StepContext, rows: u64) -> Outcome {
    context.progress().rows_done(rows);
    let tx = context.fenced().await?;
    context.save_checkpoint(tx, &json!({ "rows": rows })).await?;
    if context.attempt() == 7 {
        return Ok(StepDone::default());
    }
    Err(StepError::transient(ErrorCode::SourceUnavailable, "away"))
}

#[tokio::test]
async fn attempts_count_anew_only_while_each_comes_farther() {
    let bench = Bench::new().await;
    let moves = NewStep::new("moves").max_attempts(2);
    let stands = NewStep::new("stands").max_attempts(2);
    let id = bench.submit([moves, stands]).await;
    let registry = Registry::new()
        .with(step("moves", |context| {
            Box::pin(come_to(context, context.attempt().unsigned_abs().into()))
        }))
        .with(step("stands", |context| Box::pin(come_to(context, 5))));
    let worker = bench.start(registry, bench.options());
    let job = bench.until_finished(id).await;
    worker.stop().await;
    let ended = |kind: &str| {
        let step = job.steps.iter().find(|step| step.kind == kind).unwrap();
        (step.state, step.attempts)
    };
    assert_eq!(ended("moves"), (StepState::Done, 7));
    // The first attempt came farther than none, and is the first again.
    assert_eq!(ended("stands"), (StepState::Failed, 2));
}

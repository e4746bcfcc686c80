//! Dependencies, parallel steps, failures and steps that add steps.

use std::sync::{Arc, Mutex};

use common::jobs::{
    self, ErrorCode, GraphError, JobState, NewStep, Registry, StepDone, StepError, StepState,
    SubmitError,
};
use serde_json::json;
use tokio::sync::Barrier;

use crate::support::{Bench, job, nothing, states, step};

fn a(kind: &str, key: &str, needs: &[&str]) -> NewStep {
    needs.iter().fold(NewStep::new(kind).key(key).label(key), |step, need| step.needs(*need))
}

#[tokio::test]
async fn steps_run_after_what_they_need_and_beside_what_they_do_not() {
    let bench = Bench::new().await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let both = Arc::new(Barrier::new(2));
    let (log, meet, end) = (order.clone(), both.clone(), order.clone());
    let registry = Registry::new()
        // Passes only when two of them run at the same time.
        .with(step("meet", move |_| {
            let (log, both) = (log.clone(), meet.clone());
            Box::pin(async move {
                both.wait().await;
                log.lock().unwrap().push("meet");
                Ok(StepDone::default())
            })
        }))
        .with(step("end", move |_| {
            end.lock().unwrap().push("end");
            Box::pin(async { Ok(StepDone::new(json!({ "rows": 3 }))) })
        }));
    let id =
        bench.submit([a("end", "last", &["b", "c"]), a("meet", "b", &[]), a("meet", "c", &[])]);
    let id = id.await;
    bench.run(registry).await;
    assert_eq!(*order.lock().unwrap(), ["meet", "meet", "end"]);
    let job = bench.job(id).await;
    assert_eq!(job.summary.state, JobState::Succeeded);
    assert_eq!(job.summary.steps.done, 3);
    assert_eq!(job.steps[0].outcome, Some(json!({ "rows": 3 })));
    assert!(job.summary.started_at.is_some() && job.summary.finished_at.is_some());
}

#[tokio::test]
async fn a_failed_step_skips_what_needs_it_and_the_rest_goes_on() {
    let bench = Bench::new().await;
    let registry = Registry::new().with(nothing("fine")).with(step("bad", |_| {
        Box::pin(async { Err(StepError::permanent(ErrorCode::NoData, "there is no data")) })
    }));
    let id = bench
        .submit([
            a("bad", "bad", &[]),
            a("fine", "after", &["bad"]),
            a("fine", "long after", &["after"]),
            a("fine", "beside", &[]),
        ])
        .await;
    bench.run(registry).await;
    let job = bench.job(id).await;
    assert_eq!(job.summary.state, JobState::Failed);
    let expected = [
        ("bad", StepState::Failed),
        ("after", StepState::Skipped),
        ("long after", StepState::Skipped),
        ("beside", StepState::Done),
    ];
    assert_eq!(states(&job), expected);
}

#[tokio::test]
async fn a_cycle_is_refused_and_nothing_is_stored() {
    let bench = Bench::new().await;
    let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
    let steps = [a("fine", "x", &["y"]), a("fine", "y", &["x"])];
    let refused = jobs::submit(&mut tx, job(steps)).await;
    assert!(matches!(refused, Err(SubmitError::Graph(GraphError::Cycle(_)))), "{refused:?}");
    let empty = jobs::submit(&mut tx, job([])).await;
    assert!(matches!(empty, Err(SubmitError::Graph(GraphError::Empty))));
    let listed = jobs::list(&mut tx, &jobs::JobFilter::default(), None, 10).await.unwrap();
    assert!(listed.is_empty());
}

#[tokio::test]
async fn what_waits_for_a_step_waits_for_the_steps_it_adds() {
    let bench = Bench::new().await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let (found, last) = (order.clone(), order.clone());
    let registry = Registry::new()
        .with(step("find", |_| {
            let shard =
                |n: i32| NewStep::new("load").key(n.to_string()).payload(json!({ "shard": n }));
            let new_steps = (1..=3).map(shard).collect();
            Box::pin(async { Ok(StepDone { new_steps, rejects: true, ..StepDone::default() }) })
        }))
        .with(step("load", move |context| {
            let payload: serde_json::Value = context.payload().unwrap();
            found.lock().unwrap().push(payload["shard"].as_i64().unwrap());
            Box::pin(async { Ok(StepDone::default()) })
        }))
        .with(step("report", move |_| {
            last.lock().unwrap().push(0);
            Box::pin(async { Ok(StepDone::default()) })
        }));
    let id = bench.submit([a("find", "find", &[]), a("report", "report", &["find"])]).await;
    bench.run(registry).await;
    let mut order = order.lock().unwrap().clone();
    assert_eq!(order.pop(), Some(0), "the report ran last");
    order.sort_unstable();
    assert_eq!(order, [1, 2, 3]);
    let job = bench.job(id).await;
    assert_eq!(job.summary.state, JobState::SucceededWithRejects);
    assert_eq!(job.steps.len(), 5);
}

#[tokio::test]
async fn a_kind_nobody_here_knows_is_left_alone() {
    let bench = Bench::new().await;
    let id = bench.submit([NewStep::new("from the future"), NewStep::new("fine")]).await;
    bench.run(Registry::new().with(nothing("fine"))).await;
    let job = bench.job(id).await;
    assert_eq!(states(&job), [("from the future", StepState::Ready), ("fine", StepState::Done)]);
    assert_eq!(job.summary.state, JobState::Running);
}

#[tokio::test]
async fn a_unique_key_has_one_live_job() {
    let bench = Bench::new().await;
    let keyed = || common::jobs::NewJob {
        unique_key: Some("ingest:2020-12-21".to_owned()),
        ..job([NewStep::new("fine")])
    };
    let first = bench.submit_as(&bench.alpha, keyed()).await;
    let second = bench.submit_as(&bench.alpha, keyed()).await;
    assert!(!first.existing && second.existing);
    assert_eq!(first.job_id, second.job_id);
    let of_beta = bench.submit_as(&bench.beta, keyed()).await;
    assert!(!of_beta.existing, "a key belongs to its tenant");
    bench.run(Registry::new().with(nothing("fine"))).await;
    let third = bench.submit_as(&bench.alpha, keyed()).await;
    assert!(!third.existing, "a finished job blocks nothing");
}

//! Stopping a worker: what is short finishes, what is long is handed back.

use std::time::{Duration, Instant};

use common::db::sql;
use common::jobs::{NewStep, Registry, StepDone, StepState, WorkerOptions};

use crate::support::{Bench, nothing, step};

#[tokio::test]
async fn a_stopped_worker_hands_back_what_it_cannot_finish() {
    let bench = Bench::new().await;
    let id = bench.submit([NewStep::new("long"), NewStep::new("short")]).await;
    let registry = Registry::new()
        .with(step("long", |context| {
            Box::pin(async move {
                context.progress().rows_done(3);
                std::future::pending().await
            })
        }))
        .with(step("short", |_| {
            Box::pin(async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                Ok(StepDone::default())
            })
        }));
    let options = WorkerOptions { grace: Duration::from_secs(2), ..bench.options() };
    let worker = bench.start(registry, options);
    bench
        .until_job(id, "both to run", |job| {
            job.summary.steps.running >= 1
                && job.steps[0].state == StepState::Running
                && job.steps[1].state != StepState::Ready
        })
        .await;
    let asked = Instant::now();
    worker.stop().await;
    assert!(asked.elapsed() < Duration::from_secs(20), "took {:?}", asked.elapsed());
    let job = bench.job(id).await;
    let (long, short) = (&job.steps[0], &job.steps[1]);
    assert_eq!((long.state, long.attempts), (StepState::Ready, 0), "the attempt does not count");
    assert_eq!(long.progress.as_ref().map(|p| p.rows_done), Some(3));
    assert!(long.exceptions.is_empty());
    assert_eq!(short.state, StepState::Done);
    let left: i64 = sql::query_scalar(
        "SELECT (SELECT count(*) FROM lease) + (SELECT count(step_id) FROM tenant_slot)",
    )
    .fetch_one(&mut bench.owner().await)
    .await
    .unwrap();
    assert_eq!(left, 0, "no lease and no slot is left behind");

    bench.run(Registry::new().with(nothing("long"))).await;
    assert_eq!(bench.job(id).await.steps[0].attempts, 1);
}

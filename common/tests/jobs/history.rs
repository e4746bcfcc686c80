//! Finished jobs: in the table of their month after a day, dropped with it, and brought back when they run again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::db::{DbError, sql};
use common::jobs::dead_letter::RedriveError;
use common::jobs::{
    self, ControlError, ErrorCode, JobFilter, JobState, NewJob, NewStep, Registry, StepDone,
    StepError, control, dead_letter,
};
use common::kernel::{DeadLetterId, JobId};
use sqlx::Connection;

use crate::support::{Bench, job, nothing, states, step, until};

const DAY: Duration = Duration::from_secs(24 * 3_600);

impl Bench {
    /// Makes a finished job finish so many days earlier.
    async fn age(&self, job: JobId, days: u32) {
        self.execute(format!(
            "UPDATE job SET finished_at = finished_at - interval '{days} days' WHERE job_id = '{job}'"
        ))
        .await;
    }

    /// A worker that starts with a round of history, until `is`.
    async fn keep_history(&self, days: u32, what: &str, is: impl AsyncFn() -> bool) {
        let options = jobs::WorkerOptions { history: Some(DAY * days), ..self.options() };
        let worker = self.start(Registry::new(), options);
        until(what, async || is().await.then_some(())).await;
        worker.stop().await;
    }

    /// Where the rows of a job lie: the job's, and those of its steps.
    async fn tables(&self, job: JobId) -> Vec<String> {
        sql::query_scalar(
            "SELECT tableoid::regclass::text FROM job WHERE job_id = $1
             UNION ALL SELECT DISTINCT tableoid::regclass::text FROM job_step WHERE job_id = $1",
        )
        .bind(job.uuid())
        .fetch_all(&mut self.owner().await)
        .await
        .unwrap()
    }

    async fn in_history(&self, job: JobId) -> bool {
        self.tables(job).await.iter().all(|table| !table.ends_with("_current"))
    }

    /// Tables of months.
    async fn months(&self) -> i64 {
        sql::query_scalar(
            "SELECT count(*) FROM pg_inherits
             WHERE inhparent IN ('job'::regclass, 'job_step'::regclass)
               AND inhrelid::regclass::text !~ '_current$'",
        )
        .fetch_one(&mut self.owner().await)
        .await
        .unwrap()
    }

    /// The dead letter of a job's step.
    async fn letter(&self, job: JobId) -> DeadLetterId {
        let mut tx = self.db.tenant(&self.alpha).await.unwrap();
        let all = dead_letter::DeadLetterFilter::default();
        let letters = dead_letter::list(&mut tx, &all, None, 10).await.unwrap();
        letters.iter().find(|letter| letter.job_id == Some(job)).unwrap().dead_letter_id
    }

    async fn listed(&self) -> Vec<JobId> {
        let mut tx = self.db.tenant(&self.alpha).await.unwrap();
        let jobs = jobs::list(&mut tx, &JobFilter::default(), None, 10).await.unwrap();
        jobs.iter().map(|job| job.job_id).collect()
    }
}

/// Kind `fails`: nobody answers it until `works` is set.
fn fails_until(works: &Arc<AtomicBool>) -> impl jobs::StepKind + use<> {
    let works = works.clone();
    step("fails", move |_| {
        let works = works.load(Ordering::SeqCst);
        Box::pin(async move {
            let gone = StepError::transient(ErrorCode::SourceUnavailable, "nobody answers");
            if works { Ok(StepDone::default()) } else { Err(gone) }
        })
    })
}

#[tokio::test]
async fn finished_jobs_move_to_their_month_and_are_dropped_with_it() {
    let bench = Bench::new().await;
    let registry = || Registry::new().with(nothing("fine"));
    let (old, kept) =
        (bench.submit([NewStep::new("fine")]).await, bench.submit([NewStep::new("fine")]).await);
    bench.run(registry()).await;
    let young = bench.submit([NewStep::new("fine")]).await;
    bench.run(registry()).await;
    let waiting = bench.submit([NewStep::new("fine")]).await;
    // All of its month is older than ninety days; of the other's nothing is.
    bench.age(old, 90 + 32).await;
    bench.age(kept, 40).await;
    bench
        .keep_history(90, "the old job to be dropped", async || {
            bench.in_history(kept).await && bench.tables(old).await.is_empty()
        })
        .await;
    assert_eq!(bench.months().await, 2, "one for jobs, one for steps");
    assert_eq!(bench.tables(young).await, ["job_current", "job_step_current"]);
    assert_eq!(bench.listed().await, [waiting, young, kept]);
    let job = bench.job(kept).await;
    assert_eq!((job.summary.state, job.steps.len()), (JobState::Succeeded, 1));
    let cancelled = {
        let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
        control::cancel(&mut tx, kept).await
    };
    assert!(matches!(cancelled, Err(ControlError::Finished)));
    bench.run(registry()).await;
    assert_eq!(bench.job(waiting).await.summary.state, JobState::Succeeded);
    let steps: i64 = sql::query_scalar("SELECT count(*) FROM job_step")
        .fetch_one(&mut bench.owner().await)
        .await
        .unwrap();
    assert_eq!(steps, 3);
}

#[tokio::test]
async fn what_failed_comes_back_from_history_to_run_again() {
    let bench = Bench::new().await;
    let works = Arc::new(AtomicBool::new(false));
    let registry = || Registry::new().with(fails_until(&works)).with(nothing("fine"));
    let steps = || {
        let fails = NewStep::new("fails").max_attempts(1);
        [
            NewStep::new("fine").key("before"),
            fails.needs("before"),
            NewStep::new("fine").key("after").needs("fails"),
        ]
    };
    let of_key = || NewJob { unique_key: Some("key".to_owned()), ..job(steps()) };
    let retried = bench.submit(steps()).await;
    let redriven = bench.submit_as(&bench.alpha, of_key()).await.job_id;
    bench.run(registry()).await;
    let before = [bench.job(retried).await, bench.job(redriven).await];
    for (job, days) in [(retried, 2), (redriven, 45)] {
        bench.age(job, days).await;
    }
    bench
        .keep_history(90, "history", async || {
            bench.in_history(retried).await && bench.in_history(redriven).await
        })
        .await;

    // A newer one with its key is live, which those in history are not.
    let newer = bench.submit_as(&bench.alpha, of_key()).await;
    assert!(!newer.existing);
    let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
    let refused = control::retry(&mut tx, redriven).await;
    assert!(matches!(refused, Err(ControlError::Replaced)), "{refused:?}");
    drop(tx);
    let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
    control::cancel(&mut tx, newer.job_id).await.unwrap();
    tx.commit().await.unwrap();

    works.store(true, Ordering::SeqCst);
    let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
    assert_eq!(control::retry(&mut tx, retried).await.unwrap(), JobState::Running);
    let letter = bench.letter(redriven).await;
    dead_letter::redrive(&mut tx, letter).await.unwrap();
    tx.commit().await.unwrap();
    for job in [retried, redriven] {
        assert_eq!(bench.tables(job).await, ["job_current", "job_step_current"]);
    }
    bench.run(registry()).await;
    for before in before {
        let job = bench.job(before.summary.job_id).await;
        assert_eq!(job.summary.state, JobState::Succeeded, "{:?}", states(&job));
        let ids = |job: &jobs::JobView| job.steps.iter().map(|s| s.step_id).collect::<Vec<_>>();
        assert_eq!(ids(&job), ids(&before));
    }
}

#[tokio::test]
async fn a_month_that_somebody_reads_is_dropped_in_a_later_round() {
    let bench = Bench::new().await;
    let old = bench.submit([NewStep::new("fine")]).await;
    bench.run(Registry::new().with(nothing("fine"))).await;
    bench.age(old, 90 + 32).await;
    bench.keep_history(1_000, "history", async || bench.in_history(old).await).await;

    let mut reader = bench.owner().await;
    let mut reading = reader.begin().await.unwrap();
    let read: i64 =
        sql::query_scalar("SELECT count(*) FROM job").fetch_one(&mut *reading).await.unwrap();
    assert_eq!(read, 1);
    // The round gives up, and what it does after the months shows that it has.
    for text in [
        "INSERT INTO schedule (tenant_id, schedule_id, name, job_kind, cron, time_zone)
         SELECT tenant_id, job_id, 'n', 'k', '* * * * *', 'UTC' FROM job",
        "INSERT INTO schedule_run (tenant_id, schedule_id, slot_at, outcome, settled_at)
         SELECT tenant_id, job_id, now(), 'refused', now() - interval '100 days' FROM job",
    ] {
        bench.execute(text.to_owned()).await;
    }
    let runs = async || {
        let runs: i64 = sql::query_scalar("SELECT count(*) FROM schedule_run")
            .fetch_one(&mut bench.owner().await)
            .await
            .unwrap();
        runs == 0
    };
    bench.keep_history(90, "the rest of the round", runs).await;
    assert_eq!(bench.months().await, 2);
    reading.rollback().await.unwrap();
    bench.keep_history(90, "the month to be dropped", async || bench.months().await == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_meets_a_job_that_is_being_moved_asks_again() {
    let bench = Bench::new().await;
    let works = Arc::new(AtomicBool::new(false));
    let registry = Registry::new().with(fails_until(&works));
    let job = bench.submit([NewStep::new("fails").max_attempts(1)]).await;
    bench.run(registry).await;
    let mut mover = bench.owner().await;
    let mut moving = mover.begin().await.unwrap();
    for text in [
        "SELECT ensure_job_month('2026-03-01')",
        "UPDATE job_step SET month = '2026-03-01'",
        "UPDATE job SET month = '2026-03-01'",
    ] {
        sql::query(text).execute(&mut *moving).await.unwrap();
    }
    let letter = bench.letter(job).await;
    let retry = async {
        let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
        control::retry(&mut tx, job).await
    };
    let redrive = async {
        let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
        dead_letter::redrive(&mut tx, letter).await
    };
    let moved = async {
        until("both to wait", async || {
            let waiting: i64 = sql::query_scalar(
                "SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'",
            )
            .fetch_one(&mut bench.owner().await)
            .await
            .unwrap();
            (waiting == 2).then_some(())
        })
        .await;
        moving.commit().await.unwrap();
    };
    let (retried, redriven, ()) = tokio::join!(retry, redrive, moved);
    assert!(matches!(retried, Err(ControlError::Db(DbError::Conflict(_)))), "{retried:?}");
    assert!(matches!(redriven, Err(RedriveError::Db(DbError::Conflict(_)))), "{redriven:?}");

    let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
    assert_eq!(control::retry(&mut tx, job).await.unwrap(), JobState::Running);
    tx.commit().await.unwrap();
    assert_eq!(bench.tables(job).await, ["job_current", "job_step_current"]);
}

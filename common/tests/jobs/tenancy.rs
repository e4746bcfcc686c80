//! What one tenant does is not there for another.

use common::db::sql;
use common::jobs::{self, ControlError, JobFilter, JobPosition, JobState, NewStep, Registry};

use crate::support::{Bench, job, nothing};

#[tokio::test]
async fn another_tenants_job_is_as_unknown_as_none() {
    let bench = Bench::new().await;
    let of_beta = bench.submit_as(&bench.beta, job([NewStep::new("a")])).await.job_id;
    let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
    assert!(jobs::show(&mut tx, of_beta).await.unwrap().is_none());
    assert!(matches!(jobs::cancel(&mut tx, of_beta).await, Err(ControlError::NotFound)));
    assert!(jobs::list(&mut tx, &JobFilter::default(), None, 10).await.unwrap().is_empty());
    let mut tx = bench.db.tenant(&bench.beta).await.unwrap();
    assert_eq!(jobs::list(&mut tx, &JobFilter::default(), None, 10).await.unwrap().len(), 1);
}

#[expect(clippy::disallowed_methods, reason = "looks from outside every door")]
#[tokio::test]
async fn the_worker_role_sees_queues_and_nothing_else() {
    let bench = Bench::new().await;
    bench.submit_as(&bench.beta, job([NewStep::new("a")])).await;
    bench.submit([NewStep::new("a")]).await;
    let mut tx = bench.db.worker().await.unwrap();
    let steps: i64 =
        sql::query_scalar("SELECT count(*) FROM job_step").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(steps, 2, "of both tenants");
    for table in ["property", "event", "customer", "connection"] {
        let mut tx = bench.db.worker().await.unwrap();
        let refused: Result<i64, _> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
                .fetch_one(tx.conn())
                .await;
        assert!(refused.is_err(), "the claimer can read {table}");
    }
}

#[tokio::test]
async fn pages_of_jobs_have_no_gap_and_no_repeat_while_new_ones_come() {
    let bench = Bench::new().await;
    let mut expected = Vec::new();
    for _ in 0..7 {
        expected.push(bench.submit([NewStep::new("a")]).await);
    }
    expected.reverse();
    let filter = JobFilter { kind: Some("test".to_owned()), state: Some(JobState::Pending) };
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
        let page = jobs::list(&mut tx, &filter, after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(JobPosition { created_at: last.created_at, job_id: last.job_id });
        seen.extend(page.iter().map(|job| job.job_id));
        bench.submit([NewStep::new("a")]).await;
    }
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_suspended_tenants_jobs_wait() {
    let bench = Bench::new().await;
    let waiting = bench.submit([NewStep::new("a")]).await;
    let of_beta = bench.submit_as(&bench.beta, job([NewStep::new("a")])).await.job_id;
    let set = async |state: &str| {
        sql::query("UPDATE tenant SET state = $1 WHERE slug = 'alpha'")
            .bind(state)
            .execute(&mut bench.owner().await)
            .await
            .unwrap();
    };
    let run = async || bench.run(Registry::new().with(nothing("a"))).await;
    set("suspended").await;
    run().await;
    assert_eq!(bench.job(waiting).await.summary.state, JobState::Pending);
    let mut tx = bench.db.tenant(&bench.beta).await.unwrap();
    let other = jobs::show(&mut tx, of_beta).await.unwrap().unwrap();
    assert_eq!(other.summary.state, JobState::Succeeded, "others go on");
    set("active").await;
    run().await;
    assert_eq!(bench.job(waiting).await.summary.state, JobState::Succeeded);
}

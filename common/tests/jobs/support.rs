//! A bench to run jobs on: a database, steps made of closures, and waiting without guessing.

use std::time::{Duration, Instant};

use common::db::{Db, DbOptions, TenantTx, sql};
use common::jobs::{
    self, JobView, NewJob, NewStep, Registry, StepContext, StepDone, StepError, StepKind,
    StepState, Submitted, Worker, WorkerOptions,
};
use common::kernel::{Backoff, JobId, Secret, TenantScope};
use futures_util::future::BoxFuture;
use serde_json::json;
use sqlx::postgres::PgConnection;
use testkit::TestDb;
use testkit::db::ServiceLogin;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Longer than anything that works takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

pub type Outcome = Result<StepDone, StepError>;

/// A step kind made of a closure.
pub struct Step<F> {
    name: &'static str,
    run: F,
}

pub fn step<F>(name: &'static str, run: F) -> Step<F>
where
    F: for<'a> Fn(&'a StepContext) -> BoxFuture<'a, Outcome> + Send + Sync + 'static,
{
    Step { name, run }
}

/// A step kind that succeeds at once.
pub fn nothing(name: &'static str) -> impl StepKind {
    step(name, |_| Box::pin(async { Ok(StepDone::default()) }))
}

#[async_trait::async_trait]
impl<F> StepKind for Step<F>
where
    F: for<'a> Fn(&'a StepContext) -> BoxFuture<'a, Outcome> + Send + Sync + 'static,
{
    fn kind(&self) -> &'static str {
        self.name
    }

    async fn run(&self, context: &StepContext) -> Outcome {
        (self.run)(context).await
    }
}

/// A worker that runs beside the test. Dropping it is the in-process form of `kill -9`.
pub struct Running {
    task: JoinSet<()>,
    stop: CancellationToken,
}

impl Running {
    pub async fn stop(mut self) {
        self.stop.cancel();
        self.task.join_next().await.expect("a worker").expect("a clean end");
    }
}

pub struct Bench {
    pub test: TestDb,
    pub db: Db,
    pub alpha: TenantScope,
    pub beta: TenantScope,
}

impl Bench {
    pub async fn new() -> Self {
        let test = TestDb::new().await;
        let db = test.connect(ServiceLogin::Data).await;
        let (alpha, beta) = (test.alpha(), test.beta());
        let bench = Self { test, db, alpha, beta };
        for scope in [&bench.alpha, &bench.beta] {
            let mut tx = bench.db.tenant(scope).await.unwrap();
            let tenant = tx.tenant();
            sql::query(
                "INSERT INTO property (tenant_id, property_id, dataset) VALUES ($1, 1, 'd')",
            )
            .bind(tenant)
            .execute(tx.conn())
            .await
            .unwrap();
            tx.commit().await.unwrap();
        }
        bench
    }

    pub fn options(&self) -> WorkerOptions {
        WorkerOptions {
            lease: Duration::from_secs(2),
            poll: Duration::from_millis(50),
            backoff: Backoff { base: Duration::from_millis(1), cap: Duration::from_millis(10) },
            ..WorkerOptions::new("test")
        }
    }

    pub fn worker(&self, registry: Registry, options: WorkerOptions) -> Worker {
        let url = Secret::new(self.test.login_url(ServiceLogin::Data));
        Worker::new(self.db.clone(), DbOptions::new(url), registry, options)
    }

    pub fn start(&self, registry: Registry, options: WorkerOptions) -> Running {
        let worker = self.worker(registry, options);
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let mut task = JoinSet::new();
        task.spawn(async move { worker.run(stopped).await.expect("a heartbeat") });
        Running { task, stop }
    }

    pub async fn run(&self, registry: Registry) {
        self.worker(registry, self.options()).run_until_idle().await.expect("a heartbeat");
    }

    pub async fn submit_as(&self, scope: &TenantScope, job: NewJob) -> Submitted {
        let mut tx = self.db.tenant(scope).await.unwrap();
        let submitted = jobs::submit(&mut tx, job).await.unwrap();
        tx.commit().await.unwrap();
        submitted
    }

    pub async fn submit(&self, steps: impl IntoIterator<Item = NewStep>) -> JobId {
        self.submit_as(&self.alpha, job(steps)).await.job_id
    }

    pub async fn job(&self, id: JobId) -> JobView {
        let mut tx = self.db.tenant(&self.alpha).await.unwrap();
        jobs::show(&mut tx, id).await.unwrap().expect("a job")
    }

    pub async fn until_job(&self, id: JobId, what: &str, is: impl Fn(&JobView) -> bool) -> JobView {
        until(what, async || Some(self.job(id).await).filter(&is)).await
    }

    pub async fn until_finished(&self, id: JobId) -> JobView {
        self.until_job(id, "the job to finish", |job| job.summary.state.finished()).await
    }

    /// A connection that sees everything.
    pub async fn owner(&self) -> PgConnection {
        <PgConnection as sqlx::Connection>::connect(self.test.owner_url()).await.unwrap()
    }

    /// As the owner of the schema.
    #[expect(clippy::disallowed_methods, reason = "a test's own text, from outside every door")]
    pub async fn execute(&self, text: String) {
        sqlx::query(sqlx::AssertSqlSafe(text)).execute(&mut self.owner().await).await.unwrap();
    }

    /// The plan of a claim for steps of kind `x` that was really run, as the worker's role.
    pub async fn explain_claim(&self) -> serde_json::Value {
        const EXPLAINED: &str = concat!(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ",
            include_str!("../../src/jobs/claim.sql")
        );
        let mut tx = self.db.worker().await.unwrap();
        let plan: sqlx::types::Json<serde_json::Value> = sql::query_scalar(EXPLAINED)
            .bind(vec!["x".to_owned()])
            .bind(vec![uuid::Uuid::new_v4()])
            .bind("test")
            .bind(30.0)
            .fetch_one(tx.conn())
            .await
            .unwrap();
        plan.0
    }

    /// How often [`effect`] was committed for alpha.
    pub async fn effects(&self) -> i64 {
        let mut tx = self.db.tenant(&self.alpha).await.unwrap();
        sql::query_scalar("SELECT version FROM property").fetch_one(tx.conn()).await.unwrap()
    }
}

pub fn job(steps: impl IntoIterator<Item = NewStep>) -> NewJob {
    NewJob {
        kind: "test".to_owned(),
        unique_key: None,
        parameters: json!({}),
        requested_by: "test".to_owned(),
        steps: steps.into_iter().collect(),
    }
}

/// Writes something that can be counted.
pub async fn effect(tx: &mut TenantTx) {
    sql::query("UPDATE property SET version = version + 1").execute(tx.conn()).await.unwrap();
}

/// Asks again until there is an answer.
pub async fn until<T>(what: &str, probe: impl AsyncFn() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(answer) = probe().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited too long for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The states of the steps by label.
pub fn states(job: &JobView) -> Vec<(&str, StepState)> {
    job.steps.iter().map(|step| (step.label.as_str(), step.state)).collect()
}

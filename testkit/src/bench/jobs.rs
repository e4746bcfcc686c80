//! `bench jobs`: claims and completions beside pgbench on the same cluster, and how soon a step that
//! comes alone is started. Fencing, caps and fairness are what they always are.

use std::collections::HashMap;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use common::db::{Db, DbOptions};
use common::jobs::control::{Share, set_share};
use common::jobs::{
    self, NewJob, NewStep, Registry, StepContext, StepDone, StepError, StepKind, Worker,
    WorkerOptions,
};
use common::kernel::{JobId, Secret, TenantScope};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::requests::rounded;
use crate::db::{PrivateDb, ServiceLogin};
use crate::postgres::{Binaries, Profile};

/// Steps of each of the two tenants that are worked off.
const QUEUED: usize = 10_000;
const WORKERS: usize = 2;
const CONCURRENCY: usize = 8;
const CLIENTS: &str = "8";
const SECONDS: u64 = 10;
/// Jobs submitted one by one while the pickup is measured, after some while the workers begin to
/// listen.
const ARRIVALS: u32 = 1_000;
const WARM_UP: u32 = 200;
const ARRIVE_EVERY: Duration = Duration::from_millis(10);

/// # Errors
/// When anything does not work.
pub async fn run() -> anyhow::Result<()> {
    let db = PrivateDb::with_profile(Profile::Durable).await?;
    let floor = pgbench(&db)?;
    println!("{}", json!({ "measure": "pgbench", "clients": 8, "tps": floor.round() }));
    let pool = connect(&db).await?;
    let (steps, took) = throughput(&db, &pool).await?;
    let per_second = 2.0 * steps as f64 / took.as_secs_f64();
    println!(
        "{}",
        json!({
            "measure": "claims_and_completions", "steps": steps,
            "seconds": rounded(took.as_secs_f64()), "per_second": per_second.round(),
            "ratio_to_pgbench": rounded(per_second / floor),
        })
    );
    let mut waited = pickup(&db, &pool).await?;
    waited.sort_unstable();
    let at = |percent: usize| {
        let index = (waited.len() * percent / 100).min(waited.len().saturating_sub(1));
        rounded(waited.get(index).copied().unwrap_or_default().as_secs_f64() * 1_000.0)
    };
    println!(
        "{}",
        json!({
            "measure": "pickup", "jobs": waited.len(), "per_second": 100, "p50_ms": at(50),
            "p95_ms": at(95), "p99_ms": at(99),
        })
    );
    Ok(())
}

async fn connect(db: &PrivateDb) -> anyhow::Result<Db> {
    Ok(Db::connect(&DbOptions::new(Secret::new(db.direct_url(ServiceLogin::Data)))).await?)
}

/// Transactions a second of the built-in script.
fn pgbench(db: &PrivateDb) -> anyhow::Result<f64> {
    let program = Binaries::find()?.program("pgbench");
    let url = db.owner_url();
    let prepared = Command::new(&program).args(["-i", "-q", "-s", "10", &url]).output()?;
    if !prepared.status.success() {
        bail!("pgbench -i: {}", String::from_utf8_lossy(&prepared.stderr));
    }
    let seconds = SECONDS.to_string();
    let arguments = ["-n", "-c", CLIENTS, "-j", "2", "-T", &seconds, &url];
    let output = Command::new(&program).args(arguments).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let tps = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
    tps.and_then(|tps| tps.parse().ok()).with_context(|| format!("pgbench said:\n{text}"))
}

/// What a step did: when each was started, by its job.
type Started = Arc<Mutex<HashMap<JobId, Instant>>>;

struct Note(Started);

#[async_trait::async_trait]
impl StepKind for Note {
    fn kind(&self) -> &'static str {
        "note"
    }

    async fn run(&self, context: &StepContext) -> Result<StepDone, StepError> {
        let mut started = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        started.entry(context.job_id()).or_insert_with(Instant::now);
        drop(started);
        Ok(StepDone::default())
    }
}

struct Workers {
    tasks: JoinSet<Result<(), std::io::Error>>,
    stop: CancellationToken,
}

impl Workers {
    async fn start(db: &PrivateDb, started: &Started) -> anyhow::Result<Self> {
        let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
        for number in 0..WORKERS {
            let options = WorkerOptions {
                concurrency: CONCURRENCY,
                ..WorkerOptions::new(format!("bench {number}"))
            };
            let database = DbOptions::new(Secret::new(db.direct_url(ServiceLogin::Data)));
            let registry = Registry::new().with(Note(started.clone()));
            let worker = Worker::new(connect(db).await?, database, registry, options);
            tasks.spawn(worker.run(stop.clone()));
        }
        Ok(Self { tasks, stop })
    }

    async fn stop(mut self) -> anyhow::Result<()> {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended??;
        }
        Ok(())
    }
}

async fn submit(pool: &Db, scope: &TenantScope, steps: usize) -> anyhow::Result<JobId> {
    let mut tx = pool.tenant(scope).await?;
    let job = NewJob {
        kind: "bench".to_owned(),
        unique_key: None,
        parameters: json!({}),
        requested_by: "bench".to_owned(),
        steps: (0..steps).map(|n| NewStep::new("note").key(n.to_string())).collect(),
    };
    let submitted = jobs::submit(&mut tx, job).await?;
    tx.commit().await?;
    Ok(submitted.job_id)
}

async fn finished(pool: &Db, scope: &TenantScope, job: JobId) -> anyhow::Result<bool> {
    let mut tx = pool.tenant(scope).await?;
    let state: String = common::db::sql::query_scalar("SELECT state FROM job WHERE job_id = $1")
        .bind(job.uuid())
        .fetch_one(tx.conn())
        .await?;
    Ok(state == "succeeded")
}

/// Works off what two tenants queued.
async fn throughput(db: &PrivateDb, pool: &Db) -> anyhow::Result<(usize, Duration)> {
    let mut waiting = Vec::new();
    for scope in [db.alpha(), db.beta()] {
        let mut tx = pool.tenant(&scope).await?;
        set_share(&mut tx, Share { slots: Some(32), weight: None }).await?;
        tx.commit().await?;
        for _ in 0..QUEUED / jobs::MAX_SUBMITTED_STEPS {
            let job = submit(pool, &scope, jobs::MAX_SUBMITTED_STEPS).await?;
            waiting.push((scope.clone(), job));
        }
    }
    let steps = waiting.len() * jobs::MAX_SUBMITTED_STEPS;
    let begun = Instant::now();
    let workers = Workers::start(db, &Started::default()).await?;
    while let Some((scope, job)) = waiting.last() {
        if finished(pool, scope, *job).await? {
            waiting.pop();
        } else {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    let took = begun.elapsed();
    workers.stop().await?;
    Ok((steps, took))
}

/// From the commit of a job to the start of its step, a hundred a second.
async fn pickup(db: &PrivateDb, pool: &Db) -> anyhow::Result<Vec<Duration>> {
    let started = Started::default();
    let workers = Workers::start(db, &started).await?;
    let mut submitted = Vec::new();
    let mut tick = tokio::time::interval(ARRIVE_EVERY);
    for number in 0..WARM_UP + ARRIVALS {
        tick.tick().await;
        let scope = if number.is_multiple_of(2) { db.alpha() } else { db.beta() };
        let job = submit(pool, &scope, 1).await?;
        submitted.push((job, Instant::now()));
    }
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let known = started.lock().unwrap_or_else(PoisonError::into_inner).len();
        if known == submitted.len() {
            break;
        }
        if Instant::now() > deadline {
            bail!("{known} of {} jobs were started", submitted.len());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    workers.stop().await?;
    let started = started.lock().unwrap_or_else(PoisonError::into_inner);
    let measured = submitted.iter().skip(WARM_UP as usize);
    let waited = measured.filter_map(|(job, committed)| {
        // The notification may be quicker than the answer to the commit.
        started.get(job).map(|at| at.saturating_duration_since(*committed))
    });
    Ok(waited.collect())
}

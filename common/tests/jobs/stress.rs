//! The database goes away, connections break, someone else holds rows: no step is lost, none
//! takes effect twice.

use std::time::Duration;

use common::db::{Db, DbOptions, sql};
use common::jobs::{self, NewStep, Registry, StepDone, Worker, WorkerOptions};
use common::kernel::{Backoff, JobId, Secret, TenantScope};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use testkit::db::{PrivateDb, ServiceLogin};
use testkit::proxy::FaultProxy;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::support::{Bench, effect, job, nothing, step, until};

const STEPS: usize = 80;

fn options(name: &str) -> WorkerOptions {
    WorkerOptions {
        lease: Duration::from_secs(2),
        poll: Duration::from_millis(50),
        backoff: Backoff { base: Duration::from_millis(10), cap: Duration::from_millis(100) },
        ..WorkerOptions::new(name)
    }
}

/// A step of some milliseconds with one effect.
fn registry() -> Registry {
    Registry::new().with(step("count", |context| {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(40)).await;
            let mut tx = context.fenced().await?;
            sql::query("UPDATE property SET version = version + 1").execute(tx.conn()).await?;
            Ok(StepDone::with_tx(tx, json!({})))
        })
    }))
}

/// Steps that may be tried as often as they like.
fn steps() -> impl Iterator<Item = NewStep> {
    (0..STEPS).map(|n| NewStep::new("count").key(n.to_string()).max_attempts(1_000))
}

struct Workers {
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

impl Workers {
    async fn start(url: &str, count: usize) -> Self {
        let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
        for number in 0..count {
            let database = DbOptions {
                acquire_timeout: Duration::from_secs(2),
                ..DbOptions::new(Secret::new(url.to_owned()))
            };
            let db = Db::connect(&database).await.unwrap();
            let worker = Worker::new(db, database, registry(), options(&format!("w{number}")));
            let stop = stop.clone();
            tasks.spawn(async move { worker.run(stop).await.unwrap() });
        }
        Self { tasks, stop }
    }

    async fn stop(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
    }
}

/// What must hold in the end, whatever happened before.
async fn assert_once(owner_url: &str, job: JobId) {
    let mut owner = PgConnection::connect(owner_url).await.unwrap();
    let owner = tokio::sync::Mutex::new(&mut owner);
    until("the job to finish", async || {
        let state: String = sql::query_scalar("SELECT state FROM job WHERE job_id = $1")
            .bind(job.uuid())
            .fetch_one(&mut **owner.lock().await)
            .await
            .unwrap();
        (state == "succeeded").then_some(())
    })
    .await;
    let seen: (i64, i64, i64, i64) = sql::query_as(
        "SELECT (SELECT count(*) FROM job_step WHERE state = 'done'),
                (SELECT sum(version)::bigint FROM property), (SELECT count(*) FROM lease),
                (SELECT count(step_id) FROM tenant_slot)",
    )
    .fetch_one(&mut **owner.lock().await)
    .await
    .unwrap();
    let all = i64::try_from(STEPS).unwrap();
    assert_eq!(seen, (all, all, 0, 0), "steps done, effects, leases and slots left");
}

async fn submit(db: &Db, scope: &TenantScope) -> JobId {
    let mut tx = db.tenant(scope).await.unwrap();
    let submitted = jobs::submit(&mut tx, job(steps())).await.unwrap();
    tx.commit().await.unwrap();
    submitted.job_id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_and_a_crash_of_postgres_lose_and_double_nothing() {
    let mut server = PrivateDb::start().await.unwrap();
    let url = server.login_url(ServiceLogin::Data);
    let db = Db::connect(&DbOptions::new(Secret::new(url.clone()))).await.unwrap();
    let mut tx = db.tenant(&server.alpha()).await.unwrap();
    let tenant = tx.tenant();
    sql::query("INSERT INTO property (tenant_id, property_id, dataset) VALUES ($1, 1, 'd')")
        .bind(tenant)
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let job = submit(&db, &server.alpha()).await;
    db.close().await;
    let workers = Workers::start(&url, 2).await;
    for (crash, until_done) in [(false, 10), (true, 35)] {
        reached(&server.owner_url(), until_done).await;
        server.restart(crash).await.unwrap();
    }
    assert_once(&server.owner_url(), job).await;
    workers.stop().await;
}

/// Waits until so many steps are done.
async fn reached(owner_url: &str, steps: i64) {
    let mut owner = PgConnection::connect(owner_url).await.unwrap();
    let owner = tokio::sync::Mutex::new(&mut owner);
    until("some steps to be done", async || {
        let done: i64 = sql::query_scalar("SELECT count(*) FROM job_step WHERE state = 'done'")
            .fetch_one(&mut **owner.lock().await)
            .await
            .unwrap();
        (done >= steps).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_and_still_connections_lose_and_double_nothing() {
    let bench = Bench::new().await;
    let url = bench.test.login_url(ServiceLogin::Data);
    let proxy = FaultProxy::in_front_of(&url).await.unwrap();
    let job = submit(&bench.db, &bench.alpha).await;
    let workers = Workers::start(&proxy.url(&url), 2).await;
    for round in 1..=8 {
        reached(bench.test.owner_url(), round * 8).await;
        if round % 4 == 0 {
            // Longer than a lease: the janitor of a worker that comes through takes steps back.
            proxy.hold(true);
            tokio::time::sleep(Duration::from_millis(2_500)).await;
            proxy.hold(false);
        }
        proxy.cut();
    }
    assert_once(bench.test.owner_url(), job).await;
    workers.stop().await;
}

#[tokio::test]
async fn rows_that_someone_holds_keep_nobody_from_the_others() {
    let bench = Bench::new().await;
    let held = bench.submit([NewStep::new("x").label("held")]).await;
    let pending = bench.submit([NewStep::new("x").label("of a held job")]).await;
    let free = bench.submit((0..20).map(|n| NewStep::new("x").key(n.to_string()))).await;
    let mut owner = bench.owner().await;
    let mut holding = owner.begin().await.unwrap();
    sql::query("SELECT FROM job_step WHERE job_id = $1 FOR UPDATE")
        .bind(held.uuid())
        .execute(&mut *holding)
        .await
        .unwrap();
    sql::query("SELECT FROM job WHERE job_id = $1 FOR NO KEY UPDATE")
        .bind(pending.uuid())
        .execute(&mut *holding)
        .await
        .unwrap();
    let worker = bench.start(Registry::new().with(nothing("x")), bench.options());
    bench.until_finished(free).await;
    assert_eq!(bench.job(held).await.steps[0].attempts, 0);
    holding.rollback().await.unwrap();
    for job in [held, pending] {
        bench.until_finished(job).await;
    }
    worker.stop().await;
}

#[tokio::test]
async fn an_idle_worker_starts_what_comes_at_once() {
    let bench = Bench::new().await;
    // It would not look by itself for a long time.
    let options = WorkerOptions { poll: Duration::from_secs(600), ..bench.options() };
    let worker = bench.start(Registry::new().with(nothing("x")), options);
    for _ in 0..3 {
        let id = bench.submit([NewStep::new("x"), NewStep::new("x").key("y").needs("x")]).await;
        bench.until_finished(id).await;
    }
    worker.stop().await;
}

#[tokio::test]
async fn a_million_finished_steps_do_not_slow_a_claim() {
    let bench = Bench::new().await;
    let mut tx = bench.db.tenant(&bench.alpha).await.unwrap();
    effect(&mut tx).await;
    drop(tx);
    let id = bench.submit([NewStep::new("x"), NewStep::new("x").key("y")]).await;
    bench
        .execute(format!(
            "INSERT INTO job_step (tenant_id, step_id, job_id, kind, label, state)
             SELECT '{tenant}', lpad(to_hex(n), 32, '0')::uuid, '{id}', 'x', 'x', 'done'
             FROM generate_series(1, 1000000) AS n",
            tenant = bench.alpha.tenant_id()
        ))
        .await;
    // As many of a month before, in a table of its own that the claim does not even open.
    bench.execute("SELECT ensure_job_month('2026-01-01')".to_owned()).await;
    bench
        .execute(format!(
            "INSERT INTO job_step (tenant_id, step_id, job_id, kind, label, state, month)
             SELECT '{tenant}', ('f' || lpad(to_hex(n), 31, '0'))::uuid, '{id}', 'x', 'x', 'done', '2026-01-01'
             FROM generate_series(1, 1000000) AS n",
            tenant = bench.alpha.tenant_id()
        ))
        .await;
    bench.execute("ANALYZE job_step".to_owned()).await;
    let plan = bench.explain_claim().await;
    let root = &plan[0]["Plan"];
    assert!(!plan.to_string().contains("_2026_01"), "{plan}");
    let scans = scans_of("job_step_current", root);
    assert!(!scans.is_empty());
    assert!(scans.iter().all(|scan| scan != "Seq Scan" && scan != "Bitmap Heap Scan"), "{scans:?}");
    let blocks = ["Shared Hit Blocks", "Shared Read Blocks"]
        .map(|key| root[key].as_i64().unwrap())
        .iter()
        .sum::<i64>();
    assert!(blocks < 400, "the claim looked at {blocks} blocks");
}

/// How a plan reads a table.
fn scans_of(table: &str, node: &serde_json::Value) -> Vec<String> {
    let mut scans = Vec::new();
    if node["Relation Name"] == table && node["Node Type"] != "ModifyTable" {
        scans.push(node["Node Type"].as_str().unwrap_or_default().to_owned());
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        scans.extend(scans_of(table, child));
    }
    scans
}

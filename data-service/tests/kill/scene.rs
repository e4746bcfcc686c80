//! A tenant with a BigQuery connection, a generated shop behind it, and workers to kill.

use std::collections::{BTreeSet, HashSet};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::db::{Db, sql};
use common::kernel::{DateRange, JobId, Secret, TenantScope};
use data_service::app::submit_job::{IngestRequest, JobRequest, submit_job};
use nix::unistd::Pid;
use serde_json::json;
use testkit::TestDb;
use testkit::bigquery::{Dataset, Route, Server};
use testkit::canary::logs;
use testkit::db::ServiceLogin;
use testkit::ga4::generator::Generator;
use uuid::Uuid;

const PROJECT: &str = "project";
const DATASET: &str = "analytics_1";

pub struct Scene {
    pub test: TestDb,
    pub db: Db,
    server: Server,
    shop: Generator,
    /// `list` or `query`.
    read: &'static str,
}

/// A worker process; dropping it is `kill -9`.
pub struct Worker(Child);

impl Worker {
    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.0.id()).unwrap())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Scene {
    pub async fn new(seed: u64) -> Self {
        Self::reading(seed, "list").await
    }

    /// The same days, read the one way or the other.
    pub async fn reading(seed: u64, read: &'static str) -> Self {
        let days = DateRange::new("2026-03-23".parse().unwrap(), "2026-03-30".parse().unwrap());
        let shop = Generator {
            sessions_per_day: 150,
            branches: 4,
            customers: 30,
            ..Generator::new(seed, days.unwrap())
        };
        let dataset = shop
            .tables()
            .into_iter()
            .fold(Dataset::new(PROJECT, DATASET), |set, (name, rows)| set.table(&name, rows));
        let server = Server::start(vec![dataset]).await.unwrap();
        // Small pages, so that there is something between them.
        server.set_paging(testkit::bigquery::Paging {
            max_rows: Some(100),
            ..testkit::bigquery::Paging::default()
        });
        let test = TestDb::new().await;
        let db = test.connect(ServiceLogin::Data).await;
        let scene = Self { test, db, server, shop, read };
        for scope in [scene.test.alpha(), scene.test.beta()] {
            scene.configure(&scope).await;
        }
        scene
    }

    async fn configure(&self, scope: &TenantScope) {
        let settings = json!({
            "time_zone": "Europe/Berlin",
            "currency": "EUR",
            "properties": [{
                "property_id": 1, "dataset": DATASET, "time_zone": "Europe/Berlin",
                "identity": { "branch": "branch", "customer": "customer_id" },
            }],
        });
        let key = Secret::new(self.server.service_account_key_json());
        let connection = json!({ "project": PROJECT, "location": "EU", "read": self.read });
        self.test.configure(scope, &settings, &connection, &key).await;
    }

    pub fn days(&self) -> usize {
        self.shop.days.iter().count()
    }

    /// Rows of all days at the source.
    pub fn rows(&self) -> usize {
        self.shop.days.iter().map(|day| self.shop.day(day).count()).sum()
    }

    pub fn worker(&self) -> Worker {
        self.worker_that_writes(logs::file("worker").map_or_else(Stdio::null, Stdio::from))
    }

    /// Its log goes to `log`.
    pub fn worker_that_writes(&self, log: Stdio) -> Worker {
        let crypto = TestDb::crypto();
        let mut command = Command::new(env!("CARGO_BIN_EXE_data-service"));
        command
            .arg("work")
            .env_clear()
            .env("FOOTFALL_DATABASE__URL", self.test.login_url(ServiceLogin::Data))
            .env("FOOTFALL_HTTP__WORKERS_BIND", "127.0.0.1:0")
            .env("FOOTFALL_CRYPTO__KEYS__TEST", crypto.keys["test"].expose())
            .env("FOOTFALL_CRYPTO__ACTIVE", "test")
            .env("FOOTFALL_BIGQUERY__BASE_URL", self.server.base_url())
            .env("FOOTFALL_BIGQUERY__TOKEN_URIS", self.server.token_uri())
            .env("FOOTFALL_WORKERS__LEASE_MS", "2000")
            .env("FOOTFALL_WORKERS__POLL_MS", "50")
            .env("FOOTFALL_WORKERS__CONCURRENCY", "2")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        logs::tell_level(&mut command);
        Worker(command.spawn().unwrap())
    }

    /// Table and rows done of every day that a dead worker left behind in the middle; of a query its job instead of the
    /// table.
    pub async fn checkpoints(&self, scope: &TenantScope) -> Vec<(String, u64)> {
        let mut tx = self.db.tenant(scope).await.unwrap();
        let found: Vec<(String, Uuid, i64)> = sql::query_as(
            "SELECT checkpoint->'source'->>'table_name', (checkpoint->>'load')::uuid,
                    (checkpoint->'sums'->>'rows')::bigint
             FROM job_step
             WHERE kind = 'load_shard' AND state IN ('ready', 'running') AND checkpoint IS NOT NULL",
        )
        .fetch_all(tx.conn())
        .await
        .unwrap();
        let named = |(table, load, row): (String, Uuid, i64)| {
            let job = format!("footfall_{}", load.simple());
            (if self.read == "query" { job } else { table }, row.unsigned_abs())
        };
        found.into_iter().map(named).collect()
    }

    /// Table, or job, and row with which a stream of pages began.
    pub fn first_rows_asked_for(&self) -> HashSet<(String, u64)> {
        let requests = self.server.request_log();
        let begun = requests.iter().filter_map(|request| {
            let row = request.query("startIndex")?.parse().ok()?;
            let of = match request.route {
                Route::QueryResults => request.path.rsplit('/').next()?.to_owned(),
                _ => request.table.clone()?,
            };
            Some((of, row))
        });
        begun.collect()
    }

    /// Ids of the queries that were begun, trial runs aside.
    pub fn queries(&self) -> BTreeSet<String> {
        let requests = self.server.request_log().into_iter();
        let inserted = requests.filter(|request| request.route == Route::JobInsert);
        let id = |body: serde_json::Value| Some(body["jobReference"]["jobId"].as_str()?.to_owned());
        inserted.filter_map(|request| id(request.body?)).collect()
    }

    pub async fn submit(&self, scope: &TenantScope) -> JobId {
        let mut tx = self.db.tenant(scope).await.unwrap();
        let request = JobRequest::Ingest(IngestRequest::default());
        let submitted = submit_job(&mut tx, &request, "test".to_owned()).await.unwrap();
        tx.commit().await.unwrap();
        submitted.job_id
    }

    /// Asks for all days again, unchanged as they are.
    pub async fn reload(&self, scope: &TenantScope) {
        let mut tx = self.db.tenant(scope).await.unwrap();
        let request =
            JobRequest::Ingest(IngestRequest { reload: true, ..IngestRequest::default() });
        submit_job(&mut tx, &request, "test".to_owned()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Waits until no job of the tenant is alive.
    pub async fn until_idle(&self, scope: &TenantScope) {
        self.poll(async || {
            let mut tx = self.db.tenant(scope).await.unwrap();
            let live: i64 = sql::query_scalar(
                "SELECT count(*) FROM job WHERE state IN ('pending', 'running', 'paused')",
            )
            .fetch_one(tx.conn())
            .await
            .unwrap();
            (live == 0).then_some(())
        })
        .await;
    }

    async fn state(&self, scope: &TenantScope, job: JobId) -> String {
        let mut tx = self.db.tenant(scope).await.unwrap();
        sql::query_scalar("SELECT state FROM job WHERE job_id = $1")
            .bind(job.uuid())
            .fetch_one(tx.conn())
            .await
            .unwrap()
    }

    /// Waits until this many rows were staged or loaded, or the job is over.
    pub async fn until(&self, scope: &TenantScope, job: JobId, rows: i64) {
        self.poll(async || {
            let mut tx = self.db.tenant(scope).await.unwrap();
            let seen: i64 = sql::query_scalar(
                "SELECT (SELECT count(*) FROM event)
                   + (SELECT coalesce(sum((checkpoint -> 'sums' ->> 'staged')::bigint), 0)::bigint
                      FROM job_step WHERE state <> 'done')",
            )
            .fetch_one(tx.conn())
            .await
            .unwrap();
            drop(tx);
            let over = !matches!(self.state(scope, job).await.as_str(), "pending" | "running");
            (seen >= rows || over).then_some(())
        })
        .await;
    }

    /// Waits for the end of the job and answers its state.
    pub async fn finished(&self, scope: &TenantScope, job: JobId) -> String {
        self.poll(async || {
            let state = self.state(scope, job).await;
            (!matches!(state.as_str(), "pending" | "running")).then_some(state)
        })
        .await
    }

    pub async fn poll<T>(&self, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            assert!(begun.elapsed() < Duration::from_secs(120), "nothing happens any more");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub async fn row_hash(&self, scope: &TenantScope) -> String {
        let mut tx = self.db.tenant(scope).await.unwrap();
        let tenant = tx.tenant();
        sql::query_scalar(include_str!("../loading/row_hash.sql"))
            .bind(tenant)
            .fetch_one(tx.conn())
            .await
            .unwrap()
    }

    pub async fn revisions(&self, scope: &TenantScope) -> Vec<i32> {
        let mut tx = self.db.tenant(scope).await.unwrap();
        sql::query_scalar("SELECT revision FROM shard ORDER BY date")
            .fetch_all(tx.conn())
            .await
            .unwrap()
    }

    /// Loads left in staging.
    pub async fn staged(&self, scope: &TenantScope) -> i64 {
        let mut tx = self.db.tenant(scope).await.unwrap();
        sql::query_scalar("SELECT count(*) FROM staging.load").fetch_one(tx.conn()).await.unwrap()
    }
}

//! A tenant with a file server, and the engine that loads from it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::config::{CryptoSettings, NetSettings};
use common::crypto::Keyring;
use common::db::{Db, DbOptions, sql};
use common::jobs::{self, JobView, NewJob, NewStep, Registry, StepView, Worker, WorkerOptions};
use common::kernel::{Backoff, JobId, Secret, SystemClock, TenantScope};
use common::net::{BreakerSettings, Circuits, EgressPolicy};
use common::tenant_config::secret_place;
use data_service::app::master_data::MasterData;
use data_service::jobs::{LoadCustomers, LoadLocations};
use serde_json::{Value, json};
use testkit::TestDb;
use testkit::canary::SEALING_KEY;
use testkit::db::ServiceLogin;
use testkit::sshd::{KeyKind, Sshd};
use tokio_util::sync::CancellationToken;

pub struct Scene {
    pub test_db: TestDb,
    pub data: Db,
    pub server: Sshd,
    keyring: Keyring,
    /// How long a job may take.
    pub patience: Duration,
}

impl Scene {
    /// Alpha is connected to the server, beta is not.
    pub async fn new() -> Self {
        Self::with_format(json!({})).await
    }

    /// As [`Self::new`], with settings for the files of both feeds, and the `ending` of their names.
    pub async fn with_format(format: Value) -> Self {
        let test_db = TestDb::new().await;
        let data = test_db.connect(ServiceLogin::Data).await;
        let server = Sshd::temporary(&[KeyKind::Ed25519]).unwrap();
        let keys = BTreeMap::from([("test".to_owned(), Secret::new(STANDARD.encode(SEALING_KEY)))]);
        let settings = CryptoSettings { keys, active: "test".to_owned() };
        let keyring = Keyring::from_settings(&settings).unwrap();
        let patience = Duration::from_secs(120);
        let scene = Self { test_db, data, server, keyring, patience };
        scene.connect(&scene.alpha(), format).await;
        scene
    }

    pub fn alpha(&self) -> TenantScope {
        self.test_db.alpha()
    }

    pub fn beta(&self) -> TenantScope {
        self.test_db.beta()
    }

    /// Stores an SFTP connection as auth-service does.
    pub async fn connect(&self, scope: &TenantScope, format: Value) {
        let mut format = format;
        let waits = format.as_object_mut().unwrap();
        waits.entry("settle_seconds").or_insert(json!(0));
        let ending = waits.remove("ending").unwrap_or_else(|| json!(".csv"));
        let path = |feed: &str| format!("{feed}*{}", ending.as_str().unwrap());
        let settings = json!({
            "host": "127.0.0.1",
            "port": self.server.port(),
            "user": self.server.username(),
            "host_key_fingerprints": [self.server.fingerprint(KeyKind::Ed25519).unwrap()],
            "paths": { "customers": path("customers"), "locations": path("locations") },
            "formats": { "customers": format, "locations": format },
        });
        let key = Secret::new(self.server.client_key(KeyKind::Ed25519, "").unwrap());
        let place = secret_place(scope.tenant_id(), "sftp.private_key");
        let sealed = self.keyring.seal(&place, &key).unwrap();
        let secrets = json!({
            "private_key": { "sealed": sealed, "updated_at": "2026-01-01T00:00:00Z" },
        });
        let auth = self.test_db.connect(ServiceLogin::Auth).await;
        let mut tx = auth.tenant(scope).await.unwrap();
        let tenant = tx.tenant();
        sql::query(
            "INSERT INTO connection (tenant_id, kind, settings, secrets) VALUES ($1, 'sftp', $2, $3)
             ON CONFLICT (tenant_id, kind) DO UPDATE SET settings = $2, secrets = $3",
        )
        .bind(tenant)
        .bind(settings)
        .bind(secrets)
        .execute(tx.conn())
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    /// Takes one feed's path out of the connection.
    pub async fn without_path(&self, scope: &TenantScope, feed: &str) {
        let auth = self.test_db.connect(ServiceLogin::Auth).await;
        let mut tx = auth.tenant(scope).await.unwrap();
        let tenant = tx.tenant();
        let path = vec!["paths".to_owned(), feed.to_owned()];
        sql::query("UPDATE connection SET settings = settings #- $2 WHERE tenant_id = $1")
            .bind(tenant)
            .bind(path)
            .execute(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    pub fn worker(&self) -> Worker {
        let net =
            NetSettings { allow_private: vec!["127.0.0.1".to_owned()], ..NetSettings::default() };
        self.worker_with(EgressPolicy::new(&net))
    }

    pub fn worker_with(&self, egress: EgressPolicy) -> Worker {
        let clock = Arc::new(SystemClock);
        let servers = Circuits::new("sftp", BreakerSettings::default(), clock.clone());
        let master =
            MasterData::new(self.data.clone(), self.keyring.clone(), egress, servers, clock);
        let registry =
            Registry::new().with(LoadCustomers(master.clone())).with(LoadLocations(master));
        let heartbeat = DbOptions::new(Secret::new(self.test_db.login_url(ServiceLogin::Data)));
        let mut options = WorkerOptions::new("test");
        options.lease = Duration::from_secs(2);
        options.poll = Duration::from_millis(50);
        options.backoff =
            Backoff { base: Duration::from_millis(50), cap: Duration::from_millis(200) };
        Worker::new(self.data.clone(), heartbeat, registry, options)
    }

    pub async fn submit(&self, scope: &TenantScope, kinds: &[&str]) -> JobId {
        let mut tx = self.data.tenant(scope).await.unwrap();
        let job = NewJob {
            kind: "master_data".to_owned(),
            unique_key: None,
            parameters: json!({}),
            requested_by: "test".to_owned(),
            steps: kinds.iter().map(|kind| NewStep::new(kind)).collect(),
        };
        let submitted = jobs::submit(&mut tx, job).await.unwrap();
        tx.commit().await.unwrap();
        submitted.job_id
    }

    pub async fn show(&self, scope: &TenantScope, job: JobId) -> JobView {
        let mut tx = self.data.tenant(scope).await.unwrap();
        jobs::show(&mut tx, job).await.unwrap().unwrap()
    }

    /// Runs a job of one step until the step has ended.
    pub async fn run(&self, scope: &TenantScope, kind: &str) -> StepView {
        self.run_job(scope, &[kind]).await.steps.remove(0)
    }

    pub async fn run_job(&self, scope: &TenantScope, kinds: &[&str]) -> JobView {
        let job = self.submit(scope, kinds).await;
        self.work_until_ended(scope, job).await
    }

    /// A worker of its own works until the job has ended, however many attempts that takes.
    pub async fn work_until_ended(&self, scope: &TenantScope, job: JobId) -> JobView {
        let stop = CancellationToken::new();
        let watch = async {
            let patience = tokio::time::sleep(self.patience);
            tokio::pin!(patience);
            loop {
                let view = self.show(scope, job).await;
                if view.summary.state.finished() {
                    stop.cancel();
                    return view;
                }
                tokio::select! {
                    () = &mut patience => panic!("the job did not end: {view:?}"),
                    () = tokio::time::sleep(Duration::from_millis(50)) => {}
                }
            }
        };
        let (worked, view) = tokio::join!(self.worker().run(stop.clone()), watch);
        worked.unwrap();
        view
    }

    /// One number from a statement that takes the tenant as `$1`.
    pub async fn number(&self, scope: &TenantScope, statement: &'static str) -> i64 {
        let mut tx = self.data.tenant(scope).await.unwrap();
        let tenant = tx.tenant();
        sql::query_scalar(statement).bind(tenant).fetch_one(tx.conn()).await.unwrap()
    }

    /// Rows of text from a statement that takes the tenant as `$1`.
    pub async fn texts(&self, scope: &TenantScope, statement: &'static str) -> Vec<String> {
        let mut tx = self.data.tenant(scope).await.unwrap();
        let tenant = tx.tenant();
        sql::query_scalar(statement).bind(tenant).fetch_all(tx.conn()).await.unwrap()
    }

    pub async fn staged(&self) -> i64 {
        self.number(&self.alpha(), "SELECT count(*) FROM staging.master_row WHERE $1 IS NOT NULL")
            .await
    }
}

/// The published code of a failed step.
pub fn code(step: &StepView) -> &str {
    step.exceptions.last().map_or("", |exception| exception.code.as_str())
}

/// The given fields of a step's outcome.
pub fn outcome(step: &StepView, fields: &[&str]) -> Vec<u64> {
    let outcome = step.outcome.as_ref().unwrap_or_else(|| panic!("no outcome: {step:?}"));
    fields.iter().map(|field| outcome[field].as_u64().unwrap()).collect()
}

/// A customer file with `rows` good rows.
pub fn customers(rows: usize) -> String {
    let mut text = "code,name,email,location_code\n".to_owned();
    for n in 0..rows {
        text.push_str(&format!("K{n:06},Customer {n},k{n}@customer.example,B{}\n", n % 7));
    }
    text
}

//! Three tenants that load, a fourth that nobody disturbs, and what they stand on.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use base64::Engine;
use common::config::CryptoSettings;
use common::crypto::Keyring;
use common::db::sql::Text;
use common::kernel::{DateRange, Secret, TenantId};
use common::tenant_config::{ConnectionKind, secret_place};
use nix::sys::signal::Signal;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection, Row};
use tempfile::TempDir;

use super::fault::{Fault, WORKERS};
use super::worker::{Setup, Worker};
use crate::bigquery::{Dataset, Paging, Server};
use crate::canary::SEALING_KEY;
use crate::db::{PrivateDb, ServiceLogin};
use crate::ga4::generator::Generator;

const PROJECT: &str = "project";
const DATASET: &str = "analytics_1";

/// Who suffers, and who is compared with them.
pub(super) const UNDISTURBED: &str = "calm";

pub(super) struct House {
    pub(super) db: PrivateDb,
    setup: Setup,
    workers: Vec<Worker>,
    pub(super) days: usize,
    _source: Server,
    _logs: TempDir,
}

impl House {
    pub(super) async fn start(seed: u64) -> anyhow::Result<Self> {
        let days = DateRange::new("2026-03-16".parse()?, "2026-03-29".parse()?)?;
        let shop = Generator {
            sessions_per_day: 120,
            branches: 4,
            customers: 30,
            ..Generator::new(seed, days)
        };
        let dataset = shop
            .tables()
            .into_iter()
            .fold(Dataset::new(PROJECT, DATASET), |set, (name, rows)| set.table(&name, rows));
        let source = Server::start(vec![dataset]).await?;
        // Small pages, so that there is something between them.
        source.set_paging(Paging { max_rows: Some(100), ..Paging::default() });
        let db = PrivateDb::start().await?;
        let key = base64::engine::general_purpose::STANDARD.encode(SEALING_KEY);
        configure(&db, &source, &key).await?;
        let logs = tempfile::tempdir()?;
        let setup = Setup {
            environment: vec![
                ("FOOTFALL_DATABASE__URL", db.login_url(ServiceLogin::Data)),
                ("FOOTFALL_DATABASE__ACQUIRE_TIMEOUT_MS", "2000".to_owned()),
                ("FOOTFALL_HTTP__WORKERS_BIND", "127.0.0.1:0".to_owned()),
                ("FOOTFALL_CRYPTO__KEYS__CHAOS", key),
                ("FOOTFALL_CRYPTO__ACTIVE", "chaos".to_owned()),
                ("FOOTFALL_BIGQUERY__BASE_URL", source.base_url().to_string()),
                ("FOOTFALL_BIGQUERY__TOKEN_URIS", source.token_uri().to_string()),
                ("FOOTFALL_WORKERS__LEASE_MS", "2000".to_owned()),
                ("FOOTFALL_WORKERS__POLL_MS", "50".to_owned()),
                ("FOOTFALL_WORKERS__CONCURRENCY", "2".to_owned()),
                ("FOOTFALL_WORKERS__RETRY_BASE_MS", "50".to_owned()),
                ("FOOTFALL_WORKERS__RETRY_CAP_MS", "500".to_owned()),
            ],
            logs: logs.path().to_owned(),
        };
        let workers =
            (0..WORKERS).map(|number| Worker::start(&setup, number)).collect::<Result<_, _>>()?;
        let days = days.iter().count();
        Ok(Self { db, setup, workers, days, _source: source, _logs: logs })
    }

    /// Every disturbed tenant has a job under way, and every worker lives.
    pub(super) async fn keep_busy(&mut self) -> anyhow::Result<()> {
        self.replace_the_dead()?;
        let idle: Vec<String> = self
            .rows(
                "SELECT slug AS v FROM tenant t WHERE slug = ANY ('{alpha,beta,gamma}')
                   AND NOT EXISTS (SELECT FROM job j WHERE j.tenant_id = t.tenant_id
                     AND j.state IN ('pending', 'running', 'paused'))",
            )
            .await?;
        for slug in idle {
            // While Postgres is away nobody gets a job; the next round tries again.
            let _ = self.setup.run(&["ingest", "--tenant", &slug, "--reload"]);
        }
        Ok(())
    }

    fn replace_the_dead(&mut self) -> anyhow::Result<()> {
        for (number, worker) in self.workers.iter_mut().enumerate() {
            if worker.ended() {
                *worker = Worker::start(&self.setup, number)?;
            }
        }
        Ok(())
    }

    pub(super) async fn suffer(&mut self, fault: Fault) -> anyhow::Result<()> {
        match fault {
            Fault::Kill { worker } => {
                self.workers[worker] = Worker::start(&self.setup, worker)?;
            }
            Fault::Pause { worker, during } => {
                self.workers[worker].signal(Signal::SIGSTOP)?;
                tokio::time::sleep(during).await;
                self.workers[worker].signal(Signal::SIGCONT)?;
            }
            Fault::Cut => self.db.proxy().cut(),
            Fault::Hold { during } => {
                self.db.proxy().hold(true);
                tokio::time::sleep(during).await;
                self.db.proxy().hold(false);
            }
            Fault::Restart { crash } => self.db.restart(crash).await?,
        }
        Ok(())
    }

    pub(super) async fn idle(&mut self) -> anyhow::Result<bool> {
        self.replace_the_dead()?;
        let live: Vec<i64> = self
            .rows(
                "SELECT count(*) AS v FROM job
                 WHERE state IN ('pending', 'running', 'paused', 'failed')",
            )
            .await?;
        Ok(live == [0])
    }

    /// As an operator does: a step may have met more faults than it has attempts.
    pub(super) async fn retry_what_failed(&self) -> anyhow::Result<()> {
        let failed: Vec<String> =
            self.rows("SELECT job_id::text AS v FROM job WHERE state = 'failed'").await?;
        for job in failed {
            // A newer job of the same kind may be under way: then after it.
            let _ = self.setup.run(&["jobs", "retry", &job]);
        }
        Ok(())
    }

    pub(super) async fn load_undisturbed(&self) -> anyhow::Result<()> {
        self.setup.run(&["ingest", "--tenant", UNDISTURBED])?;
        let begun = Instant::now();
        loop {
            let left: Vec<i64> = self
                .rows(
                    "SELECT count(*) AS v FROM job
                     WHERE state IN ('pending', 'running', 'paused')",
                )
                .await?;
            if left == [0] {
                return Ok(());
            }
            if begun.elapsed() > super::RECOVERY {
                bail!("the undisturbed tenant is not loaded");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// One column `v`, read by the owner past the proxy.
    pub(super) async fn rows<T>(&self, text: &str) -> anyhow::Result<Vec<T>>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        let mut owner = PgConnection::connect(&self.db.owner_url()).await?;
        let rows = owner.fetch_all(Text::trusted(text.to_owned())).await?;
        rows.iter().map(|row| row.try_get("v").context("a column `v`")).collect()
    }
}

/// Stores settings and connections as auth-service does.
async fn configure(db: &PrivateDb, source: &Server, key: &str) -> anyhow::Result<()> {
    let keyring = Keyring::from_settings(&CryptoSettings {
        keys: [("chaos".to_owned(), Secret::new(key))].into(),
        active: "chaos".to_owned(),
    })?;
    let mut owner = PgConnection::connect(&db.owner_url()).await?;
    for slug in ["gamma", UNDISTURBED] {
        let id = TenantId::mint();
        let text = format!(
            "INSERT INTO tenant (tenant_id, slug, name) VALUES ('{id}', '{slug}', '{slug}')"
        );
        owner.execute(Text::trusted(text)).await?;
    }
    let tenants = "SELECT tenant_id FROM tenant WHERE slug <> 'system'".to_owned();
    let row_name = format!("{}.service_account_key", ConnectionKind::BigQuery.as_str());
    let secret = Secret::new(source.service_account_key_json());
    for row in owner.fetch_all(Text::trusted(tenants)).await? {
        let tenant = TenantId::from_uuid(row.try_get(0)?);
        let sealed = keyring.seal(&secret_place(tenant, &row_name), &secret)?;
        let settings = json!({
            "time_zone": "Europe/Berlin",
            "currency": "EUR",
            "properties": [{
                "property_id": 1, "dataset": DATASET, "time_zone": "Europe/Berlin",
                "identity": { "branch": "branch", "customer": "customer_id" },
            }],
        });
        let secrets = json!({
            "service_account_key": { "sealed": sealed, "updated_at": "2026-01-01T00:00:00Z" },
        });
        for text in [
            format!(
                "INSERT INTO tenant_setting (tenant_id, document) VALUES ('{tenant}', '{settings}')"
            ),
            format!(
                "INSERT INTO connection (tenant_id, kind, settings, secrets)
                 VALUES ('{tenant}', 'bigquery', '{}', '{secrets}')",
                json!({ "project": PROJECT })
            ),
        ] {
            owner.execute(Text::trusted(text)).await?;
        }
    }
    Ok(owner.close().await?)
}

//! A load that broke off is gone on with, and only where that gives what a whole load gives.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use chrono::NaiveDate;
use common::db::{Db, TenantTx, sql};
use common::jobs::StepError;
use common::kernel::{DateRange, StepId, TenantScope};
use data_service::adapters::bigquery::{QueryWarehouse, Warehouse};
use data_service::app::checkpoint::{Checkpoint, Discarded};
use data_service::app::replace_day::{open_beside, replace_day};
use data_service::app::stage_day::{Attempt, StageError, Staged, stage_day};
use data_service::app::sweep_staging::sweep;
use data_service::store::staging::Tables;
use sqlx::{Connection, Executor, PgConnection};
use testkit::TestDb;
use testkit::bigquery::{Dataset, Paging, Route, Server};
use testkit::db::ServiceLogin;
use testkit::ga4::generator::Generator;

use crate::support::{
    DATASET, PROJECT, configure, daily, load, row_hash, rules, settings, warehouse,
};

const DAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 3, 23).unwrap();

/// An attempt that dies after it saved so often, and leaves its checkpoint to the next.
struct Dying<'a> {
    db: &'a Db,
    scope: &'a TenantScope,
    step: StepId,
    kept: &'a Mutex<Option<Checkpoint>>,
    saves: AtomicU32,
}

#[async_trait]
impl Attempt for Dying<'_> {
    fn step(&self) -> StepId {
        self.step
    }

    fn checkpoint(&self) -> Result<Option<Checkpoint>, StepError> {
        Ok(self.kept.lock().unwrap().clone())
    }

    async fn transaction(&self) -> Result<TenantTx, StepError> {
        if self.saves.load(Ordering::Relaxed) == 0 {
            return Err(StepError::StaleLease);
        }
        Ok(self.db.tenant(self.scope).await?)
    }

    async fn save(&self, tx: TenantTx, checkpoint: &Checkpoint) -> Result<(), StepError> {
        if self.saves.load(Ordering::Relaxed) == 0 {
            return Err(StepError::StaleLease);
        }
        tx.commit().await?;
        *self.kept.lock().unwrap() = Some(checkpoint.clone());
        self.saves.fetch_sub(1, Ordering::Relaxed);
        Ok(())
    }

    fn progress(&self, _done: u64, _total: u64, _bytes: u64) {}
}

/// One step's attempts, one after the other.
struct Step<'a> {
    db: &'a Db,
    scope: TenantScope,
    step: StepId,
    kept: Mutex<Option<Checkpoint>>,
}

impl<'a> Step<'a> {
    fn new(db: &'a Db, scope: TenantScope) -> Self {
        Self { db, scope, step: StepId::mint(), kept: Mutex::new(None) }
    }

    async fn attempt(&self, warehouse: &dyn Warehouse, saves: u32) -> Result<Staged, StageError> {
        let attempt = Dying {
            db: self.db,
            scope: &self.scope,
            step: self.step,
            kept: &self.kept,
            saves: AtomicU32::new(saves),
        };
        stage_day(warehouse, &rules(), &daily(DAY), &attempt).await
    }

    async fn swap(&self, staged: &Staged) {
        let beside = open_beside(self.db, &self.scope).await.unwrap();
        let mut tx = self.db.tenant(&self.scope).await.unwrap();
        replace_day(&mut tx, beside, &staged.day).await.unwrap();
        tx.commit().await.unwrap();
    }
}

fn shop() -> Generator {
    Generator { sessions_per_day: 80, ..Generator::new(5, DateRange::single(DAY)) }
}

async fn serve(shop: &Generator) -> Server {
    let dataset = shop
        .tables()
        .into_iter()
        .fold(Dataset::new(PROJECT, DATASET), |set, (name, rows)| set.table(&name, rows));
    let server = Server::start(vec![dataset]).await.unwrap();
    server.set_paging(Paging { max_rows: Some(50), ..Paging::default() });
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_off_load_goes_on_and_gives_the_same_rows() {
    let (test, server) = (TestDb::new().await, serve(&shop()).await);
    let (db, warehouse) = (test.connect(ServiceLogin::Data).await, warehouse(&server).await);
    let (resumed, whole) = (test.alpha(), test.beta());
    for scope in [&resumed, &whole] {
        configure(&db, scope).await;
    }
    let step = Step::new(&db, resumed.clone());
    for _ in 0..3 {
        // The opening of the load, then two pages at most.
        assert!(matches!(step.attempt(&warehouse, 3).await, Err(StageError::Attempt(_))));
    }
    let staged = step.attempt(&warehouse, u32::MAX).await.unwrap();
    assert!(staged.resumed_from >= 250, "{}", staged.resumed_from);
    assert_eq!(staged.discarded, None);
    step.swap(&staged).await;
    load(&db, &whole, &warehouse, DAY).await;
    assert_eq!(row_hash(&db, &resumed).await, row_hash(&db, &whole).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_off_query_goes_on_in_its_own_job_and_gives_the_same_rows() {
    let (test, server) = (TestDb::new().await, serve(&shop()).await);
    let (db, listing) = (test.connect(ServiceLogin::Data).await, warehouse(&server).await);
    let (resumed, whole) = (test.alpha(), test.beta());
    for scope in [&resumed, &whole] {
        configure(&db, scope).await;
    }
    let querying = || QueryWarehouse::new(listing.clone(), settings(&server).queries());
    let step = Step::new(&db, resumed.clone());
    for _ in 0..3 {
        assert!(matches!(step.attempt(&querying(), 3).await, Err(StageError::Attempt(_))));
    }
    let staged = step.attempt(&querying(), u32::MAX).await.unwrap();
    assert!(staged.resumed_from >= 250, "{}", staged.resumed_from);
    assert_eq!((staged.discarded, staged.billed_bytes), (None, 10 << 20));
    step.swap(&staged).await;
    let log = server.request_log().into_iter().filter(|r| r.route == Route::JobInsert);
    let jobs: BTreeSet<_> = log
        .filter_map(|request| Some(request.body?["jobReference"]["jobId"].as_str()?.to_owned()))
        .collect();
    assert_eq!(jobs.len(), 1, "billed once");
    load(&db, &whole, &listing, DAY).await;
    assert_eq!(row_hash(&db, &resumed).await, row_hash(&db, &whole).await);

    // Positions in the answer of a query mean nothing in the table.
    let step = Step::new(&db, resumed.clone());
    assert!(step.attempt(&querying(), 3).await.is_err());
    let staged = step.attempt(&listing, u32::MAX).await.unwrap();
    assert_eq!((staged.discarded, staged.resumed_from), (Some(Discarded::ReadingChanged), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_of_another_table_or_without_its_rows_is_discarded() {
    let (test, server) = (TestDb::new().await, serve(&shop()).await);
    let (db, warehouse) = (test.connect(ServiceLogin::Data).await, warehouse(&server).await);
    let scope = test.alpha();
    configure(&db, &scope).await;

    let step = Step::new(&db, scope.clone());
    assert!(step.attempt(&warehouse, 3).await.is_err());
    let table = daily(DAY).table();
    server.touch(PROJECT, DATASET, &table);
    let staged = step.attempt(&warehouse, u32::MAX).await.unwrap();
    assert_eq!((staged.discarded, staged.resumed_from), (Some(Discarded::SourceChanged), 0));

    let step = Step::new(&db, scope.clone());
    assert!(step.attempt(&warehouse, 3).await.is_err());
    step.kept.lock().unwrap().as_mut().unwrap().loader -= 1;
    let staged = step.attempt(&warehouse, u32::MAX).await.unwrap();
    assert_eq!((staged.discarded, staged.resumed_from), (Some(Discarded::LoaderChanged), 0));

    let step = Step::new(&db, scope.clone());
    assert!(step.attempt(&warehouse, 3).await.is_err());
    // What a crash of the server does to tables that are not logged.
    let mut tx = db.tenant(&scope).await.unwrap();
    let load = step.kept.lock().unwrap().as_ref().unwrap().load;
    let forget = format!("DELETE FROM {}", Tables(load).event());
    sql::query_of(sql::Text::trusted(forget)).execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    let staged = step.attempt(&warehouse, u32::MAX).await.unwrap();
    assert_eq!((staged.discarded, staged.resumed_from), (Some(Discarded::RowsMissing), 0));
    step.swap(&staged).await;
    let left = staging_tables(&db, &scope).await;
    assert!(!left.contains(&format!("event_{}", load.uuid().simple())), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_dead_loads_left_is_swept_up() {
    let (test, server) = (TestDb::new().await, serve(&shop()).await);
    let (db, warehouse) = (test.connect(ServiceLogin::Data).await, warehouse(&server).await);
    let scope = test.alpha();
    configure(&db, &scope).await;
    // No job knows this step: it is over.
    assert!(Step::new(&db, scope.clone()).attempt(&warehouse, 3).await.is_err());
    let now = chrono::DateTime::from_timestamp_secs(4_000_000_000).unwrap();
    assert_eq!(sweep(&db, chrono::DateTime::UNIX_EPOCH).await.unwrap(), 0, "too young");
    assert_eq!(sweep(&db, now).await.unwrap(), 1);
    assert_eq!(sweep(&db, now).await.unwrap(), 0);
    assert!(staging_tables(&db, &scope).await.is_empty());

    // A crash of the server empties the list of loads, too.
    assert!(Step::new(&db, scope.clone()).attempt(&warehouse, 3).await.is_err());
    let mut owner = PgConnection::connect(test.owner_url()).await.unwrap();
    owner.execute("TRUNCATE staging.load").await.unwrap();
    assert_eq!(staging_tables(&db, &scope).await.len(), 2);
    assert_eq!(sweep(&db, chrono::DateTime::UNIX_EPOCH).await.unwrap(), 0, "too young");
    assert_eq!(sweep(&db, now).await.unwrap(), 1);
    assert!(staging_tables(&db, &scope).await.is_empty());
}

/// A process that is stopped in the middle of a COPY neither goes on nor goes away.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_a_frozen_worker_holds_is_left_to_the_sweep() {
    let (test, server) = (TestDb::new().await, serve(&shop()).await);
    let (db, warehouse) = (test.connect(ServiceLogin::Data).await, warehouse(&server).await);
    let scope = test.alpha();
    configure(&db, &scope).await;
    configure(&db, &test.beta()).await;
    let step = Step::new(&db, scope.clone());
    let staged = step.attempt(&warehouse, u32::MAX).await.unwrap();
    let mut frozen = PgConnection::connect(test.owner_url()).await.unwrap();
    let mut copying = frozen.begin().await.unwrap();
    let table = Tables(staged.day.load).event();
    let lock = sql::Text::trusted(format!("LOCK TABLE {table} IN ROW EXCLUSIVE MODE"));
    copying.execute(lock).await.unwrap();

    step.swap(&staged).await;
    let now = chrono::DateTime::from_timestamp_secs(4_000_000_000).unwrap();
    assert_eq!(sweep(&db, now).await.unwrap(), 0);
    assert_eq!(staging_tables(&db, &scope).await.len(), 2);
    copying.rollback().await.unwrap();
    assert_eq!(sweep(&db, now).await.unwrap(), 1);
    assert!(staging_tables(&db, &scope).await.is_empty());
    let loaded = row_hash(&db, &scope).await;
    load(&db, &test.beta(), &warehouse, DAY).await;
    assert_eq!(loaded, row_hash(&db, &test.beta()).await);
}

/// The tables of loads that are there.
async fn staging_tables(db: &Db, scope: &TenantScope) -> Vec<String> {
    let mut tx = db.tenant(scope).await.unwrap();
    sql::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'staging'::regnamespace
           AND relname ~ '^(event|part)_[0-9a-f]{32}$'",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap()
}

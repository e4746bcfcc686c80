//! Tables that change while they are read: those that stream in do so all the time.

use async_trait::async_trait;
use chrono::NaiveDate;
use common::db::{Db, TenantTx, sql};
use common::jobs::StepError;
use common::kernel::{StepId, TenantScope};
use data_service::adapters::bigquery::{QueryWarehouse, Warehouse};
use data_service::app::checkpoint::Checkpoint;
use data_service::app::find_changed::{Depth, Look, Window, find_changed};
use data_service::app::replace_day::{Swapped, open_beside, replace_day};
use data_service::app::stage_day::{Attempt, StageError, Staged, stage_day};
use data_service::domain::shard::{Shard, ShardKind};
use testkit::TestDb;
use testkit::bigquery::{Paging, Server, TableSource};
use testkit::db::ServiceLogin;

use crate::handmade::{Hit, table};
use crate::support::{
    DATASET, PROJECT, PROPERTY, configure, daily, load_shard, rules, settings, warehouse,
};

const DAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 5, 4).unwrap();
const INTRADAY: Shard = Shard { date: DAY, kind: ShardKind::Intraday };

/// So many page views, one a second.
fn hits(count: i64) -> TableSource {
    let hit = |at: i64| Hit::new(1_777_860_000_000_000 + at * 1_000_000, format!("client {at}"));
    table(DAY, &(0..count).map(hit).collect::<Vec<_>>())
}

/// An attempt during which the table grows, once, when its first rows have come.
struct Growing<'a> {
    db: &'a Db,
    scope: &'a TenantScope,
    server: &'a Server,
    shard: Shard,
    grown: std::sync::Once,
}

#[async_trait]
impl Attempt for Growing<'_> {
    fn step(&self) -> StepId {
        StepId::mint()
    }

    fn checkpoint(&self) -> Result<Option<Checkpoint>, StepError> {
        Ok(None)
    }

    async fn transaction(&self) -> Result<TenantTx, StepError> {
        Ok(self.db.tenant(self.scope).await?)
    }

    async fn save(&self, tx: TenantTx, _checkpoint: &Checkpoint) -> Result<(), StepError> {
        Ok(tx.commit().await?)
    }

    fn progress(&self, done: u64, _total: u64, _bytes: u64) {
        if done > 0 {
            self.grown.call_once(|| {
                self.server.replace(PROJECT, DATASET, &self.shard.table(), hits(40));
            });
        }
    }
}

struct Scene {
    _test: TestDb,
    db: Db,
    scope: TenantScope,
    server: Server,
}

impl Scene {
    async fn new() -> Self {
        let test = TestDb::new().await;
        let (db, scope) = (test.connect(ServiceLogin::Data).await, test.alpha());
        configure(&db, &scope).await;
        let server = crate::support::serve(&[]).await;
        server.set_paging(Paging { max_rows: Some(5), ..Paging::default() });
        Self { _test: test, db, scope, server }
    }

    fn put(&self, shard: &Shard, rows: i64) {
        self.server.replace(PROJECT, DATASET, &shard.table(), hits(rows));
    }

    async fn stage(&self, warehouse: &dyn Warehouse, shard: Shard) -> Result<Staged, StageError> {
        let attempt = Growing {
            db: &self.db,
            scope: &self.scope,
            server: &self.server,
            shard: shard.clone(),
            grown: std::sync::Once::new(),
        };
        stage_day(warehouse, &rules(), &shard, &attempt).await
    }

    async fn swap(&self, staged: &Staged) -> Swapped {
        let beside = open_beside(&self.db, &self.scope).await.unwrap();
        let mut tx = self.db.tenant(&self.scope).await.unwrap();
        let swapped = replace_day(&mut tx, beside, &staged.day).await.unwrap();
        tx.commit().await.unwrap();
        swapped
    }

    async fn changed(&self, warehouse: &dyn Warehouse) -> Vec<Shard> {
        let look = Look {
            property_id: PROPERTY,
            dataset: DATASET,
            window: Window::default(),
            depth: Depth::Recent,
            looked: &|| {},
        };
        find_changed(&self.db, &self.scope, warehouse, look).await.unwrap().changed
    }

    /// Kind, rows at the source, rows here.
    async fn shard(&self) -> (String, i64, i64) {
        let mut tx = self.db.tenant(&self.scope).await.unwrap();
        sql::query_as(
            "SELECT kind, source_rows, loaded_rows + collapsed_rows + rejected_rows FROM shard",
        )
        .fetch_one(tx.conn())
        .await
        .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_streams_in_during_the_reading_does_not_keep_the_day_out() {
    let scene = Scene::new().await;
    scene.put(&INTRADAY, 20);
    let warehouse = warehouse(&scene.server).await;
    let staged = scene.stage(&warehouse, INTRADAY).await.unwrap();
    assert!(staged.day.staged_rows >= 20, "{}", staged.day.staged_rows);
    assert!(matches!(scene.swap(&staged).await, Swapped::Replaced { .. }));
    let (_, at_source, here) = scene.shard().await;
    assert_eq!(at_source, here, "each row is accounted for");
    assert_eq!(scene.changed(&warehouse).await, [INTRADAY], "the next look finds the rest");
    load_shard(&scene.db, &scene.scope, &warehouse, &INTRADAY).await;
    assert_eq!(scene.shard().await, ("intraday".to_owned(), 40, 40));
    assert!(scene.changed(&warehouse).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complete_table_that_changed_while_it_was_listed_is_read_again() {
    let scene = Scene::new().await;
    scene.put(&daily(DAY), 20);
    let warehouse = warehouse(&scene.server).await;
    let error = scene.stage(&warehouse, daily(DAY)).await.unwrap_err();
    assert!(matches!(error, StageError::Changed | StageError::Incomplete { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_query_answered_stands_whatever_becomes_of_the_table() {
    let scene = Scene::new().await;
    scene.put(&daily(DAY), 20);
    let listing = warehouse(&scene.server).await;
    let warehouse = QueryWarehouse::new(listing, settings(&scene.server).queries());
    let staged = scene.stage(&warehouse, daily(DAY)).await.unwrap();
    scene.swap(&staged).await;
    assert_eq!(scene.changed(&warehouse).await, [daily(DAY)], "the next look finds the rest");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_streamed_in_does_not_replace_the_complete_day() {
    let scene = Scene::new().await;
    scene.put(&INTRADAY, 20);
    let warehouse = warehouse(&scene.server).await;
    // Found before, and run after the complete table was loaded.
    let late = scene.stage(&warehouse, INTRADAY).await.unwrap();
    scene.put(&daily(DAY), 30);
    load_shard(&scene.db, &scene.scope, &warehouse, &daily(DAY)).await;
    assert_eq!(scene.swap(&late).await, Swapped::Unchanged);
    assert_eq!(scene.shard().await, ("daily".to_owned(), 30, 30));
}

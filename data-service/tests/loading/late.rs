//! Days that change after they were loaded, and days whose complete table comes late.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{Days, NaiveDate};
use common::db::{Db, sql};
use common::kernel::{DateRange, TenantScope};
use data_service::adapters::bigquery::BigQueryWarehouse;
use data_service::app::find_changed::{Depth, Found, Look, Window, find_changed};
use data_service::app::replace_day::Swapped;
use data_service::domain::shard::{Shard, ShardKind};
use testkit::TestDb;
use testkit::bigquery::{Dataset, Server, TableSource};
use testkit::db::ServiceLogin;
use testkit::ga4::generator::Generator;

use crate::handmade::{Hit, table};
use crate::support::{DATASET, PROJECT, PROPERTY, configure, daily, load, load_shard, warehouse};

const NEWEST: NaiveDate = NaiveDate::from_ymd_opt(2026, 3, 30).unwrap();

fn shop(seed: u64, sessions_per_day: u32) -> Generator {
    let days = DateRange::new(NEWEST - Days::new(11), NEWEST).unwrap();
    Generator { sessions_per_day, ..Generator::new(seed, days) }
}

fn before(days: u64) -> NaiveDate {
    NEWEST - Days::new(days)
}

struct Scene {
    _test: TestDb,
    db: Db,
    scope: TenantScope,
    server: Server,
    warehouse: BigQueryWarehouse,
}

impl Scene {
    async fn new(dataset: Dataset) -> Self {
        let test = TestDb::new().await;
        let (db, scope) = (test.connect(ServiceLogin::Data).await, test.alpha());
        configure(&db, &scope).await;
        let server = Server::start(vec![dataset]).await.unwrap();
        let warehouse = warehouse(&server).await;
        Self { _test: test, db, scope, server, warehouse }
    }

    async fn find(&self, depth: Depth) -> Found {
        let (db, scope) = (&self.db, &self.scope);
        let look = Look {
            property_id: PROPERTY,
            dataset: DATASET,
            window: Window::default(),
            depth,
            looked: &|| {},
        };
        find_changed(db, scope, &self.warehouse, look).await.unwrap()
    }

    /// Tables of which this was asked since the log was cleared: `true` for rows.
    fn asked(&self, rows: bool) -> Vec<String> {
        let requests = self.server.request_log().into_iter();
        requests.filter(|r| r.path.ends_with("/data") == rows).filter_map(|r| r.table).collect()
    }

    fn replace(&self, table: &str, source: TableSource) {
        self.server.replace(PROJECT, DATASET, table, source);
    }

    /// Events of the day, counted in the facts and in the rollup.
    async fn events(&self, day: NaiveDate) -> (i64, i64) {
        let mut tx = self.db.tenant(&self.scope).await.unwrap();
        sql::query_as(
            "SELECT (SELECT count(*) FROM event WHERE event_date = $1),
                    (SELECT coalesce(sum(events), 0)::bigint FROM day_rollup
                     WHERE date = $1 AND location = '' AND currency = '')",
        )
        .bind(day)
        .fetch_one(tx.conn())
        .await
        .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_changed_is_read_again_and_old_changes_are_found_by_the_deep_look() {
    let shop = shop(3, 10);
    let dataset = shop
        .tables()
        .into_iter()
        .fold(Dataset::new(PROJECT, DATASET), |set, (name, rows)| set.table(&name, rows))
        .table("events_2026", shop.table(NEWEST))
        .table("events_20261345", shop.table(NEWEST));
    let scene = Scene::new(dataset).await;
    let first = scene.find(Depth::Recent).await;
    assert_eq!((first.changed.len(), first.odd_names), (12, 2), "nothing is loaded yet");
    for shard in &first.changed {
        load(&scene.db, &scene.scope, &scene.warehouse, shard.date).await;
    }

    let other = Generator { sessions_per_day: 12, ..Generator::new(4, shop.days) };
    scene.replace(&daily(before(2)).table(), other.table(before(2)));
    scene.replace(&daily(before(10)).table(), other.table(before(10)));
    scene.server.clear_log();
    let found = scene.find(Depth::Recent).await;
    assert_eq!(found.changed, [daily(before(2))]);
    assert_eq!((found.unchanged, found.not_compared), (4, 7));
    let recent: Vec<String> = (0..5).rev().map(|days| daily(before(days)).table()).collect();
    assert_eq!(scene.asked(false), recent, "older tables are not even looked at");
    load(&scene.db, &scene.scope, &scene.warehouse, before(2)).await;
    assert_eq!(scene.asked(true), [daily(before(2)).table()]);

    assert!(scene.find(Depth::Recent).await.changed.is_empty());
    assert_eq!(scene.find(Depth::All).await.changed, [daily(before(10))]);
    assert_eq!(scene.find(Depth::Reload).await.changed.len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_whole_at_every_moment_of_its_rotation() {
    let (early, late) = (shop(5, 20), shop(5, 60));
    let intraday = Shard { date: NEWEST, kind: ShardKind::Intraday };
    let dataset =
        Dataset::new(PROJECT, DATASET).table(&intraday.table(), early.intraday_table(NEWEST));
    let scene = Scene::new(dataset).await;
    assert_eq!(scene.find(Depth::Recent).await.changed, std::slice::from_ref(&intraday));
    load_shard(&scene.db, &scene.scope, &scene.warehouse, &intraday).await;
    let (provisional, rolled) = scene.events(NEWEST).await;
    assert!(provisional > 0);
    assert_eq!(provisional, rolled);

    // More streams in; then the daily table is there beside the intraday one, then alone.
    scene.replace(&intraday.table(), late.intraday_table(NEWEST));
    assert_eq!(scene.find(Depth::Recent).await.changed, std::slice::from_ref(&intraday));
    let dataset = Dataset::new(PROJECT, DATASET)
        .table(&intraday.table(), late.intraday_table(NEWEST))
        .table(&daily(NEWEST).table(), late.table(NEWEST));
    scene.server.add(dataset);
    assert_eq!(scene.find(Depth::Recent).await.changed, [daily(NEWEST)], "not both");

    let over = AtomicBool::new(false);
    let reader = async {
        let mut seen = Vec::new();
        while !over.load(Ordering::Relaxed) {
            seen.push(scene.events(NEWEST).await);
        }
        seen
    };
    let rotation = async {
        // The step was planned for the intraday table, which is gone when it runs.
        scene.server.remove(PROJECT, DATASET, &intraday.table());
        load_shard(&scene.db, &scene.scope, &scene.warehouse, &intraday).await;
        load_shard(&scene.db, &scene.scope, &scene.warehouse, &daily(NEWEST)).await;
        over.store(true, Ordering::Relaxed);
    };
    let (seen, ()) = tokio::join!(reader, rotation);
    let complete = scene.events(NEWEST).await;
    assert!(complete.0 > provisional);
    assert_eq!(complete.0, complete.1);
    for pair in seen {
        assert!(pair == (provisional, provisional) || pair == complete, "{pair:?}");
    }
    assert!(scene.find(Depth::Recent).await.changed.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_the_day_before_or_after_and_never_between() {
    let (one, two) = (shop(6, 20), shop(7, 30));
    let day = NEWEST;
    let dataset = Dataset::new(PROJECT, DATASET).table(&daily(day).table(), one.table(day));
    let scene = Scene::new(dataset).await;
    load(&scene.db, &scene.scope, &scene.warehouse, day).await;
    let before = scene.events(day).await;
    scene.replace(&daily(day).table(), two.table(day));
    load(&scene.db, &scene.scope, &scene.warehouse, day).await;
    let after = scene.events(day).await;
    assert_ne!(before, after);

    let over = AtomicBool::new(false);
    let reader = async {
        let mut reads = 0;
        while !over.load(Ordering::Relaxed) {
            let seen = scene.events(day).await;
            assert!(
                seen == before || seen == after,
                "{seen:?} is neither {before:?} nor {after:?}"
            );
            reads += 1;
        }
        reads
    };
    let writer = async {
        for turn in 0..6 {
            let source = if turn % 2 == 0 { one.table(day) } else { two.table(day) };
            scene.replace(&daily(day).table(), source);
            load(&scene.db, &scene.scope, &scene.warehouse, day).await;
        }
        over.store(true, Ordering::Relaxed);
    };
    let (reads, ()) = tokio::join!(reader, writer);
    assert!(reads > 6, "the reader had its turns: {reads}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_were_rejected_and_are_gone_are_not_counted_any_more() {
    let hit = Hit::new(1_774_872_000_000_000, "client");
    let stray = Hit { stray: Some(before(1)), ..hit.clone() };
    let both = table(NEWEST, &[hit.clone(), stray]);
    let scene =
        Scene::new(Dataset::new(PROJECT, DATASET).table(&daily(NEWEST).table(), both)).await;
    load(&scene.db, &scene.scope, &scene.warehouse, NEWEST).await;
    let counted = async || -> (i64, i64, i64) {
        let mut tx = scene.db.tenant(&scene.scope).await.unwrap();
        sql::query_as("SELECT source_rows, loaded_rows, rejected_rows FROM shard")
            .fetch_one(tx.conn())
            .await
            .unwrap()
    };
    assert_eq!(counted().await, (2, 1, 1));
    scene.replace(&daily(NEWEST).table(), table(NEWEST, &[hit]));
    let again = load(&scene.db, &scene.scope, &scene.warehouse, NEWEST).await;
    assert_eq!(again, Swapped::Unchanged);
    assert_eq!(counted().await, (1, 1, 0));
}

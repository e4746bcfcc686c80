//! Statistics are read while days are replaced: no error, and never a mixture of two states.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use analytics_service::app::stats::{BasisCache, Found, Question, find, overview, query};
use analytics_service::domain::comparison::Comparison;
use analytics_service::domain::query::{Dimension, Metric, Query, Value};
use common::db::{Db, sql};
use common::kernel::TenantScope;
use testkit::ga4::adversary::Adversary;

use crate::shop::{self, PROPERTY};
use crate::shops::Shops;

/// Answers read while days are replaced: at least these,
const ANSWERS: u32 = 60;
/// and on until this many days were replaced beneath them.
const LOADS: u32 = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_during_a_load_is_of_one_state() {
    // Two states of the same days, so that a mixture would show.
    let set = Adversary::new(11);
    let other = set.again(12);
    let mut shops = Shops::open(&[set.clone(), other.clone()]).await;
    let scope = shops.load("busy", &set).await;
    let (done, loads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let loading = async {
        for state in [&other, &set].into_iter().cycle() {
            for day in set.days.iter() {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                shop::load_day(&shops.data, &scope, &shops.warehouse, state, day).await;
                loads.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    let reading = async {
        let mut answers = 0;
        while answers < ANSWERS || loads.load(Ordering::Relaxed) < LOADS {
            read(&shops.analytics, &scope, &set).await;
            answers += 1;
        }
        done.store(true, Ordering::Relaxed);
    };
    tokio::join!(loading, reading);
}

/// The parts of one snapshot add up, whatever is committed meanwhile.
async fn read(db: &Db, scope: &TenantScope, set: &Adversary) {
    let mut tx = db.snapshot(scope).await.unwrap();
    let question = Question {
        property_id: Some(PROPERTY),
        location: None,
        range: set.days,
        comparison: Comparison::None,
    };
    let now = "2026-12-31T12:00:00Z".parse().unwrap();
    let found = find(&mut tx, &question, now, &BasisCache::off()).await.unwrap();
    let Found::Property(basis) = found else { panic!("the property is loaded") };
    let whole = overview(&mut tx, &basis, &question).await.unwrap().current.unwrap();
    let by = |dimension| Query {
        dimensions: vec![dimension],
        ..Query::whole(vec![Metric::Sessions, Metric::Events], set.days)
    };
    for dimension in [Dimension::Location, Dimension::Device] {
        let answer = query(&mut tx, &basis, &by(dimension), &[]).await.unwrap();
        let sum = |metric: Metric| -> i64 {
            let of = |row: &analytics_service::app::stats::QueryRow| match row
                .metrics
                .as_ref()
                .and_then(|metrics| metric.of(metrics))
            {
                Some(Value::Count(count)) => count,
                _ => 0,
            };
            answer.rows.iter().map(of).sum()
        };
        assert_eq!(sum(Metric::Sessions), whole.sessions, "{dimension:?}");
        assert_eq!(sum(Metric::Events), whole.events, "{dimension:?}");
    }
    let events: i64 =
        sql::query_scalar("SELECT count(*) FROM event").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(events, whole.events, "the rollups are of the events of the same state");
}

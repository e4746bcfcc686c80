//! A failed ingestion leaves the numbers as they were, and answers say that they are stale.

use analytics_service::app::stats::{BasisCache, Found, Question, find, overview};
use analytics_service::domain::comparison::Comparison;
use analytics_service::domain::freshness::Stale;
use analytics_service::domain::metrics::Metrics;
use chrono::NaiveDate;
use common::db::{Db, sql};
use common::jobs::{self, NewJob, NewStep};
use common::kernel::{DateRange, TenantScope};
use data_service::domain::shard::{Shard, ShardKind};
use data_service::jobs::{FindShards, LoadShardPayload};
use data_service::store::property;
use serde_json::json;
use sqlx::PgConnection;
use testkit::ga4::adversary::Adversary;

use crate::shop::{self, PROPERTY};
use crate::shops::Shops;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_ingestion_marks_what_it_touches_stale_and_never_zero() {
    let set = Adversary::new(31);
    let mut shops = Shops::open(std::slice::from_ref(&set)).await;
    let scope = shops.load("stale", &set).await;
    let (first, last) = (set.days.first(), set.days.last());
    let (fresh, before) = read(&shops.analytics, &scope, set.days).await;
    assert_eq!(fresh, None);

    let shard = Shard { date: last, kind: ShardKind::Daily };
    fail(&shops.data, &mut shops.owner, &scope, LoadShardPayload::new(PROPERTY, &shard).step())
        .await;
    let (stale, numbers) = read(&shops.analytics, &scope, set.days).await;
    let stale = stale.unwrap();
    assert_eq!((stale.code.as_str(), stale.dates), ("source_unavailable", vec![last]));
    assert_eq!(numbers, before, "the numbers are those of the last load");
    let (other_day, _) = read(&shops.analytics, &scope, DateRange::single(first)).await;
    assert_eq!(other_day, None, "no other day is touched");

    // The day is read again and found to be the same.
    shop::load_day(&shops.data, &scope, &shops.warehouse, &set, last).await;
    assert_eq!(read(&shops.analytics, &scope, set.days).await.0, None);

    // The source cannot be looked at: any day may have changed there.
    fail(&shops.data, &mut shops.owner, &scope, NewStep::new(FindShards::KIND)).await;
    let (stale, numbers) = read(&shops.analytics, &scope, DateRange::single(first)).await;
    assert_eq!(stale.map(|stale| stale.dates), Some(Vec::<NaiveDate>::new()));
    assert!(numbers.is_some());
    let mut tx = shops.data.tenant(&scope).await.unwrap();
    property::looked_at(&mut tx, &[PROPERTY]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(read(&shops.analytics, &scope, set.days).await, (None, before));
}

async fn read(db: &Db, scope: &TenantScope, range: DateRange) -> (Option<Stale>, Option<Metrics>) {
    let mut tx = db.snapshot(scope).await.unwrap();
    let property_id = Some(PROPERTY);
    let question = Question { property_id, location: None, range, comparison: Comparison::None };
    let now = "2026-12-31T12:00:00Z".parse().unwrap();
    let found = find(&mut tx, &question, now, &BasisCache::off()).await.unwrap();
    let Found::Property(basis) = found else { panic!("the property is loaded") };
    let numbers = overview(&mut tx, &basis, &question).await.unwrap().current;
    (basis.freshness.stale.clone(), numbers)
}

/// A step as data-service asks for it, after its last attempt.
async fn fail(db: &Db, owner: &mut PgConnection, scope: &TenantScope, step: NewStep) {
    let job = NewJob {
        kind: "ingest".to_owned(),
        unique_key: None,
        parameters: json!({}),
        requested_by: "test".to_owned(),
        steps: vec![step],
    };
    let mut tx = db.tenant(scope).await.unwrap();
    jobs::submit(&mut tx, job).await.unwrap();
    tx.commit().await.unwrap();
    sql::query(
        "UPDATE job_step SET state = 'failed', finished_at = now(), exceptions = $2
         WHERE tenant_id = $1 AND state = 'ready'",
    )
    .bind(scope.tenant_id().uuid())
    .bind(json!([{ "code": "source_unavailable", "message": "No answer.", "class": "transient",
                   "attempt": 5, "at": "2026-04-01T00:00:00Z", "resolved_at": null }]))
    .execute(owner)
    .await
    .unwrap();
}

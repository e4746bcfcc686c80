//! The last half hour of random data sets: whatever is loaded and comes by webhook, too, counts once.

use analytics_service::app::stats::{Basis, BasisCache, Found, find, question_of, realtime};
use analytics_service::domain::realtime::Realtime;
use chrono::{DateTime, TimeDelta, Utc};
use common::db::{Db, sql};
use common::kernel::TenantScope;
use data_service::domain::webhook::{MOST_EVENTS, parse};
use data_service::store::live_event;
use serde_json::{Value, json};
use sqlx::PgConnection;
use testkit::ga4::adversary::Adversary;
use uuid::Uuid;

use crate::shop::PROPERTY;
use crate::shops::Shops;

const SEEDS: std::ops::Range<u64> = 601..607;

/// Instants of each data set at which somebody looks.
const LOOKS: i64 = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_loaded_and_comes_by_webhook_counts_once() {
    let sets: Vec<Adversary> = SEEDS.map(Adversary::new).collect();
    let mut shops = Shops::open(&sets).await;
    let (mut events, mut purchases) = (0, 0);
    for set in &sets {
        let scope = shops.load(&format!("seed-{}", set.seed), set).await;
        for now in looks(&mut shops.owner, &scope).await {
            let at = format!("seed {} at {now}", set.seed);
            let (basis, loaded) = look(&shops.analytics, &scope, now).await;
            let again = told_again(&mut shops.owner, &scope, &basis, &loaded).await;
            tell(&shops.data, &scope, &again, now).await;
            let (_, both) = look(&shops.analytics, &scope, now).await;
            assert_eq!(both.whole, loaded.whole, "{at}");
            assert_eq!(both.minutes, loaded.minutes, "{at}");
            assert_eq!(both.pages, loaded.pages, "{at}");

            let new = json!({
                "event_name": "purchase", "timestamp_micros": now.timestamp_micros() - 1,
                "client_id": Uuid::now_v7(), "transaction_id": Uuid::now_v7(),
            });
            tell(&shops.data, &scope, &[new], now).await;
            let (_, more) = look(&shops.analytics, &scope, now).await;
            let counted =
                |seen: &Realtime| (seen.whole.events, seen.whole.users, seen.whole.purchases);
            let (known, people, bought) = counted(&loaded);
            assert_eq!(counted(&more), (known + 1, people + 1, bought + 1), "{at}");
            (events, purchases) = (events + known, purchases + bought);
        }
    }
    println!("{events} events and {purchases} purchases were told twice");
    assert!(events > 100 && purchases > 5, "{events} {purchases}");
}

/// A second after some of the events.
async fn looks(owner: &mut PgConnection, scope: &TenantScope) -> Vec<DateTime<Utc>> {
    let micros: Vec<i64> = sql::query_scalar(
        "SELECT event_micros FROM event WHERE tenant_id = $1 ORDER BY event_key LIMIT $2",
    )
    .bind(scope.tenant_id().uuid())
    .bind(LOOKS)
    .fetch_all(owner)
    .await
    .unwrap();
    let after = |micros| DateTime::from_timestamp_micros(micros).unwrap() + TimeDelta::seconds(1);
    micros.into_iter().map(after).collect()
}

async fn look(db: &Db, scope: &TenantScope, now: DateTime<Utc>) -> (Basis, Realtime) {
    let mut tx = db.tenant(scope).await.unwrap();
    let question = question_of(Some(PROPERTY), None, now);
    let basis = match find(&mut tx, &question, now, &BasisCache::off()).await.unwrap() {
        Found::Property(basis) => *basis,
        Found::NoProperty => panic!("the property is loaded"),
    };
    let seen = realtime(&mut tx, &basis, &question, now).await.unwrap();
    (basis, seen)
}

/// What the shop's own server says of the events that are loaded of the window: another part of the same second. Those of
/// nobody are left out, but for purchases with a number.
async fn told_again(
    owner: &mut PgConnection,
    scope: &TenantScope,
    basis: &Basis,
    window: &Realtime,
) -> Vec<Value> {
    let date = |at: DateTime<Utc>| at.with_timezone(&basis.zone).date_naive();
    sql::query_scalar(
        "SELECT jsonb_build_object('event_name', event_name, 'client_id', user_pseudo_id,
           'timestamp_micros', event_micros / 1000000 * 1000000 + 999999 - event_micros % 1000000,
           'transaction_id', transaction_id)
         FROM event
         WHERE tenant_id = $1 AND property_id = $2 AND event_date BETWEEN $3 AND $4
           AND event_micros >= $5 AND event_micros < $6
           AND (user_pseudo_id IS NOT NULL
                OR event_name = 'purchase' AND transaction_id IS NOT NULL)",
    )
    .bind(scope.tenant_id().uuid())
    .bind(PROPERTY)
    .bind(date(window.from))
    .bind(date(window.until))
    .bind(window.from.timestamp_micros())
    .bind(window.until.timestamp_micros())
    .fetch_all(owner)
    .await
    .unwrap()
}

/// As a delivery of them is stored.
async fn tell(db: &Db, scope: &TenantScope, events: &[Value], now: DateTime<Utc>) {
    for some in events.chunks(MOST_EVENTS) {
        let events = parse(json!({ "events": some }).to_string().as_bytes(), now).unwrap();
        let mut tx = db.tenant(scope).await.unwrap();
        live_event::insert(&mut tx, PROPERTY, Uuid::now_v7(), &events).await.unwrap();
        tx.commit().await.unwrap();
    }
}

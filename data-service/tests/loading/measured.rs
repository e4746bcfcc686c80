//! What the rollups say of a range, added up the way a reader does.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use common::db::{Db, sql};
use common::kernel::{DateRange, TenantScope};
use data_service::domain::rollup::{Resumed, SessionCounts};
use roaring::RoaringBitmap;
use rust_decimal::Decimal;
use testkit::ga4::oracle::Metrics;

#[derive(sqlx::FromRow)]
struct Counts {
    location: String,
    date: NaiveDate,
    events: i64,
    unattributed_events: i64,
    page_views: i64,
    engagement_msec: i64,
    sessions: i32,
    engaged_sessions: i32,
    cart_sessions: i32,
    checkout_sessions: i32,
    converted_sessions: i32,
    resumed: sqlx::types::Json<Vec<Resumed>>,
    purchases: i32,
    purchases_without_id: i32,
    items_sold: Decimal,
    clients: Option<Vec<u8>>,
    active_clients: Option<Vec<u8>>,
    new_clients: Option<Vec<u8>>,
    returning_clients: Option<Vec<u8>>,
    known_users: Option<Vec<u8>>,
    purchasing_clients: Option<Vec<u8>>,
    searches: i32,
    failed_searches: i32,
}

#[derive(Default)]
struct People([RoaringBitmap; 6]);

/// Metrics of every location with a row in the range; `''` is all of them.
pub async fn measured(db: &Db, scope: &TenantScope, range: DateRange) -> BTreeMap<String, Metrics> {
    let mut tx = db.tenant(scope).await.unwrap();
    let rows: Vec<Counts> = sql::query_as(
        "SELECT * FROM day_rollup LEFT JOIN day_sets USING (tenant_id, property_id, date, location)
             WHERE currency = '' AND date BETWEEN $1 AND $2",
    )
    .bind(range.first())
    .bind(range.last())
    .fetch_all(tx.conn())
    .await
    .unwrap();
    let money: Vec<(String, String, Decimal, Decimal)> = sql::query_as(
        "SELECT location, currency, gross_revenue, refunds FROM day_rollup
         WHERE currency <> '' AND date BETWEEN $1 AND $2",
    )
    .bind(range.first())
    .bind(range.last())
    .fetch_all(tx.conn())
    .await
    .unwrap();

    let mut metrics: BTreeMap<String, (Metrics, People)> = BTreeMap::new();
    for row in rows {
        let (of, people) = metrics.entry(row.location.clone()).or_default();
        add(of, &row, range);
        let sets = [
            &row.clients,
            &row.active_clients,
            &row.new_clients,
            &row.returning_clients,
            &row.known_users,
            &row.purchasing_clients,
        ];
        for (set, bytes) in people.0.iter_mut().zip(sets) {
            if let Some(bytes) = bytes {
                *set |= RoaringBitmap::deserialize_from(bytes.as_slice()).unwrap();
            }
        }
    }
    for (location, currency, gross, refunds) in money {
        let of = &mut metrics.entry(location).or_default().0.money;
        *of.gross_revenue.entry(currency.clone()).or_default() += gross;
        *of.refunds.entry(currency).or_default() += refunds;
    }
    metrics
        .into_iter()
        .map(|(location, (of, people))| (location, with_people(of, &people)))
        .collect()
}

fn add(of: &mut Metrics, row: &Counts, range: DateRange) {
    let unsigned = |n: i64| n.unsigned_abs();
    of.events += unsigned(row.events);
    of.unattributed_events += unsigned(row.unattributed_events);
    of.page_views += unsigned(row.page_views);
    of.engagement_msec += row.engagement_msec;
    of.purchases += unsigned(row.purchases.into());
    of.purchases_without_id += unsigned(row.purchases_without_id.into());
    of.items_sold += row.items_sold;
    of.searches += unsigned(row.searches.into());
    of.failed_searches += unsigned(row.failed_searches.into());
    let first_day = SessionCounts {
        sessions: row.sessions,
        engaged_sessions: row.engaged_sessions,
        cart_sessions: row.cart_sessions,
        checkout_sessions: row.checkout_sessions,
        converted_sessions: row.converted_sessions,
    };
    let before = row.resumed.iter().filter(|r| r.previous_day < range.first()).map(|r| r.counts);
    for counts in std::iter::once(first_day).chain(before) {
        of.sessions += unsigned(counts.sessions.into());
        of.engaged_sessions += unsigned(counts.engaged_sessions.into());
        of.cart_sessions += unsigned(counts.cart_sessions.into());
        of.checkout_sessions += unsigned(counts.checkout_sessions.into());
        of.converted_sessions += unsigned(counts.converted_sessions.into());
    }
    assert!(range.contains(row.date));
}

fn with_people(mut of: Metrics, people: &People) -> Metrics {
    let [clients, active, new, returning, known, purchasing] = &people.0;
    of.total_users = clients.len();
    of.active_users = active.len();
    of.new_users = new.len();
    of.returning_users = returning.len();
    of.known_users = known.len();
    of.purchasing_users = purchasing.len();
    of.active_purchasers = active.intersection_len(purchasing);
    of
}

/// What the rollups cannot say is left out; money of zero is no money.
pub fn comparable(mut metrics: Metrics) -> Metrics {
    metrics.started = Default::default();
    metrics.unconverted_searches = 0;
    metrics.main_purchases = 0;
    metrics.repeat_visitors = 0;
    metrics.hot_visitors = 0;
    for amounts in [&mut metrics.money.gross_revenue, &mut metrics.money.refunds] {
        amounts.retain(|_, amount| !amount.is_zero());
    }
    metrics
}

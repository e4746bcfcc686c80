//! Hours and days in the zone of the property that they were counted in.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use common::db::{Db, sql};
use common::kernel::TenantScope;
use data_service::app::replace_day::Swapped;
use data_service::app::stage_day::LoadRules;
use data_service::store::property::{self, PropertyRow};
use testkit::TestDb;
use testkit::db::ServiceLogin;

use crate::handmade::{Hit, table};
use crate::support::{DATASET, daily, load_by, rules, serve, warehouse};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn zone(db: &Db, scope: &TenantScope, property_id: i64, zone: &str, from: &str) {
    let mut tx = db.tenant(scope).await.unwrap();
    let row = PropertyRow {
        property_id,
        dataset: DATASET.to_owned(),
        time_zone: zone.to_owned(),
        valid_from: day(from),
    };
    property::upsert(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
}

/// The hours of a day that hold something: when they begin, and how many events they have.
async fn hours(db: &Db, scope: &TenantScope, property_id: i64, date: &str) -> Vec<(String, i64)> {
    let mut tx = db.tenant(scope).await.unwrap();
    let rows: Vec<(i64, i64)> = sql::query_as(
        "SELECT hour_micros, events FROM hour_rollup
         WHERE property_id = $1 AND date = $2 AND location = '' AND currency = '' AND events > 0
         ORDER BY hour_micros",
    )
    .bind(property_id)
    .bind(day(date))
    .fetch_all(tx.conn())
    .await
    .unwrap();
    let shown = |micros| DateTime::from_timestamp_micros(micros).unwrap().format("%dT%H:%M");
    rows.into_iter().map(|(micros, events)| (shown(micros).to_string(), events)).collect()
}

/// An event in the middle of every hour from `start` on.
fn every_hour(start: &str, hours: i64) -> Vec<Hit> {
    (0..hours)
        .map(|hour| {
            let at = instant(start) + TimeDelta::minutes(60 * hour + 30);
            Hit::new(at.timestamp_micros(), format!("client {hour}"))
        })
        .collect()
}

#[tokio::test]
async fn a_day_has_the_hours_of_its_zone_also_when_the_clocks_change() {
    let test = TestDb::new().await;
    let (db, scope) = (test.connect(ServiceLogin::Data).await, test.alpha());
    // Zone, local day, its first instant, its hours.
    let days = [
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", 23),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", 25),
        ("Pacific/Kiritimati", "2026-05-10", "2026-05-09T10:00:00Z", 24),
        ("Pacific/Pago_Pago", "2026-05-11", "2026-05-11T11:00:00Z", 24),
    ];
    let tables: Vec<_> = days
        .iter()
        .map(|(_, date, start, count)| (day(date), table(day(date), &every_hour(start, *count))))
        .collect();
    let server = serve(&tables).await;
    let warehouse = warehouse(&server).await;
    for ((name, date, start, count), property_id) in days.into_iter().zip(1..) {
        zone(&db, &scope, property_id, name, "1970-01-01").await;
        let rules = LoadRules { property_id, ..rules() };
        load_by(&db, &scope, &warehouse, &rules, &daily(day(date))).await;
        let found = hours(&db, &scope, property_id, date).await;
        let expected: Vec<_> = (0..count)
            .map(|hour| {
                let at = instant(start) + TimeDelta::hours(hour);
                (at.format("%dT%H:%M").to_string(), 1)
            })
            .collect();
        assert_eq!(found, expected, "{name} on {date}");
    }
}

#[tokio::test]
async fn a_change_of_zone_keeps_the_days_before_it() {
    let test = TestDb::new().await;
    let (db, scope) = (test.connect(ServiceLogin::Data).await, test.alpha());
    let dates = ["2026-05-10", "2026-05-11"];
    // Noon in the zone of the day: Berlin, then New York.
    let noon = ["2026-05-10T10:30:00Z", "2026-05-11T16:30:00Z"];
    let tables: Vec<_> = dates
        .iter()
        .zip(noon)
        .map(|(date, noon)| {
            let hit = Hit::new(instant(noon).timestamp_micros(), "client");
            // Far outside of the day: the export decides which day it belongs to.
            let stray = Hit::new(instant("2026-05-12T12:00:00Z").timestamp_micros(), "late");
            (day(date), table(day(date), &[hit, stray]))
        })
        .collect();
    let server = serve(&tables).await;
    let warehouse = warehouse(&server).await;
    zone(&db, &scope, 1, "Europe/Berlin", "1970-01-01").await;
    load_by(&db, &scope, &warehouse, &rules(), &daily(day(dates[0]))).await;
    let before = hours(&db, &scope, 1, dates[0]).await;
    assert_eq!(before, [("10T10:00".to_owned(), 1), ("10T21:00".to_owned(), 1)]);

    zone(&db, &scope, 1, "America/New_York", "2026-05-11").await;
    load_by(&db, &scope, &warehouse, &rules(), &daily(day(dates[1]))).await;
    let after = hours(&db, &scope, 1, dates[1]).await;
    assert_eq!(after, [("11T16:00".to_owned(), 1), ("12T03:00".to_owned(), 1)]);

    // Loaded again, the day before the change still has the hours of its own zone.
    let mut tx = db.tenant(&scope).await.unwrap();
    sql::query("UPDATE shard SET fingerprint = ''").execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    let again = load_by(&db, &scope, &warehouse, &rules(), &daily(day(dates[0]))).await;
    assert!(matches!(again, Swapped::Replaced { .. }));
    assert_eq!(hours(&db, &scope, 1, dates[0]).await, before);
}

#[tokio::test]
async fn a_zone_that_is_corrected_moves_the_hours_of_days_that_are_loaded_again() {
    let test = TestDb::new().await;
    let (db, scope) = (test.connect(ServiceLogin::Data).await, test.alpha());
    let hit = Hit::new(instant("2026-05-10T22:30:00Z").timestamp_micros(), "client");
    let server = serve(&[(day("2026-05-11"), table(day("2026-05-11"), &[hit]))]).await;
    let warehouse = warehouse(&server).await;
    zone(&db, &scope, 1, "UTC", "1970-01-01").await;
    let shard = daily(day("2026-05-11"));
    load_by(&db, &scope, &warehouse, &rules(), &shard).await;
    assert_eq!(hours(&db, &scope, 1, "2026-05-11").await, [("11T00:00".to_owned(), 1)]);

    zone(&db, &scope, 1, "Europe/Berlin", "1970-01-01").await;
    let again = load_by(&db, &scope, &warehouse, &rules(), &shard).await;
    assert!(matches!(again, Swapped::Replaced { .. }));
    assert_eq!(hours(&db, &scope, 1, "2026-05-11").await, [("10T22:00".to_owned(), 1)]);
    let same = load_by(&db, &scope, &warehouse, &rules(), &shard).await;
    assert_eq!(same, Swapped::Unchanged);
}

//! Listing and querying give the same facts.

use chrono::NaiveDate;
use common::kernel::DateRange;
use data_service::adapters::bigquery::{QueryWarehouse, Warehouse};
use testkit::TestDb;
use testkit::bigquery::{Route, TableSource};
use testkit::db::ServiceLogin;
use testkit::ga4::generator::Generator;

use crate::support::{configure, load, row_hash, sample_days, serve, settings, warehouse};

async fn assert_equal(days: &[(NaiveDate, TableSource)]) {
    let test = TestDb::new().await;
    let db = test.connect(ServiceLogin::Data).await;
    let server = serve(days).await;
    let listing = warehouse(&server).await;
    let querying = QueryWarehouse::new(listing.clone(), settings(&server).queries());
    let ways: [(_, &dyn Warehouse); 2] = [(test.alpha(), &listing), (test.beta(), &querying)];
    let mut hashes = Vec::new();
    for (scope, way) in ways {
        configure(&db, &scope).await;
        server.clear_log();
        for (day, _) in days {
            load(&db, &scope, way, *day).await;
        }
        let listed = server.request_log().iter().any(|r| r.route == Route::TableData);
        let queried = server.request_log().iter().any(|r| r.route == Route::QueryResults);
        assert_ne!(listed, queried);
        hashes.push(row_hash(&db, &scope).await);
    }
    assert_eq!(hashes[0], hashes[1]);
}

#[tokio::test]
async fn real_days_give_the_same_rows_listed_and_queried() {
    let Some(days) = sample_days("real_days_give_the_same_rows_listed_and_queried") else { return };
    assert_equal(&days[3..6]).await;
}

#[tokio::test]
async fn generated_days_give_the_same_rows_listed_and_queried() {
    let first: NaiveDate = "2026-03-27".parse().unwrap();
    let days = DateRange::new(first, "2026-03-29".parse().unwrap()).unwrap();
    let shop = Generator { sessions_per_day: 120, ..Generator::new(9, days) };
    let mut days: Vec<_> = days.iter().map(|day| (day, shop.table(day))).collect();
    // A row of another day, which neither way may load, and both have to count.
    let mut rows: Vec<_> = shop.day(first).collect();
    rows.extend(shop.day(first.succ_opt().unwrap()).take(1));
    days[0].1 = TableSource::rows(Generator::schema(), rows);
    assert_equal(&days).await;
}

//! Loads of one property that wait for each other.

use std::time::Duration;

use chrono::NaiveDate;
use common::db::{Db, DbOptions, sql};
use common::kernel::Secret;
use data_service::store::property;
use testkit::TestDb;
use testkit::db::ServiceLogin;

use crate::handmade::{Hit, table};
use crate::support::{PROPERTY, configure, load, serve, warehouse};

const DAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 5, 4).unwrap();

#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_waits_for_its_property_longer_than_a_transaction_may_idle_goes_on() {
    let test = TestDb::new().await;
    let (db, scope) = (test.connect(ServiceLogin::Data).await, test.alpha());
    configure(&db, &scope).await;
    let server = serve(&[(DAY, table(DAY, &[Hit::new(1_777_860_000_000_000, "client")]))]).await;
    let warehouse = warehouse(&server).await;
    let short = DbOptions {
        idle_in_transaction_timeout: Duration::from_millis(200),
        ..DbOptions::new(Secret::new(test.login_url(ServiceLogin::Data)))
    };
    let hasty = Db::connect(&short).await.unwrap();

    let mut other = db.tenant(&scope).await.unwrap();
    property::lock(&mut other, PROPERTY).await.unwrap();
    let held = async {
        // Until the load waits, and then three times as long as its second transaction might idle.
        loop {
            let waiting: bool = sql::query_scalar(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            )
            .fetch_one(other.conn())
            .await
            .unwrap();
            if waiting {
                break;
            }
        }
        sql::query("SELECT pg_sleep(0.6)").execute(other.conn()).await.unwrap();
        other.commit().await.unwrap();
    };
    let loading =
        tokio::time::timeout(Duration::from_secs(60), load(&hasty, &scope, &warehouse, DAY));
    let (loaded, ()) = tokio::join!(loading, held);
    loaded.unwrap();
}

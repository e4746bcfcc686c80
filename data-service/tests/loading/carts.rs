//! What became of carts, whatever the order in which days were loaded.

use chrono::{DateTime, NaiveDate, Utc};
use common::db::{Db, sql};
use common::kernel::TenantScope;
use testkit::TestDb;
use testkit::bigquery::TableSource;
use testkit::db::ServiceLogin;

use crate::handmade::{Hit, table};
use crate::support::{configure, load, row_hash, serve, warehouse};

fn hit(at: &str, client: &str) -> Hit {
    let at: DateTime<Utc> = at.parse().unwrap();
    Hit::new(at.timestamp_micros(), client)
}

fn day(date: &str, hits: &[Hit]) -> (NaiveDate, TableSource) {
    let date = date.parse().unwrap();
    (date, table(date, hits))
}

/// Whose cart, and when it was bought.
async fn recovered(db: &Db, scope: &TenantScope) -> Vec<(String, Option<String>)> {
    let mut tx = db.tenant(scope).await.unwrap();
    sql::query_as(
        "SELECT c.user_pseudo_id, to_char(to_timestamp(k.recovered_micros / 1000000), 'YYYY-MM-DD')
         FROM cart AS k JOIN client AS c USING (tenant_id, property_id, client_key)
         ORDER BY 1, k.last_cart_micros",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap()
}

/// Loads the days in their order and against it; both must come to the same.
async fn either_way(days: &[(NaiveDate, TableSource)]) -> Vec<(String, Option<String>)> {
    let test = TestDb::new().await;
    let db = test.connect(ServiceLogin::Data).await;
    let server = serve(days).await;
    let warehouse = warehouse(&server).await;
    let mut found = Vec::new();
    for (scope, backwards) in [(test.alpha(), false), (test.beta(), true)] {
        configure(&db, &scope).await;
        let mut dates: Vec<NaiveDate> = days.iter().map(|(date, _)| *date).collect();
        if backwards {
            dates.reverse();
        }
        for date in dates {
            load(&db, &scope, &warehouse, date).await;
        }
        found.push((recovered(&db, &scope).await, row_hash(&db, &scope).await));
    }
    assert_eq!(found[0], found[1]);
    found.swap_remove(0).0
}

#[tokio::test]
async fn a_cart_is_bought_as_late_as_a_tenant_can_wait_for_it_and_no_later() {
    let days = [
        day(
            "2026-01-01",
            &[
                hit("2026-01-01T12:00:00Z", "patient").named("add_to_cart"),
                hit("2026-01-01T12:00:00Z", "too late").named("add_to_cart"),
            ],
        ),
        day("2026-02-20", &[hit("2026-02-20T12:00:00Z", "patient").named("purchase").within(2)]),
        day("2026-04-02", &[hit("2026-04-02T12:00:00Z", "too late").named("purchase").within(2)]),
    ];
    let expected =
        [("patient".to_owned(), Some("2026-02-20".to_owned())), ("too late".to_owned(), None)];
    assert_eq!(either_way(&days).await, expected);
}

#[tokio::test]
async fn a_purchase_that_turns_out_to_be_somebody_elses_recovers_no_cart_of_the_first() {
    let days = [
        // Somebody leaves a cart at one browser.
        day("2026-05-01", &[hit("2026-05-01T12:00:00Z", "desk").named("add_to_cart").by("anna")]),
        // A purchase at another one, in a session that goes on over midnight.
        day(
            "2026-05-02",
            &[hit("2026-05-02T23:50:00Z", "phone").named("purchase").within(7).by("anna")],
        ),
        // There the session turns out to be of somebody else: the last user it names holds for all of it.
        day("2026-05-03", &[hit("2026-05-03T00:10:00Z", "phone").within(7).by("bert")]),
    ];
    assert_eq!(either_way(&days).await, [("desk".to_owned(), None)]);
}

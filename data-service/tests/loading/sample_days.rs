//! Loading real days: the numbers, and that neither order nor repetition changes them.

use crate::measured::measured;
use crate::support::{configure, load, row_hash, sample_days, serve, warehouse};
use chrono::NaiveDate;
use common::db::sql;
use common::kernel::DateRange;
use data_service::app::replace_day::Swapped;
use testkit::TestDb;
use testkit::db::ServiceLogin;

#[tokio::test]
async fn seven_days_give_the_documented_facts() {
    let Some(days) = sample_days("seven_days_give_the_documented_facts") else { return };
    let test = TestDb::new().await;
    let (db, scope) = (test.connect(ServiceLogin::Data).await, test.alpha());
    configure(&db, &scope).await;
    let server = serve(&days).await;
    let warehouse = warehouse(&server).await;
    for (day, _) in &days {
        load(&db, &scope, &warehouse, *day).await;
    }

    // events, started sessions, engaged, page views, add to cart, checkout, converted, purchases,
    // without id, gross revenue
    let expected = [
        ("2020-12-21", 42_623, 4_017, 3_558, 12_294, 204, 91, 49, 52, 2, 3_383),
        ("2020-12-22", 44_519, 3_838, 3_343, 12_775, 219, 96, 52, 59, 3, 3_071),
        ("2020-12-23", 40_040, 3_443, 3_047, 11_356, 209, 92, 53, 67, 0, 4_418),
        ("2020-12-24", 26_139, 2_798, 2_534, 7_357, 101, 39, 21, 23, 1, 1_192),
        ("2020-12-25", 21_355, 2_645, 2_422, 5_956, 81, 36, 16, 17, 1, 552),
        ("2020-12-26", 22_121, 2_676, 2_436, 6_291, 75, 25, 15, 16, 1, 725),
        ("2020-12-27", 22_496, 2_677, 2_434, 6_226, 99, 39, 20, 20, 0, 1_161),
    ]
    .map(|(day, e, s, g, v, a, b, c, p, w, r)| {
        (day.parse::<NaiveDate>().unwrap(), e, s, g, v, a, b, c, p, w, r)
    });
    type Facts = (NaiveDate, i64, i32, i32, i64, i32, i32, i32, i32, i32, i64);
    #[derive(sqlx::FromRow)]
    struct Row {
        date: NaiveDate,
        events: i64,
        sessions: i32,
        engaged_sessions: i32,
        page_views: i64,
        cart_sessions: i32,
        checkout_sessions: i32,
        converted_sessions: i32,
        purchases: i32,
        purchases_without_id: i32,
        gross_revenue: i64,
    }
    let mut tx = db.tenant(&scope).await.unwrap();
    let rows: Vec<Row> = sql::query_as(
        "SELECT c.date, c.events, c.sessions, c.engaged_sessions, c.page_views, c.cart_sessions,
                c.checkout_sessions, c.converted_sessions, c.purchases, c.purchases_without_id,
                (SELECT sum(gross_revenue)::bigint FROM day_rollup AS m
                 WHERE m.date = c.date AND m.location = '' AND m.currency <> '') AS gross_revenue
         FROM day_rollup AS c WHERE c.location = '' AND c.currency = '' ORDER BY c.date",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap();
    let loaded: Vec<Facts> = rows
        .into_iter()
        .map(|r| {
            (
                r.date,
                r.events,
                r.sessions,
                r.engaged_sessions,
                r.page_views,
                r.cart_sessions,
                r.checkout_sessions,
                r.converted_sessions,
                r.purchases,
                r.purchases_without_id,
                r.gross_revenue,
            )
        })
        .collect();
    assert_eq!(loaded, expected);
    drop(tx);

    let week = DateRange::new(days[0].0, days[6].0).unwrap();
    let all = measured(&db, &scope, week).await.remove("").unwrap_or_default();
    assert_eq!((all.sessions, all.purchases, all.purchases_without_id), (22_094, 254, 8));
    assert_eq!((all.total_users, all.new_users, all.returning_users), (19_145, 17_015, 3_530));
    let users = [3_627, 3_405, 3_123, 2_601, 2_491, 2_472, 2_493];
    let new = [2_937, 2_717, 2_527, 2_241, 2_206, 2_209, 2_179];
    for ((day, users), new) in week.iter().zip(users).zip(new) {
        let of = measured(&db, &scope, DateRange::single(day)).await.remove("").unwrap_or_default();
        assert_eq!((of.total_users, of.new_users), (users, new), "{day}");
    }
}

#[tokio::test]
async fn order_of_loading_does_not_matter() {
    let Some(days) = sample_days("order_of_loading_does_not_matter") else { return };
    let test = TestDb::new().await;
    let db = test.connect(ServiceLogin::Data).await;
    let server = serve(&days).await;
    let warehouse = warehouse(&server).await;
    let mut hashes = Vec::new();
    for (scope, order) in
        [(test.alpha(), [0, 1, 2, 3, 4, 5, 6]), (test.beta(), [4, 2, 6, 0, 5, 1, 3])]
    {
        configure(&db, &scope).await;
        for index in order {
            load(&db, &scope, &warehouse, days[index].0).await;
        }
        hashes.push(row_hash(&db, &scope).await);
    }
    assert_eq!(hashes[0], hashes[1]);
}

#[tokio::test]
async fn loading_again_changes_nothing() {
    let Some(days) = sample_days("loading_again_changes_nothing") else { return };
    let test = TestDb::new().await;
    let (db, scope) = (test.connect(ServiceLogin::Data).await, test.alpha());
    configure(&db, &scope).await;
    let (day, source) = &days[4];
    let server = serve(&days[4..5]).await;
    let warehouse = warehouse(&server).await;
    load(&db, &scope, &warehouse, *day).await;
    let first = row_hash(&db, &scope).await;
    for seed in 1..5 {
        let table = crate::support::daily(*day).table();
        server.replace(
            crate::support::PROJECT,
            crate::support::DATASET,
            &table,
            source.shuffled(seed).unwrap(),
        );
        assert_eq!(load(&db, &scope, &warehouse, *day).await, Swapped::Unchanged);
    }
    let mut tx = db.tenant(&scope).await.unwrap();
    sql::query("UPDATE shard SET fingerprint = '', source_modified_ms = 0, source_etag = ''")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(load(&db, &scope, &warehouse, *day).await, Swapped::Replaced { .. }));
    assert_eq!(row_hash(&db, &scope).await, first);
    let mut tx = db.tenant(&scope).await.unwrap();
    let left: i64 =
        sql::query_scalar("SELECT count(*) FROM staging.load").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(left, 0);
}

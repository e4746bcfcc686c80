//! Params that the tenant gave a type, from the export to the counters of drift.

use chrono::NaiveDate;
use common::db::sql;
use data_service::app::replace_day::Swapped;
use data_service::app::stage_day::LoadRules;
use data_service::domain::event::ParamType;
use testkit::TestDb;
use testkit::db::ServiceLogin;

use crate::handmade::{Hit, table};
use crate::support::{configure, daily, load_by, rules, serve, warehouse};

#[tokio::test]
async fn typed_params_are_stored_in_their_type_and_drift_is_counted_by_key() {
    let test = TestDb::new().await;
    let (db, scope) = (test.connect(ServiceLogin::Data).await, test.alpha());
    configure(&db, &scope).await;
    let first = NaiveDate::from_ymd_opt(2026, 5, 10).unwrap();
    let points = ["7", "8.0", "seven", "9.5", "10"];
    let days: Vec<_> = [first, first.succ_opt().unwrap()]
        .into_iter()
        .map(|date| {
            let start = date.and_hms_opt(12, 0, 0).unwrap().and_utc().timestamp_micros();
            let hits: Vec<_> = (0..)
                .zip(points)
                .map(|(n, points)| Hit {
                    params: vec![("points", points.to_owned())],
                    ..Hit::new(start + n, "client")
                })
                .collect();
            (date, table(date, &hits))
        })
        .collect();
    let server = serve(&days).await;
    let warehouse = warehouse(&server).await;
    let untyped = rules();
    load_by(&db, &scope, &warehouse, &untyped, &daily(first)).await;
    let types = [("points".to_owned(), ParamType::Integer)];
    let typed = LoadRules { param_types: types.into_iter().collect(), ..untyped };
    // The same rows by other rules are another day.
    for (date, _) in &days {
        let swapped = load_by(&db, &scope, &warehouse, &typed, &daily(*date)).await;
        assert!(matches!(swapped, Swapped::Replaced { .. }), "{date}");
    }
    let again = load_by(&db, &scope, &warehouse, &typed, &daily(first)).await;
    assert_eq!(again, Swapped::Unchanged);
    // Loaded by yet other rules, the day says once what it says.
    let sold = LoadRules { default_currency: "CHF".to_owned(), ..typed };
    let again = load_by(&db, &scope, &warehouse, &sold, &daily(first)).await;
    assert!(matches!(again, Swapped::Replaced { .. }));

    let mut tx = db.tenant(&scope).await.unwrap();
    let stored: Vec<Option<String>> = sql::query_scalar(
        "SELECT (params -> 'points')::text FROM event WHERE event_date = $1 ORDER BY event_micros",
    )
    .bind(first)
    .fetch_all(tx.conn())
    .await
    .unwrap();
    let stored: Vec<_> = stored.iter().map(Option::as_deref).collect();
    assert_eq!(stored, [Some("7"), Some("8"), None, None, Some("10")]);
    let drift: Vec<String> = sql::query_scalar(
        "SELECT format('%s %s %s %s %s %s', key, from_type, to_type, sum(occurrences), min(date), max(date))
         FROM param_drift GROUP BY key, from_type, to_type",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap();
    assert_eq!(drift, ["points string integer 4 2026-05-10 2026-05-11"]);
}

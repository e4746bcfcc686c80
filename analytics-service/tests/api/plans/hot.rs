//! Plans of the statements that every screen waits for, constant ones.

use analytics_service::store::{
    action_item, basis, breakdown_rollup, day_columns, day_rollup, hour_rollup, user_rollup,
};
use common::db::sql::Text;
use sqlx::{Executor, Row};

use super::ways::{assert_checked_in, ways};
use crate::support::PROPERTY;

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "explains the product's own statements")]
async fn the_plans_of_the_hot_statements_are_the_ones_checked_in() {
    let site = super::filled().await;
    let alpha = site.test_db.alpha();
    let ten_days = "'2020-03-01', '2020-03-10'";
    let days = "ARRAY[date '2020-03-01']";
    let parts = "ARRAY['month'], ARRAY[date '2020-02-01'], ARRAY[date '2020-03-01'], ARRAY[true]";
    let of_parts = "text, text[], date[], date[], bool[]";
    let tenant = alpha.tenant_id();
    let (first, later) = ("NULL, NULL", format!("'2020-01-05', '{tenant}'"));
    let of_page = "text, text, timestamptz, uuid, bigint";
    let mut seen = String::new();
    for (name, statement, parameters, types) in [
        ("versions", basis::VERSIONS, "NULL".to_owned(), "bigint"),
        ("basis", basis::BASIS, format!("NULL, {ten_days}"), "bigint, date, date"),
        (
            "sums of a location",
            day_rollup::SUMS,
            format!("'', {ten_days}, {days}"),
            "text, date, date, date[]",
        ),
        (
            "sums of each location",
            day_rollup::SUMS_BY_LOCATION,
            format!("'', {ten_days}, {days}"),
            "text, date, date, date[]",
        ),
        ("days with columns", day_columns::KEPT, ten_days.to_owned(), "date, date"),
        (
            "weeks and months",
            user_rollup::KEPT,
            "ARRAY['month'], ARRAY[date '2020-02-01']".to_owned(),
            "text[], date[]",
        ),
        ("users of a location", user_rollup::USERS, format!("'', {parts}"), of_parts),
        ("users of each", user_rollup::USERS_BY_LOCATION, format!("NULL, {parts}"), of_parts),
        (
            "values of a dimension",
            breakdown_rollup::SUMS,
            format!("'device', {ten_days}, {days}"),
            "text, date, date, date[]",
        ),
        (
            "their users",
            breakdown_rollup::USERS,
            format!("'device', {ten_days}, ARRAY[true], ARRAY[true]"),
            "text, date, date, bool[], bool[]",
        ),
        ("hours", hour_rollup::HOURS, format!("'', {ten_days}"), "text, date, date"),
        (
            "their sets",
            hour_rollup::SETS,
            format!("'', {ten_days}, ARRAY[true], true"),
            "text, date, date, bool[], bool",
        ),
        ("newest hour", hour_rollup::NEWEST, "'2020-03-01'".to_owned(), "date"),
        ("items", action_item::PAGE, format!("NULL, NULL, {first}, 50"), of_page),
        ("items further on", action_item::PAGE, format!("NULL, NULL, {later}, 50"), of_page),
        ("items to do", action_item::PAGE, format!("'incomplete', NULL, {first}, 50"), of_page),
        (
            "items of branches",
            action_item::PAGE_OF_BRANCHES,
            format!("NULL, NULL, {first}, 50, ARRAY['B7', 'B8']"),
            "text, text, timestamptz, uuid, bigint, text[]",
        ),
        (
            "carts' items not begun",
            action_item::NOT_STARTED,
            "'abandoned_cart', NULL, 500".to_owned(),
            "text, uuid, bigint",
        ),
    ] {
        // Types of the parameters in the order of their numbers.
        let (types, parameters) = match name {
            "versions" | "basis" => (types.to_owned(), format!("'{tenant}', {parameters}")),
            // Of all properties.
            items if items.starts_with("items") => {
                (types.to_owned(), format!("'{tenant}', {parameters}"))
            }
            _ => (format!("bigint, {types}"), format!("'{tenant}', {PROPERTY}, {parameters}")),
        };
        let mut tx = site.db.tenant(&alpha).await.unwrap();
        let prepare = format!("PREPARE asked (uuid, {types}) AS {statement}");
        tx.conn().execute(Text::trusted(prepare)).await.unwrap();
        let explain = format!("EXPLAIN (COSTS OFF) EXECUTE asked ({parameters})");
        let rows = sqlx::query(Text::trusted(explain)).fetch_all(tx.conn()).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let ways = ways(plan.iter().map(String::as_str));
        assert!(!ways.contains("all of"), "{name}: {}", plan.join("\n"));
        seen.push_str(&format!("{name}: {ways}\n"));
        tx.conn().execute(Text::trusted("DEALLOCATE asked".to_owned())).await.unwrap();
    }
    assert_checked_in("hot.txt", &seen);
}

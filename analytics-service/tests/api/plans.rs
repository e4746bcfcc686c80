//! Plans of the statements that every screen waits for, as the service's own role sees them under
//! row-level security. `FOOTFALL_UPDATE_SNAPSHOTS=1` writes them anew.

use std::collections::BTreeSet;
use std::path::Path;

use analytics_service::store::{
    basis, breakdown_rollup, day_columns, day_rollup, hour_rollup, user_rollup,
};
use common::db::sql::Text;
use sqlx::{Executor, Row};

use crate::support::{PROPERTY, Site};

/// Enough of everything that a scan of a whole table would be the dearer way.
const FILL: &str = "
    INSERT INTO day_rollup (tenant_id, property_id, date, location, currency)
    SELECT t.tenant_id, p.property_id, date '2020-01-01' + d, l, ''
    FROM (SELECT tenant_id FROM tenant) AS t JOIN property AS p USING (tenant_id),
         generate_series(0, 364) AS d, unnest(ARRAY['', 'B1', 'B2', 'B3', 'B4', 'B5', 'B6']) AS l;
    INSERT INTO day_sets (tenant_id, property_id, date, location)
    SELECT tenant_id, property_id, date, location FROM day_rollup;
    INSERT INTO user_rollup (tenant_id, property_id, span, first_day, location)
    SELECT DISTINCT tenant_id, property_id, span, date_trunc(span, date)::date, location
    FROM day_rollup, unnest(ARRAY['week', 'month']) AS span;
    INSERT INTO breakdown_rollup (tenant_id, property_id, date, dimension, value_1, value_2, value_3, currency)
    SELECT tenant_id, property_id, date, dimension, location, '', '', ''
    FROM day_rollup, unnest(ARRAY['device', 'geo', 'traffic', 'page']) AS dimension;
    INSERT INTO breakdown_sets (tenant_id, property_id, date, dimension, value_1, value_2, value_3)
    SELECT tenant_id, property_id, date, dimension, value_1, value_2, value_3 FROM breakdown_rollup;
    INSERT INTO hour_rollup (tenant_id, property_id, date, location, hour_micros, currency)
    SELECT tenant_id, property_id, date, location, h, '' FROM day_rollup, generate_series(1, 6) AS h;
    INSERT INTO hour_sets (tenant_id, property_id, date, location, hour_micros)
    SELECT tenant_id, property_id, date, location, hour_micros FROM hour_rollup;
    INSERT INTO day_columns
    SELECT tenant_id, property_id, date, 0, 0, 0, 0, 0, 0, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e, e,
           e, e, e, e, e
    FROM day_rollup, decode('00', 'hex') AS e WHERE location = '';
    INSERT INTO shard (tenant_id, property_id, date, table_name, kind, source_modified_ms, source_rows,
      source_bytes, source_etag, fingerprint, loader_version, version, revision, loaded_rows,
      collapsed_rows, rejected_rows, loaded_at)
    SELECT tenant_id, property_id, date '2020-12-30' - d, 't', 'daily', 0, 0, 0, '', '', 1, 1, 1, 0, 0, 0, now()
    FROM property, generate_series(0, CASE WHEN dataset = 'd' THEN 364 ELSE 20000 END) AS d;
    INSERT INTO job (tenant_id, job_id, kind, requested_by) SELECT tenant_id, tenant_id, 'ingest', 't' FROM tenant;
    INSERT INTO job_step (tenant_id, step_id, job_id, kind, label, state)
    SELECT tenant_id, gen_random_uuid(), tenant_id, 'load_shard', 't', 'done' FROM tenant, generate_series(1, 3000);
    ANALYZE day_rollup; ANALYZE user_rollup; ANALYZE breakdown_rollup; ANALYZE hour_rollup; ANALYZE shard;
    ANALYZE job_step; ANALYZE day_columns; ANALYZE day_sets; ANALYZE breakdown_sets; ANALYZE hour_sets";

/// The indexes by which rows are found, and tables that are read as a whole: what is left of a plan
/// when neither the server's version nor how full a table is may change it.
fn ways(plan: &[String]) -> String {
    let way = |line: &String| {
        let line = line.trim_start_matches([' ', '-', '>']).trim_end();
        let name = |rest: &str| rest.split(' ').next().unwrap_or_default().to_owned();
        if let Some(rest) = line.strip_prefix("Seq Scan on ") {
            return Some(format!("all of {}", name(rest)));
        }
        let by = ["Index Scan using ", "Index Only Scan using ", "Bitmap Index Scan on "];
        by.iter().find_map(|start| line.strip_prefix(start)).map(name)
    };
    let ways: BTreeSet<String> = plan.iter().filter_map(way).collect();
    ways.into_iter().collect::<Vec<_>>().join(", ")
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "explains the product's own statements")]
async fn the_plans_of_the_hot_statements_are_the_ones_checked_in() {
    let mut site = Site::new().await;
    let (alpha, beta) = (site.test_db.alpha(), site.test_db.beta());
    site.facts(&alpha).property(PROPERTY, "UTC").await;
    site.facts(&beta).property(PROPERTY, "UTC").await;
    let other = "UPDATE property SET dataset = 'much' WHERE tenant_id <> ";
    let other = format!("{other} '{}'", alpha.tenant_id());
    site.owner.execute(Text::trusted(other)).await.unwrap();
    site.owner.execute(Text::trusted(FILL.to_owned())).await.unwrap();
    let ten_days = "'2020-03-01', '2020-03-10'";
    let days = "ARRAY[date '2020-03-01']";
    let parts = "ARRAY['month'], ARRAY[date '2020-02-01'], ARRAY[date '2020-03-01'], ARRAY[true]";
    let of_parts = "text, text[], date[], date[], bool[]";
    let tenant = alpha.tenant_id();
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
    ] {
        // Types of the parameters in the order of their numbers.
        let (types, parameters) = match name {
            "versions" | "basis" => (types.to_owned(), format!("'{tenant}', {parameters}")),
            _ => (format!("bigint, {types}"), format!("'{tenant}', {PROPERTY}, {parameters}")),
        };
        let mut tx = site.db.tenant(&alpha).await.unwrap();
        let prepare = format!("PREPARE asked (uuid, {types}) AS {statement}");
        tx.conn().execute(Text::trusted(prepare)).await.unwrap();
        let explain = format!("EXPLAIN (COSTS OFF) EXECUTE asked ({parameters})");
        let rows = sqlx::query(Text::trusted(explain)).fetch_all(tx.conn()).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let ways = ways(&plan);
        assert!(!ways.contains("all of"), "{name}: {}", plan.join("\n"));
        seen.push_str(&format!("{name}: {ways}\n"));
        tx.conn().execute(Text::trusted("DEALLOCATE asked".to_owned())).await.unwrap();
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/plans.txt");
    if std::env::var_os("FOOTFALL_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&file, &seen).unwrap();
    }
    let stored = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(seen, stored, "look at the plans; write them anew when they are good");
}

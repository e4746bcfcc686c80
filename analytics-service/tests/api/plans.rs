//! Plans of the statements that every screen waits for, as the service's own role sees them under
//! row-level security.

use analytics_service::store::{breakdown_rollup, day_rollup, hour_rollup};
use common::db::sql::Text;
use sqlx::{Executor, Row};

use crate::support::{PROPERTY, Site};

/// Enough of everything that a scan of a whole table would be the dearer way.
const FILL: &str = "
    INSERT INTO day_rollup (tenant_id, property_id, date, location, currency)
    SELECT t.tenant_id, p.property_id, date '2020-01-01' + d, l, ''
    FROM (SELECT tenant_id FROM tenant) AS t JOIN property AS p USING (tenant_id),
         generate_series(0, 364) AS d, unnest(ARRAY['', 'B1', 'B2', 'B3', 'B4', 'B5', 'B6']) AS l;
    INSERT INTO breakdown_rollup (tenant_id, property_id, date, dimension, value_1, value_2, value_3, currency)
    SELECT tenant_id, property_id, date, dimension, location, '', '', ''
    FROM day_rollup, unnest(ARRAY['device', 'geo', 'traffic', 'page']) AS dimension;
    INSERT INTO hour_rollup (tenant_id, property_id, date, location, hour_micros, currency)
    SELECT tenant_id, property_id, date, location, h, '' FROM day_rollup, generate_series(1, 6) AS h;
    ANALYZE day_rollup; ANALYZE breakdown_rollup; ANALYZE hour_rollup";

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "explains the product's own statements")]
async fn no_rollup_is_read_as_a_whole() {
    let mut site = Site::new().await;
    let (alpha, beta) = (site.test_db.alpha(), site.test_db.beta());
    site.facts(&alpha).property(PROPERTY, "UTC").await;
    site.facts(&beta).property(PROPERTY, "UTC").await;
    site.owner.execute(Text::trusted(FILL.to_owned())).await.unwrap();
    let ten_days = "'2020-03-01', '2020-03-10'";
    let tenant = alpha.tenant_id();
    for (statement, parameters, types) in [
        (day_rollup::DAYS, format!("'', {ten_days}"), "text, date, date"),
        (day_rollup::BY_LOCATION, ten_days.to_owned(), "date, date"),
        (breakdown_rollup::VALUES, format!("'device', {ten_days}, true"), "text, date, date, bool"),
        (hour_rollup::HOURS, format!("'', {ten_days}"), "text, date, date"),
    ] {
        let mut tx = site.db.tenant(&alpha).await.unwrap();
        let prepare = format!("PREPARE asked (uuid, bigint, {types}) AS {statement}");
        tx.conn().execute(Text::trusted(prepare)).await.unwrap();
        let explain = format!("EXPLAIN EXECUTE asked ('{tenant}', {PROPERTY}, {parameters})");
        let rows = sqlx::query(Text::trusted(explain)).fetch_all(tx.conn()).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        assert!(plan.contains("_pkey") || plan.contains("day_rollup_day"), "{plan}");
        assert!(!plan.contains("Seq Scan"), "{plan}");
        tx.conn().execute(Text::trusted("DEALLOCATE asked".to_owned())).await.unwrap();
    }
}

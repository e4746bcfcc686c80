//! What is too much for one answer.

use analytics_service::domain::counted::MOST_ROWS;
use analytics_service::domain::location::MOST_LOCATIONS;
use common::db::sql;
use common::kernel::saturating_i64;
use poem::http::StatusCode;
use serde_json::json;

use crate::query::{QUERY, asked, three_days, with};
use crate::support::{PROPERTY, Site};

#[tokio::test]
async fn more_kinds_of_traffic_than_an_answer_has_rows_are_refused() {
    let mut site = Site::new().await;
    let viewer = three_days(&mut site).await;
    let query = with(asked(&["abandoned_carts"]), "dimensions", json!(["channel_group"]));
    let answer = site.post(QUERY, &viewer, query.clone()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);

    sql::query(
        "INSERT INTO breakdown_rollup (tenant_id, property_id, date, dimension, value_1, value_2,
           value_3, currency, sessions)
         SELECT $1, $2, '2020-12-21', 'traffic', 's' || n, '', '', '', 1
         FROM generate_series(1, $3::bigint) AS n",
    )
    .bind(site.test_db.alpha().tenant_id().uuid())
    .bind(PROPERTY)
    .bind(saturating_i64(MOST_ROWS + 1))
    .execute(&mut site.owner)
    .await
    .unwrap();
    // Another range, for which no answer is kept.
    let query = with(query, "last", json!("2020-12-21"));
    let refused = site.post(QUERY, &viewer, query).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    assert_eq!(refused.json()["errors"][0]["code"], "too_many_rows", "{}", refused.text);
}

#[tokio::test]
async fn more_locations_than_can_be_looked_at_together_are_refused() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    let viewer = three_days(&mut site).await;
    let path = |last: &str| format!("/analytics/v1/stats/locations?first=2020-12-21&last={last}");
    site.facts(&alpha).locations(MOST_LOCATIONS).await;
    let most = site.get(&path("2020-12-21"), &viewer).await;
    assert_eq!(most.status, StatusCode::OK, "{}", most.text);

    site.facts(&alpha).location("one more", "B", None).await;
    // Another range, for which no answer is kept.
    let refused = site.get(&path("2020-12-22"), &viewer).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    assert_eq!(refused.json()["type"], "urn:footfall:problem:too_many_locations");
}

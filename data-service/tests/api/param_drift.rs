//! `GET /param-drift`.

use common::db::sql;
use serde_json::{Value, json};

use crate::support::Site;

const DRIFT: &str = "/data/v1/param-drift";

#[tokio::test]
async fn drift_is_listed_by_property_and_key_to_its_tenant_only() {
    let site = Site::new().await;
    let mut owner = site.owner().await;
    let tenant = site.test.alpha().tenant_id().uuid();
    sql::query(
        "INSERT INTO property (tenant_id, property_id, dataset) VALUES ($1, 7, 'd'), ($1, 8, 'd')",
    )
    .bind(tenant)
    .execute(&mut owner)
    .await
    .unwrap();
    sql::query(
        "INSERT INTO param_drift (tenant_id, property_id, key, from_type, to_type, occurrences,
                                  date)
         SELECT $1, 7 + n % 2, 'k' || n, 'string', 'integer', day.occurrences, day.date
         FROM generate_series(1, 5) AS n,
           LATERAL (VALUES (n - 1, '2020-12-21'::date), (1, '2020-12-27')) AS day (occurrences, date)",
    )
    .bind(tenant)
    .execute(&mut owner)
    .await
    .unwrap();

    let (mut keys, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = site.get(&format!("{DRIFT}?limit=2{cursor}"), &site.alpha).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let drifts = page.body["drifts"].as_array().unwrap().clone();
        keys.extend(drifts.iter().map(|drift| drift["key"].as_str().unwrap().to_owned()));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(keys, ["k2", "k4", "k1", "k3", "k5"]);
    let one = site.get(&format!("{DRIFT}?property_id=7&limit=1"), &site.alpha).await.body;
    assert_eq!(
        one["drifts"][0],
        json!({
            "property_id": 7, "key": "k2", "from": "string", "to": "integer", "occurrences": 2,
            "first_seen": "2020-12-21", "last_seen": "2020-12-27",
        })
    );
    let others = site.get(DRIFT, &site.beta).await.body;
    assert_eq!(others, json!({ "drifts": [], "next_cursor": Value::Null }));
}

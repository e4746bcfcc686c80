//! `GET /availability`.

use common::db::sql;
use serde_json::{Value, json};

use crate::support::Site;

const AVAILABILITY: &str = "/data/v1/availability";

async fn load(site: &Site, days: &[&str]) {
    let mut owner = site.owner().await;
    let tenant = site.test.alpha().tenant_id().uuid();
    sql::query("INSERT INTO property (tenant_id, property_id, dataset) VALUES ($1, 7, 'd')")
        .bind(tenant)
        .execute(&mut owner)
        .await
        .unwrap();
    for day in days {
        sql::query(
            "INSERT INTO shard (tenant_id, property_id, date, table_name, kind, source_modified_ms,
               source_rows, source_bytes, source_etag, fingerprint, loader_version, version, revision,
               loaded_rows, collapsed_rows, rejected_rows, loaded_at)
             VALUES ($1, 7, $2::text::date, 'events', 'daily', 0, 10, 100, 'e', '', 1, 3, 1, 8, 1, 1, now())",
        )
        .bind(tenant)
        .bind(*day)
        .execute(&mut owner)
        .await
        .unwrap();
    }
}

fn dates(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|day| day.as_str().unwrap_or_else(|| day["date"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn loaded_days_and_the_gaps_between_them_are_listed() {
    let site = Site::new().await;
    load(&site, &["2020-12-21", "2020-12-22", "2020-12-25"]).await;
    let all = site.get(AVAILABILITY, &site.alpha).await;
    assert_eq!(all.status, 200, "{}", all.body);
    let property = &all.body["properties"][0];
    assert_eq!(property["property_id"], 7);
    assert_eq!(dates(&property["days"]), ["2020-12-21", "2020-12-22", "2020-12-25"]);
    assert_eq!(dates(&property["missing"]), ["2020-12-23", "2020-12-24"]);
    let day = &property["days"][0];
    let rows = |name: &str| day[name].as_i64().unwrap();
    assert_eq!(
        rows("source_rows"),
        rows("loaded_rows") + rows("collapsed_rows") + rows("rejected_rows")
    );

    let part =
        site.get(&format!("{AVAILABILITY}?from=2020-12-22&to=2020-12-24"), &site.alpha).await;
    assert_eq!(dates(&part.body["properties"][0]["days"]), ["2020-12-22"]);
    let none = json!({ "properties": [] });
    assert_eq!(site.get(&format!("{AVAILABILITY}?property_id=8"), &site.alpha).await.body, none);
    assert_eq!(site.get(AVAILABILITY, &site.beta).await.body, none, "another tenant's days");
    assert_eq!(site.get(&format!("{AVAILABILITY}?property_id=7"), &site.beta).await.body, none);
}

#[tokio::test]
async fn provisional_days_that_wait_too_long_are_named() {
    let site = Site::new().await;
    load(&site, &["2020-12-21"]).await;
    let mut owner = site.owner().await;
    for statement in [
        "INSERT INTO property_zone (tenant_id, property_id, valid_from, time_zone)
         SELECT tenant_id, property_id, '1970-01-01', 'Pacific/Kiritimati' FROM property",
        "INSERT INTO shard SELECT (jsonb_populate_record(shard, jsonb_build_object(
           'kind', 'intraday', 'date', (now() AT TIME ZONE 'Pacific/Kiritimati')::date - age))).*
         FROM shard, generate_series(4, 5) AS age",
    ] {
        sql::query(statement).execute(&mut owner).await.unwrap();
    }
    let property = &site.get(AVAILABILITY, &site.alpha).await.body["properties"][0];
    let days = property["days"].as_array().unwrap();
    let provisional: Vec<bool> =
        days.iter().map(|day| day["provisional"].as_bool().unwrap()).collect();
    assert_eq!(provisional, [false, true, true]);
    // The younger one has its fourth day before it.
    assert_eq!(dates(&property["daily_missing"]), [days[1]["date"].as_str().unwrap()]);
    assert_eq!(property["daily_missing_since"], Value::Null, "nobody was told yet");
    let told = "UPDATE property SET daily_missing_since = '2026-11-20T02:30:00Z'";
    sql::query(told).execute(&mut owner).await.unwrap();
    let property = &site.get(AVAILABILITY, &site.alpha).await.body["properties"][0];
    assert_eq!(property["daily_missing_since"], "2026-11-20T02:30:00+00:00");
}

#[tokio::test]
async fn what_is_wrong_with_a_query_is_named() {
    let site = Site::new().await;
    for (query, status, fault) in [
        ("from=soon", 400, "from"),
        ("property_id=x", 400, "property_id"),
        ("day=2020-12-21", 400, "day"),
        ("from=2020-12-27&to=2020-12-21", 422, "to"),
        ("from=1990-01-01&to=2020-12-21", 422, "to"),
    ] {
        let answer = site.get(&format!("{AVAILABILITY}?{query}"), &site.alpha).await;
        assert_eq!((answer.status, answer.faults()), (status, vec![fault]), "{query}");
    }
}

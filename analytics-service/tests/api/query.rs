//! `POST /stats/query` and its short forms.

use crate::support::{PROPERTY, Rollup, Site, day};
use poem::http::{Method, StatusCode};
use rust_decimal::Decimal;
use serde_json::{Value, json};

pub const QUERY: &str = "/analytics/v1/stats/query";

/// Three days of December in Berlin.
pub async fn three_days(site: &mut Site) -> String {
    let alpha = site.test_db.alpha();
    let mut facts = site.facts(&alpha);
    facts.settings(json!({ "time_zone": "Europe/Berlin", "currency": "EUR" })).await;
    facts.property(PROPERTY, "Europe/Berlin").await;
    for (at, date) in ["2020-12-20", "2020-12-21", "2020-12-22"].into_iter().enumerate() {
        let at = i32::try_from(at).unwrap();
        let part = |share: i32| Rollup {
            sessions: 4 * share + at,
            engaged: 2 * share,
            page_views: i64::from(10 * share),
            purchases: share,
            revenue: Some(("EUR", Decimal::new(1_000 * i64::from(share), 2))),
            clients: vec![1, 2 + share.unsigned_abs()],
            ..Rollup::default()
        };
        facts.day(date, "", part(3)).await;
        facts.day(date, "ZRH", part(2)).await;
        facts.day(date, "(unassigned)", part(1)).await;
    }
    site.viewer().await
}

pub fn asked(metrics: &[&str]) -> Value {
    json!({ "metrics": metrics, "first": "2020-12-21", "last": "2020-12-22" })
}

pub fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

#[tokio::test]
async fn a_query_says_what_was_executed_and_from_which_read_model() {
    let mut site = Site::new().await;
    let viewer = three_days(&mut site).await;
    let body = with(asked(&["sessions", "revenue"]), "dimensions", json!(["location"]));
    let body = with(body, "comparison", json!({ "with": "previous_period" }));
    let answer = site.post(QUERY, &viewer, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let answer = answer.json();
    assert_eq!(answer["query"]["sessions"], "active");
    assert_eq!(answer["query"]["page"], json!({ "offset": 0, "limit": 100 }));
    assert_eq!(answer["meta"]["source"], "day_rollup");
    assert_eq!(answer["meta"]["comparison"]["first"], "2020-12-19");
    assert_eq!(answer["page"]["total_rows"], 2);
    let row = &answer["rows"][0];
    assert_eq!(row["key"], json!({ "location": "ZRH" }));
    assert_eq!(row["values"]["sessions"], 19);
    assert_eq!(row["values"]["revenue"], json!({ "amount": "40.00", "currency": "EUR" }));
    assert_eq!(row["previous"]["sessions"], 8);
    assert_eq!(row["changes"]["sessions"], json!({ "change": 11.0, "change_pct": 1.375 }));
    assert_eq!(row["changes"]["revenue"]["change"]["amount"], "20.00");
}

#[tokio::test]
async fn a_query_can_be_filtered_sorted_and_paged() {
    let mut site = Site::new().await;
    let viewer = three_days(&mut site).await;
    let by_location = with(asked(&["sessions"]), "dimensions", json!(["location"]));
    let clause = |operator: &str, value: &str| json!([{ "any": [{ "dimension": "location", "operator": operator, "value": value }] }]);
    for (operator, value, codes) in [
        ("is", "ZRH", vec!["ZRH"]),
        ("is_not", "ZRH", vec!["(unassigned)"]),
        ("contains", "R", vec!["ZRH"]),
        // No character stands for another.
        ("contains", "%", vec![]),
        ("contains", "Z_H", vec![]),
    ] {
        let body = with(by_location.clone(), "filters", clause(operator, value));
        let answer = site.post(QUERY, &viewer, body).await.json();
        let rows = answer["rows"].as_array().unwrap();
        let found: Vec<_> = rows.iter().map(|row| row["key"]["location"].clone()).collect();
        assert_eq!(found, codes, "{operator} {value}");
    }
    let body = with(by_location, "order", json!([{ "by": "sessions" }]));
    let body = with(body, "page", json!({ "offset": 1, "limit": 1 }));
    let answer = site.post(QUERY, &viewer, body).await.json();
    assert_eq!(answer["rows"][0]["key"]["location"], "ZRH");
    assert_eq!(answer["page"], json!({ "offset": 1, "limit": 1, "total_rows": 2 }));
}

#[tokio::test]
async fn what_has_no_meaning_is_refused_with_its_place() {
    let mut site = Site::new().await;
    let viewer = three_days(&mut site).await;
    let clauses: Vec<_> =
        (0..11).map(|_| json!({ "dimension": "device", "operator": "is", "value": "x" })).collect();
    let (ten, eleventh) = clauses.split_at(10);
    let only = |dimension: &str, operator: &str, value: &str| json!([{ "any": [{ "dimension": dimension, "operator": operator, "value": value }] }]);
    for (field, value, place) in [
        ("metrics", json!(["sessions", "visits"]), "/metrics/1"),
        ("metrics", json!([]), "/metrics"),
        ("dimensions", json!(["colour"]), "/dimensions/0"),
        ("dimensions", json!(["item"]), "/metrics/0"),
        ("dimensions", json!(["search_term"]), "/metrics/0"),
        ("filters", json!([{ "any": ten }, { "any": eleventh }]), "/filters"),
        ("last", json!("2020-12-01"), "/last"),
        ("comparison", json!({ "with": "custom" }), "/comparison/with"),
        ("order", json!([{ "by": "revenue" }]), "/order/0/by"),
        ("filters", only("weekday", "is", "funday"), "/filters/0/any/0/value"),
        ("filters", only("weekday", "is_not", "Monday"), "/filters/0/any/0/value"),
        ("filters", only("hour", "is", "9"), "/filters/0/any/0/value"),
        ("filters", only("new_returning", "is", "old"), "/filters/0/any/0/value"),
    ] {
        let answer = site.post(QUERY, &viewer, with(asked(&["sessions"]), field, value)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {}", answer.text);
        assert_eq!(answer.json()["errors"][0]["pointer"], place, "{}", answer.text);
    }
    for (operator, value) in [("is", "09"), ("contains", "9")] {
        let hours = with(asked(&["sessions"]), "filters", only("hour", operator, value));
        assert_eq!(site.post(QUERY, &viewer, hours).await.status, StatusCode::OK, "{value}");
    }
    // Two ranges that no window holds, by either route.
    let far = json!({ "with": "custom", "first": "2009-01-01", "last": "2009-01-02" });
    let far = with(asked(&["sessions"]), "comparison", far);
    let answer = site.post(QUERY, &viewer, far.clone()).await;
    assert_eq!(answer.json()["errors"][0]["pointer"], "/comparison", "{}", answer.text);
    let alpha = site.test_db.alpha();
    let analyst = site.login(&alpha, common::auth::Role::Analyst).await;
    let export = json!({ "format": "csv", "query": far });
    let answer = site.post("/analytics/v1/stats/export", &analyst, export).await;
    assert_eq!(answer.json()["errors"][0]["pointer"], "/query/comparison", "{}", answer.text);
    assert_eq!(answer.json()["errors"][0]["code"], "range_too_long");
    let years = json!({ "metrics": ["sessions"], "first": "2014-12-01", "last": "2020-12-22", "bucket": "day" });
    let answer = site.post(QUERY, &viewer, years).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
    assert_eq!(answer.json()["errors"][0]["code"], "too_many_buckets");
    let path = "/analytics/v1/stats/breakdown?first=2020-12-21&last=2020-12-22&dimension=page&metrics=revenue";
    let answer = site.get(path, &viewer).await;
    assert_eq!(answer.json()["errors"][0]["parameter"], "metrics", "{}", answer.text);
}

#[tokio::test]
async fn a_breakdown_is_short_for_a_query() {
    let mut site = Site::new().await;
    let viewer = three_days(&mut site).await;
    let path = "/analytics/v1/stats/breakdown?first=2020-12-21&last=2020-12-22&dimension=location&metrics=sessions";
    let short = site.get(path, &viewer).await.json();
    let body = with(asked(&["sessions"]), "dimensions", json!(["location"]));
    let long = site.post(QUERY, &viewer, body).await.json();
    assert_eq!(short["rows"], long["rows"]);
    assert_eq!(short["rows"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_query_has_an_entity_tag_too() {
    let mut site = Site::new().await;
    let viewer = three_days(&mut site).await;
    let body = asked(&["sessions"]);
    let first = site.post(QUERY, &viewer, body.clone()).await;
    let tag = first.header("etag").to_owned();
    let headers = [
        ("cookie", viewer.as_str()),
        ("origin", "http://localhost:8001"),
        ("content-type", "application/json"),
        ("if-none-match", tag.as_str()),
    ];
    let again = site.send(Method::POST, QUERY, &headers, Some(body.to_string())).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    let alpha = site.test_db.alpha();
    site.facts(&alpha).loaded(day("2020-12-22"), "daily").await;
    let changed = site.send(Method::POST, QUERY, &headers, Some(body.to_string())).await;
    assert_eq!(changed.status, StatusCode::OK);
}

/// So many landing pages on 21 December, each with a session.
async fn landing_pages(site: &mut Site, pages: i32) {
    let alpha = site.test_db.alpha();
    common::db::sql::query(
        "INSERT INTO breakdown_rollup (tenant_id, property_id, date, dimension, value_1, value_2,
           value_3, currency, sessions)
         SELECT $1, $2, '2020-12-21', 'landing_page', '/' || n, '', '', '', 1
         FROM generate_series(1, $3) AS n",
    )
    .bind(alpha.tenant_id().uuid())
    .bind(PROPERTY)
    .bind(pages)
    .execute(&mut site.owner)
    .await
    .unwrap();
}

#[tokio::test]
async fn too_many_rows_are_refused_and_a_file_holds_them() {
    let mut site = Site::new().await;
    let viewer = three_days(&mut site).await;
    landing_pages(&mut site, 600).await;
    // Each page is a row in each of 366 buckets.
    let year = json!({ "metrics": ["sessions"], "dimensions": ["landing_page"], "bucket": "day",
                       "first": "2020-01-01", "last": "2020-12-31" });
    let refused = site.post(QUERY, &viewer, year.clone()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    let error = refused.json()["errors"][0].clone();
    assert_eq!(
        (&error["pointer"], &error["code"]),
        (&json!("/dimensions"), &json!("too_many_rows"))
    );
    assert!(error["detail"].as_str().unwrap().contains("/stats/export"), "{}", refused.text);
    let few = with(year.clone(), "first", json!("2020-12-01"));
    assert_eq!(site.post(QUERY, &viewer, few).await.status, StatusCode::OK);

    let alpha = site.test_db.alpha();
    let analyst = site.login(&alpha, common::auth::Role::Analyst).await;
    let export = json!({ "format": "csv", "query": year });
    let file = site.post("/analytics/v1/stats/export", &analyst, export).await;
    assert_eq!(file.text.lines().count(), 601, "{}", file.text.lines().count());
}

#[tokio::test]
async fn an_export_is_whole_and_written_down() {
    let mut site = Site::new().await;
    three_days(&mut site).await;
    let alpha = site.test_db.alpha();
    let analyst = site.login(&alpha, common::auth::Role::Analyst).await;
    let query = with(asked(&["sessions", "revenue"]), "dimensions", json!(["location"]));
    let query = with(query, "bucket", json!("day"));
    // The page of a query is for screens.
    let query = with(query, "page", json!({ "limit": 1 }));
    let export = |format: &str| json!({ "format": format, "query": query });
    let path = "/analytics/v1/stats/export";
    let csv = site.post(path, &analyst, export("csv")).await;
    assert_eq!(csv.status, StatusCode::OK, "{}", csv.text);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let lines: Vec<&str> = csv.text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], "\"start\",\"location\",\"sessions\",\"revenue (EUR)\"");
    assert_eq!(lines.len(), 5, "two locations on two days: {lines:?}");
    assert!(lines.contains(&"\"2020-12-21T00:00:00+01:00\",\"ZRH\",9,20.00"), "{lines:?}");

    let viewer = site.viewer().await;
    let refused = site.post(path, &viewer, export("csv")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let detail: Value = common::db::sql::query_scalar(
        "SELECT detail FROM audit_entry WHERE action = 'statistics.exported'",
    )
    .fetch_one(&mut site.owner)
    .await
    .unwrap();
    assert_eq!((&detail["rows"], &detail["format"]), (&json!(4), &json!("csv")));
}

#[tokio::test]
async fn a_cohort_is_followed_day_by_day() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    let mut facts = site.facts(&alpha);
    facts.property(PROPERTY, "UTC").await;
    let day_of = |clients: &[u32], new: &[u32]| Rollup {
        clients: clients.to_vec(),
        new: new.to_vec(),
        ..Rollup::default()
    };
    facts.day("2020-12-20", "", day_of(&[1, 2, 3], &[1, 2])).await;
    facts.day("2020-12-21", "", day_of(&[2, 3, 4], &[4])).await;
    facts.day("2020-12-23", "", day_of(&[1, 4], &[])).await;
    let viewer = site.viewer().await;
    let path = "/analytics/v1/stats/retention?first=2020-12-20&last=2020-12-21&days=3";
    let answer = site.get(path, &viewer).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let cohorts = answer.json()["cohorts"].clone();
    // Nothing is known of the 22nd.
    let expected = json!([
        { "date": "2020-12-20", "size": 2, "returned": [2, 1, null, 1] },
        { "date": "2020-12-21", "size": 1, "returned": [1, null, 1, null] },
    ]);
    assert_eq!(cohorts, expected);
    // The days after are loaded, those of the cohorts are not.
    let path = "/analytics/v1/stats/retention?first=2020-12-18&last=2020-12-19&days=3";
    let nobody = site.get(path, &viewer).await.json();
    assert_eq!(nobody["cohorts"], json!([]));
    assert_eq!(nobody["meta"]["empty"]["code"], "not_loaded");
}

#[tokio::test]
async fn channel_groups_of_the_configuration_come_before_the_default_ones() {
    let mut site = Site::new().await;
    let viewer = three_days(&mut site).await;
    let alpha = site.test_db.alpha();
    for (source, medium, sessions) in
        [("google", "organic", 5), ("partner.example", "referral", 3), ("newsletter", "email", 2)]
    {
        common::db::sql::query(
            "INSERT INTO breakdown_rollup (tenant_id, property_id, date, dimension, value_1, value_2,
               value_3, currency, sessions) VALUES ($1, $2, '2020-12-21', 'traffic', $3, $4, 'x', '', $5)",
        )
        .bind(alpha.tenant_id().uuid())
        .bind(PROPERTY)
        .bind(source)
        .bind(medium)
        .bind(sessions)
        .execute(&mut site.owner)
        .await
        .unwrap();
    }
    let groups = async |site: &Site, body: Value| -> Vec<(Value, Value)> {
        let answer = site.post(QUERY, &viewer, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let rows = answer.json()["rows"].as_array().unwrap().clone();
        let pair =
            |row: &Value| (row["key"]["channel_group"].clone(), row["values"]["sessions"].clone());
        rows.iter().map(pair).collect()
    };
    let pairs = |pairs: &[(&str, i64)]| -> Vec<(Value, Value)> {
        pairs.iter().map(|(group, sessions)| (json!(group), json!(sessions))).collect()
    };
    let by_group = with(asked(&["sessions"]), "dimensions", json!(["channel_group"]));
    let default = [("Organic Search", 5), ("Referral", 3), ("Email", 2)];
    assert_eq!(groups(&site, by_group.clone()).await, pairs(&default));

    let settings = json!({
        "time_zone": "Europe/Berlin", "currency": "EUR",
        "channel_groups": [{ "name": "Partners", "source": "partner.example" },
                           { "name": "Post", "medium": "email" }],
    });
    site.facts(&alpha).settings(settings).await;
    let own = [("Organic Search", 5), ("Partners", 3), ("Post", 2)];
    assert_eq!(groups(&site, by_group.clone()).await, pairs(&own));
    let asked = json!([{ "name": "Friends", "source": "partner.example" }]);
    let asked = with(by_group, "channel_groups", asked);
    let of_the_query = [("Organic Search", 5), ("Friends", 3), ("Post", 2)];
    assert_eq!(groups(&site, asked).await, pairs(&of_the_query));
}

#[tokio::test]
async fn exports_of_statistics_are_counted_by_tenant() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    let analyst = site.login(&alpha, common::auth::Role::Analyst).await;
    let query = json!({ "first": "2020-12-21", "last": "2020-12-21", "metrics": ["sessions"] });
    let body = json!({ "format": "csv", "query": query });
    for _ in 0..10 {
        let answer = site.post("/analytics/v1/stats/export", &analyst, body.clone()).await;
        // Nothing is connected yet; it was asked all the same.
        assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.text);
    }
    let refused = site.post("/analytics/v1/stats/export", &analyst, body).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.text);
    assert_eq!(refused.header("ratelimit-policy"), "\"export\";q=10;w=60");
}

#[tokio::test]
async fn a_search_term_is_found_however_it_is_typed() {
    let mut site = Site::new().await;
    let viewer = three_days(&mut site).await;
    let alpha = site.test_db.alpha();
    // As the loader spells terms.
    for (term, searches) in [("hose clamp", 3), ("valve", 2), ("(not set)", 1)] {
        common::db::sql::query(
            "INSERT INTO breakdown_rollup (tenant_id, property_id, date, dimension, value_1, value_2,
               value_3, currency, searches) VALUES ($1, $2, '2020-12-21', 'search_term', $3, '', '', '', $4)",
        )
        .bind(alpha.tenant_id().uuid())
        .bind(PROPERTY)
        .bind(term)
        .bind(searches)
        .execute(&mut site.owner)
        .await
        .unwrap();
    }
    for (operator, value, searches) in [
        ("is", "Hose  Clamp", 3),
        ("is", "ＨＯＳＥ clamp", 3),
        ("contains", "HOSE", 3),
        ("is_not", "Hose Clamp", 3),
        ("is", "(not set)", 1),
        ("is_not", "(not set)", 5),
    ] {
        let clause = json!({ "dimension": "search_term", "operator": operator, "value": value });
        let body = with(asked(&["searches"]), "filters", json!([{ "any": [clause] }]));
        let answer = site.post(QUERY, &viewer, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(answer.json()["rows"][0]["values"]["searches"], searches, "{operator} {value}");
    }
}

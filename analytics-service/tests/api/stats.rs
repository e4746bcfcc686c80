//! `/stats`.

use crate::support::{PROPERTY, Rollup, Site, day};
use common::auth::Role;
use poem::http::{Method, StatusCode};
use rust_decimal::Decimal;
use serde_json::json;

const OVERVIEW: &str = "/analytics/v1/stats/overview?first=2020-12-21&last=2020-12-22";

/// Two days of alpha after two days before, in Berlin; nothing for beta but a property.
async fn two_days(site: &mut Site) {
    let (alpha, beta) = (site.test_db.alpha(), site.test_db.beta());
    let mut facts = site.facts(&alpha);
    facts.settings(json!({ "time_zone": "Europe/Berlin", "currency": "EUR" })).await;
    facts.property(PROPERTY, "Europe/Berlin").await;
    let before = Rollup {
        sessions: 5,
        purchases: 1,
        revenue: Some(("EUR", Decimal::new(5000, 2))),
        clients: vec![1, 2],
        ..Rollup::default()
    };
    facts.day("2020-12-19", "", before).await;
    facts.day("2020-12-20", "", Rollup::default()).await;
    let monday = Rollup {
        sessions: 10,
        engaged: 6,
        converted: 1,
        resumed: vec![(day("2020-12-19"), 2)],
        page_views: 40,
        purchases: 2,
        revenue: Some(("EUR", Decimal::new(12550, 2))),
        clients: vec![1, 2, 3],
        active: vec![1, 3],
        ..Rollup::default()
    };
    facts.day("2020-12-21", "", monday).await;
    let tuesday = Rollup {
        sessions: 4,
        resumed: vec![(day("2020-12-21"), 3)],
        purchases: 1,
        revenue: Some(("USD", Decimal::new(999, 2))),
        clients: vec![3, 4],
        active: vec![4],
        ..Rollup::default()
    };
    facts.day("2020-12-22", "", tuesday).await;
    site.facts(&beta).property(PROPERTY, "UTC").await;
}

#[tokio::test]
async fn overview_counts_sessions_users_and_money_once() {
    let mut site = Site::new().await;
    two_days(&mut site).await;
    let viewer = site.viewer().await;
    let answer = site.get(&format!("{OVERVIEW}&compare=previous_period"), &viewer).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let body = answer.json();
    let metrics = &body["metrics"];
    // 10 + 4 started, and 2 that were last active before the range; the 3 resumed on Tuesday
    // counted on Monday.
    assert_eq!(metrics["sessions"]["value"], 16);
    assert_eq!(metrics["sessions"]["previous"], 5);
    assert_eq!(metrics["sessions"]["change"], 11);
    assert_eq!(metrics["sessions"]["change_pct"], 2.2);
    assert_eq!(metrics["total_users"]["value"], 4);
    assert_eq!(metrics["active_users"]["value"], 3);
    assert_eq!(metrics["purchases"]["value"], 3);
    assert_eq!(metrics["gross_revenue"]["value"], json!({ "amount": "125.50", "currency": "EUR" }));
    assert_eq!(metrics["average_order_value"]["value"]["amount"], "62.75");
    assert_eq!(metrics["engagement_rate"]["value"], 0.375);
    assert_eq!(metrics["engagement_rate"]["change_points"], 37.5);
    assert_eq!(
        body["other_currencies"][0]["revenue"],
        json!({ "amount": "9.99", "currency": "USD" })
    );
    let meta = &body["meta"];
    assert_eq!(meta["comparison"]["first"], "2020-12-19");
    assert_eq!(meta["freshness"]["data_through"], "2020-12-23T00:00:00+01:00");
    assert_eq!(meta["freshness"]["missing_dates"], json!([]));
    assert_eq!(meta["source"], "day_rollup");
    assert_eq!(answer.header("cache-control"), "private, no-store");
}

#[tokio::test]
async fn an_etag_answers_304_until_the_data_changes() {
    let mut site = Site::new().await;
    two_days(&mut site).await;
    let viewer = site.viewer().await;
    let first = site.get(OVERVIEW, &viewer).await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"'), "a strong tag: {tag}");
    let headers = [("cookie", viewer.as_str()), ("if-none-match", tag.as_str())];
    let again = site.send(Method::GET, OVERVIEW, &headers, None).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    // A cached answer is the same answer.
    assert_eq!(site.get(OVERVIEW, &viewer).await.text, first.text);

    let alpha = site.test_db.alpha();
    site.facts(&alpha).loaded(day("2020-12-22"), "daily").await;
    let changed = site.send(Method::GET, OVERVIEW, &headers, None).await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_ne!(changed.header("etag"), tag);
}

#[tokio::test]
async fn no_data_is_an_empty_answer_with_its_reason() {
    let mut site = Site::new().await;
    let viewer = site.viewer().await;
    let nothing = site.get(OVERVIEW, &viewer).await.json();
    assert_eq!(nothing["metrics"], json!(null));
    assert_eq!(nothing["meta"]["empty"]["code"], "no_property");

    two_days(&mut site).await;
    let path = "/analytics/v1/stats/overview?first=2019-01-01&last=2019-01-02";
    let unloaded = site.get(path, &viewer).await.json();
    assert_eq!(unloaded["metrics"], json!(null));
    assert_eq!(unloaded["meta"]["empty"]["code"], "not_loaded");
    assert_eq!(unloaded["meta"]["freshness"]["missing_dates"], json!(["2019-01-01", "2019-01-02"]));
}

#[tokio::test]
async fn freshness_ends_at_the_first_gap_and_names_it() {
    let mut site = Site::new().await;
    two_days(&mut site).await;
    let alpha = site.test_db.alpha();
    let mut facts = site.facts(&alpha);
    facts.loaded(day("2020-12-24"), "daily").await;
    facts.loaded(day("2020-12-25"), "intraday").await;
    let viewer = site.viewer().await;
    let path = "/analytics/v1/stats/overview?first=2020-12-21&last=2020-12-25";
    let freshness = site.get(path, &viewer).await.json()["meta"]["freshness"].clone();
    assert_eq!(freshness["data_through"], "2020-12-23T00:00:00+01:00");
    assert_eq!(freshness["missing_dates"], json!(["2020-12-23"]));
    assert_eq!(freshness["provisional_dates"], json!(["2020-12-25"]));
}

#[tokio::test]
async fn the_series_has_every_bucket_and_sums_to_the_overview_by_started_sessions() {
    let mut site = Site::new().await;
    two_days(&mut site).await;
    let viewer = site.viewer().await;
    let path = "/analytics/v1/stats/series?first=2020-12-21&last=2020-12-23&metrics=sessions,revenue,average_order_value";
    let active = site.get(path, &viewer).await;
    assert_eq!(active.status, StatusCode::OK, "{}", active.text);
    let active = active.json();
    let buckets = active["buckets"].as_array().unwrap();
    assert_eq!(buckets.len(), 3);
    assert_eq!(buckets[0]["start"], "2020-12-21T00:00:00+01:00");
    assert_eq!(buckets[0]["values"]["sessions"], 12);
    assert_eq!(buckets[1]["values"]["sessions"], 7);
    assert_eq!(buckets[1]["values"]["revenue"]["amount"], "0.00");
    assert_eq!(buckets[1]["values"]["average_order_value"], json!(null));
    assert!(buckets[1]["values"].get("purchases").is_none(), "only what was asked for");
    assert_eq!((&buckets[2]["state"], &buckets[2]["values"]), (&json!("missing"), &json!(null)));
    assert_eq!(active["meta"]["non_additive"], json!(["sessions", "average_order_value"]));

    let started = site.get(&format!("{path}&sessions=started"), &viewer).await.json();
    let sum: i64 =
        (0..2).map(|i| started["buckets"][i]["values"]["sessions"].as_i64().unwrap()).sum();
    assert_eq!(sum, 16);
    assert_eq!(started["meta"]["non_additive"], json!(["average_order_value"]));
}

#[tokio::test]
async fn locations_sum_to_the_overview_and_unknown_codes_are_flagged() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    let mut facts = site.facts(&alpha);
    facts.property(PROPERTY, "UTC").await;
    facts.location("ZRH", "Zürich", None).await;
    facts.location("BSL", "Basel", None).await;
    let part = |sessions, clients: &[u32]| Rollup {
        sessions,
        clients: clients.to_vec(),
        ..Rollup::default()
    };
    facts.day("2020-12-21", "", part(10, &[1, 2, 3])).await;
    facts.day("2020-12-21", "ZRH", part(6, &[1, 2])).await;
    facts.day("2020-12-21", "X9", part(3, &[2, 3])).await;
    facts.day("2020-12-21", "(unassigned)", part(1, &[3])).await;
    let viewer = site.viewer().await;
    let path = "/analytics/v1/stats/locations?first=2020-12-21&last=2020-12-21";
    let answer = site.get(path, &viewer).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let body = answer.json();
    let rows = body["locations"].as_array().unwrap();
    let sessions: i64 = rows.iter().map(|row| row["sessions"].as_i64().unwrap()).sum();
    assert_eq!(sessions, 10);
    let row = |code: &str| rows.iter().find(|row| row["code"] == code).unwrap();
    assert_eq!((&row("ZRH")["kind"], &row("ZRH")["name"]), (&json!("known"), &json!("Zürich")));
    assert_eq!(row("X9")["kind"], "unknown");
    assert_eq!(row("(unassigned)")["kind"], "unassigned");
    assert_eq!(row("BSL")["sessions"], 0);
    assert!(body["meta"]["non_additive"].as_array().unwrap().contains(&json!("total_users")));
}

#[tokio::test]
async fn bad_input_is_refused_by_name() {
    let mut site = Site::new().await;
    two_days(&mut site).await;
    let alpha = site.test_db.alpha();
    let viewer = site.viewer().await;
    for (route, query, status, parameter) in [
        ("overview", "last=2020-12-22", 400, "first"),
        ("overview", "first=2020-12-32&last=2020-12-22", 400, "first"),
        ("overview", "first=21.12.2020&last=2020-12-22", 400, "first"),
        ("overview", "first=2020-12-22&last=2020-12-21", 422, "last"),
        ("overview", "first=1990-12-22&last=2020-12-21", 422, "last"),
        ("overview", "first=2020-12-21&last=2020-12-22&compare=never", 400, "compare"),
        ("overview", "first=2020-12-21&last=2020-12-22&property=abc", 400, "property"),
        ("overview", "first=2020-12-21&last=2020-12-22&location=", 422, "location"),
        ("overview", "first=2020-12-21&last=2020-12-22&colour=red", 400, "colour"),
        ("series", "first=2020-12-21&last=2020-12-22&metrics=visits", 422, "metrics"),
        ("series", "first=2020-12-21&last=2020-12-22&bucket=decade", 400, "bucket"),
        ("series", "first=2014-12-21&last=2020-12-22", 422, "last"),
        ("locations", "first=2020-12-21", 400, "last"),
    ] {
        let answer = site.get(&format!("/analytics/v1/stats/{route}?{query}"), &viewer).await;
        assert_eq!(answer.status.as_u16(), status, "{query}: {}", answer.text);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{query}");
        assert_eq!(answer.json()["errors"][0]["parameter"], parameter, "{query}: {}", answer.text);
    }
    site.facts(&alpha).property(7, "UTC").await;
    let several = site.get(OVERVIEW, &viewer).await;
    assert_eq!(several.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", several.text);
    assert_eq!(several.json()["errors"][0]["parameter"], "property");
}

#[tokio::test]
async fn ids_of_another_tenant_are_as_unknown_as_random_ones() {
    let mut site = Site::new().await;
    two_days(&mut site).await;
    let (alpha, beta) = (site.test_db.alpha(), site.test_db.beta());
    site.facts(&beta).property(4711, "UTC").await;
    site.facts(&beta).location("BETA", "Beta's branch", None).await;
    site.facts(&alpha).location("ALPHA", "Alpha's branch", None).await;
    let viewer = site.viewer().await;
    let own = [format!("property={PROPERTY}"), "location=ALPHA".to_owned()];
    let foreign = ["property=4711".to_owned(), "location=BETA".to_owned()];
    let random = ["property=4712".to_owned(), "location=GAMMA".to_owned()];
    for route in ["overview", "series"] {
        let path = |filter: &str| {
            format!("/analytics/v1/stats/{route}?first=2020-12-21&last=2020-12-22&{filter}")
        };
        for (own, (foreign, random)) in own.iter().zip(foreign.iter().zip(&random)) {
            assert_eq!(site.get(&path(own), &viewer).await.status, StatusCode::OK, "{own}");
            let [foreign, random] =
                [site.get(&path(foreign), &viewer).await, site.get(&path(random), &viewer).await];
            assert_eq!(foreign.status, StatusCode::NOT_FOUND);
            assert_eq!(foreign.json()["detail"], random.json()["detail"]);
            assert_eq!(foreign.status, random.status);
        }
    }
    // Beta has the same property number and sees nothing of alpha's days.
    let other = site.login(&beta, Role::Owner).await;
    let path = format!("{OVERVIEW}&property={PROPERTY}");
    assert_eq!(site.get(&path, &other).await.json()["meta"]["empty"]["code"], "not_loaded");
}

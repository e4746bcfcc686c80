//! `GET /stats/*` are shorthands of `POST /stats/query`: the same numbers.

use poem::http::StatusCode;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::support::{PROPERTY, Rollup, Site, day};

const RANGE: &str = "first=2020-12-21&last=2020-12-23";

/// Four days with sessions that go on, several currencies and two branches.
async fn four_days(site: &mut Site) -> String {
    let alpha = site.test_db.alpha();
    let mut facts = site.facts(&alpha);
    facts.settings(json!({ "time_zone": "Europe/Berlin", "currency": "EUR" })).await;
    facts.property(PROPERTY, "Europe/Berlin").await;
    for (at, date) in ["2020-12-20", "2020-12-21", "2020-12-22", "2020-12-23"].iter().enumerate() {
        let at = i32::try_from(at).unwrap();
        let part = |share: i32| Rollup {
            sessions: 10 * share + at,
            engaged: 4 * share,
            converted: share,
            resumed: if at > 1 { vec![(day("2020-12-20"), share)] } else { Vec::new() },
            page_views: i64::from(31 * share),
            purchases: share,
            revenue: Some((
                ["EUR", "USD"][at as usize % 2],
                Decimal::new(1_234 * i64::from(share), 2),
            )),
            clients: (0..10 * share.unsigned_abs() + at.unsigned_abs()).collect(),
            active: (0..4 * share.unsigned_abs()).collect(),
            new: vec![at.unsigned_abs()],
        };
        facts.day(date, "", part(3)).await;
        facts.day(date, "ZRH", part(2)).await;
        facts.day(date, "(unassigned)", part(1)).await;
    }
    site.viewer().await
}

async fn rows(site: &Site, viewer: &str, names: &[&String], more: Value) -> Vec<Value> {
    let mut body = json!({ "metrics": names, "first": "2020-12-21", "last": "2020-12-23" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = site.post("/analytics/v1/stats/query", viewer, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()["rows"].as_array().unwrap().clone()
}

async fn asked(site: &Site, viewer: &str, path: &str) -> Value {
    let answer = site.get(&format!("/analytics/v1/stats/{path}"), viewer).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

/// Numbers as numbers: a quantity may be written `3` or `3.0`.
fn assert_same(one: &Value, other: &Value, at: &str) {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => assert!((one - other).abs() < 1e-9, "{at}: {one} {other}"),
        _ => assert_eq!(one, other, "{at}"),
    }
}

fn numbers(object: &Value) -> Map<String, Value> {
    object.as_object().unwrap().clone()
}

#[tokio::test]
async fn the_routes_of_statistics_are_short_for_queries() {
    let mut site = Site::new().await;
    let viewer = four_days(&mut site).await;

    let overview =
        asked(&site, &viewer, &format!("overview?{RANGE}&compare=previous_period")).await;
    let shown = numbers(&overview["metrics"]);
    let names: Vec<&String> = shown.keys().collect();
    assert!(names.len() > 25, "{names:?}");
    let comparison = json!({ "comparison": { "with": "previous_period" } });
    let whole = &rows(&site, &viewer, &names, comparison).await[0];
    for (name, metric) in &shown {
        assert_same(&metric["value"], &whole["values"][name], name);
        assert_same(&metric["previous"], &whole["previous"][name], &format!("previous {name}"));
    }

    let series = asked(&site, &viewer, &format!("series?{RANGE}&sessions=started")).await;
    let buckets = series["buckets"].as_array().unwrap();
    let of_a_day = numbers(&buckets[0]["values"]);
    let names: Vec<&String> = of_a_day.keys().collect();
    let by_day = json!({ "bucket": "day", "sessions": "started" });
    let days = rows(&site, &viewer, &names, by_day).await;
    assert_eq!((buckets.len(), days.len()), (3, 3));
    for (bucket, row) in buckets.iter().zip(&days) {
        assert_eq!(bucket["start"], row["bucket"]["start"]);
        assert_eq!(bucket["state"], row["bucket"]["state"]);
        for name in &names {
            assert_same(&bucket["values"][name.as_str()], &row["values"][name.as_str()], name);
        }
    }

    let locations = asked(&site, &viewer, &format!("locations?{RANGE}")).await;
    let listed = locations["locations"].as_array().unwrap();
    let named = ["code", "name", "city", "kind"];
    let of_a_branch = numbers(&listed[0]);
    let names: Vec<&String> =
        of_a_branch.keys().filter(|name| !named.contains(&name.as_str())).collect();
    let by_branch =
        json!({ "dimensions": ["location"], "order": [{ "by": "revenue", "descending": true }] });
    let branches = rows(&site, &viewer, &names, by_branch).await;
    assert_eq!((listed.len(), branches.len()), (2, 2));
    for (location, row) in listed.iter().zip(&branches) {
        assert_eq!(location["code"], row["key"]["location"]);
        for name in &names {
            assert_same(&location[name.as_str()], &row["values"][name.as_str()], name);
        }
    }

    let path =
        format!("breakdown?{RANGE}&dimension=weekday&metrics=page_views,revenue&order=-revenue");
    let breakdown = asked(&site, &viewer, &path).await;
    let names = [&"page_views".to_owned(), &"revenue".to_owned()];
    let by_weekday =
        json!({ "dimensions": ["weekday"], "order": [{ "by": "revenue", "descending": true }] });
    assert_eq!(breakdown["rows"], Value::from(rows(&site, &viewer, &names, by_weekday).await));
    assert_eq!(breakdown["rows"].as_array().unwrap().len(), 3);
}

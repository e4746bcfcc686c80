//! What a member of single branches sees.

use common::auth::Role;
use common::db::sql;
use poem::http::StatusCode;
use serde_json::json;

use crate::support::{PROPERTY, Rollup, Site};

const DAY: &str = "first=2020-12-21&last=2020-12-21";

#[tokio::test]
async fn a_branch_scoped_member_sees_their_branches_and_no_other_route() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    let mut facts = site.facts(&alpha);
    facts.settings(json!({ "time_zone": "Europe/Berlin", "currency": "EUR" })).await;
    facts.property(PROPERTY, "Europe/Berlin").await;
    for (location, sessions) in [("", 12), ("B1", 5), ("B2", 7)] {
        let rollup = Rollup { sessions, ..Rollup::default() };
        facts.day("2020-12-21", location, rollup).await;
    }
    facts.location("B1", "One", None).await;
    facts.location("B2", "Two", None).await;
    let member = site.login(&alpha, Role::Viewer).await;
    sql::query("UPDATE membership SET locations = '{B1}'").execute(&mut site.owner).await.unwrap();
    let whole = site.login(&alpha, Role::Viewer).await;

    for route in ["overview", "series", "funnel", "retention"] {
        let path = |location: &str| format!("/analytics/v1/stats/{route}?{DAY}{location}");
        for (location, status) in [
            ("&location=B1", StatusCode::OK),
            ("&location=B2", StatusCode::NOT_FOUND),
            ("", StatusCode::UNPROCESSABLE_ENTITY),
        ] {
            // What the whole tenant's viewer was answered a moment ago is no help.
            let seen = site.get(&path(location), &whole).await;
            assert_eq!(seen.status, StatusCode::OK, "{location}: {}", seen.text);
            let answer = site.get(&path(location), &member).await;
            assert_eq!(answer.status, status, "{route} {location}: {}", answer.text);
        }
    }
    let own = format!("/analytics/v1/stats/overview?{DAY}&location=B1");
    assert_eq!(site.get(&own, &member).await.json()["metrics"]["sessions"]["value"], 5);
    for path in [format!("stats/locations?{DAY}"), "tasks/carts".to_owned()] {
        let answer = site.get(&format!("/analytics/v1/{path}"), &member).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(answer.text.contains("limited_to_branches"), "{}", answer.text);
    }
}

#[tokio::test]
async fn queries_breakdowns_and_exports_of_a_branch_scoped_member_are_about_their_branches() {
    let mut site = Site::new().await;
    let alpha = site.test_db.alpha();
    let mut facts = site.facts(&alpha);
    facts.settings(json!({ "time_zone": "Europe/Berlin", "currency": "EUR" })).await;
    facts.property(PROPERTY, "Europe/Berlin").await;
    for (location, sessions, clients) in
        [("", 19, vec![1, 2, 3]), ("B1", 5, vec![1, 2]), ("B2", 7, vec![2]), ("B3", 7, vec![3])]
    {
        let rollup = Rollup { sessions, clients, ..Rollup::default() };
        facts.day("2020-12-21", location, rollup).await;
    }
    let whole = site.login(&alpha, Role::Analyst).await;
    let member = site.login(&alpha, Role::Analyst).await;
    sql::query(
        "UPDATE membership SET locations = '{B1,B2}' WHERE person_id = (
           SELECT person_id FROM membership ORDER BY person_id DESC LIMIT 1)",
    )
    .execute(&mut site.owner)
    .await
    .unwrap();
    let asked = json!({
        "metrics": ["sessions", "total_users"], "first": "2020-12-21", "last": "2020-12-21",
    });
    let query = "/analytics/v1/stats/query";
    for (who, sessions, users) in [(&whole, 19, 3), (&member, 12, 2)] {
        let answer = site.post(query, who, asked.clone()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let values = answer.json()["rows"][0]["values"].clone();
        assert_eq!(values, json!({ "sessions": sessions, "total_users": users }));
    }
    let answer = site.post(query, &member, asked.clone()).await.json();
    assert_eq!(answer["query"]["filters"][0]["any"].as_array().unwrap().len(), 2, "it is said");

    // Their branches are none of the ten conditions that anyone may name.
    let mut ten = asked.clone();
    let clause = json!({ "dimension": "location", "operator": "is_not", "value": "B9" });
    ten["filters"] = json!([{ "any": vec![clause; 10] }]);
    let answer = site.post(query, &member, ten).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);

    // Somebody else's branch is as unknown as none.
    let mut other = asked.clone();
    other["filters"] =
        json!([{ "any": [{ "dimension": "location", "operator": "is", "value": "B3" }] }]);
    let answer = site.post(query, &member, other).await.json();
    assert_eq!(answer["rows"][0]["values"]["sessions"], 0);
    // The text under which rollups have all locations together is no branch either.
    let mut all = asked.clone();
    all["filters"] =
        json!([{ "any": [{ "dimension": "location", "operator": "is", "value": "" }] }]);
    let answer = site.post(query, &whole, all.clone()).await.json();
    assert_eq!(answer["rows"][0]["values"]["sessions"], 0);
    let answer = site.post(query, &member, all).await.json();
    assert_eq!(answer["rows"][0]["values"]["sessions"], 0);

    let breakdown = format!("/analytics/v1/stats/breakdown?{DAY}&dimension=location");
    let rows = site.get(&breakdown, &member).await.json()["rows"].clone();
    let codes: Vec<_> =
        rows.as_array().unwrap().iter().map(|row| row["key"]["location"].clone()).collect();
    assert_eq!(codes, ["B2", "B1"]);
    let other = site.get(&format!("{breakdown}&location=B3"), &member).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);

    let mut by_location = asked;
    by_location["dimensions"] = json!(["location"]);
    let export = json!({ "format": "csv", "query": by_location });
    let file = site.post("/analytics/v1/stats/export", &member, export).await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.text);
    assert!(file.text.contains("B1") && file.text.contains("B2"), "{}", file.text);
    assert!(!file.text.contains("B3"), "{}", file.text);
}

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
    for path in [
        format!("stats/locations?{DAY}"),
        format!("stats/breakdown?{DAY}&dimension=location"),
        "tasks/carts".to_owned(),
    ] {
        let answer = site.get(&format!("/analytics/v1/{path}"), &member).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(answer.text.contains("limited_to_branches"), "{}", answer.text);
    }
}

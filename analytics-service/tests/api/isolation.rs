//! Every route as another tenant: nothing of ours is in the answer.

use common::auth::{Access, Role};
use poem::http::{Method, StatusCode};
use serde_json::{Value, json};

use analytics_service::http::rules::RULES;

use crate::action_items::{ITEMS, generate};
use crate::report_runs::{RUNS, branch};
use crate::support::{PROPERTY, Site, day};

const RANGE: &str = "first=2020-12-21&last=2020-12-21";

/// What to ask of a route: its query string and its body.
fn question(path: &str) -> (String, Value) {
    let query = json!({
        "metrics": ["sessions", "revenue"], "dimensions": ["location"],
        "first": "2020-12-21", "last": "2020-12-21",
    });
    let run = json!({
        "location": "ZRH", "first": "2020-12-21", "last": "2020-12-21",
        "recipient": "zrh@example.com",
    });
    match path.trim_start_matches("/analytics/v1/") {
        "stats/breakdown" => (format!("?{RANGE}&dimension=location&metrics=sessions"), Value::Null),
        "stats/query" => (String::new(), query),
        "stats/export" => (String::new(), json!({ "format": "csv", "query": query })),
        "report-runs" => (String::new(), run),
        "reports/preview" => (format!("?{RANGE}&location=ZRH"), Value::Null),
        "stats/realtime" => (String::new(), Value::Null),
        stats if stats.starts_with("stats/") => (format!("?{RANGE}"), Value::Null),
        _ => (String::new(), Value::Null),
    }
}

#[tokio::test]
async fn no_route_shows_anything_of_another_tenant() {
    let mut site = Site::new().await;
    let (alpha, beta) = (site.test_db.alpha(), site.test_db.beta());
    branch(&mut site, &alpha).await;
    // Beta has a property of the same number, and days without a visit.
    let mut facts = site.facts(&beta);
    facts.property(PROPERTY, "UTC").await;
    facts.loaded(day("2020-12-21"), "daily").await;
    let own = site.login(&alpha, Role::Owner).await;
    let stranger = site.login(&beta, Role::Owner).await;
    let (_, run) = question(RUNS);
    let run = site.post(RUNS, &own, run).await.header("location").to_owned();
    let run = run.rsplit('/').next().unwrap();
    generate(&site, &alpha).await;
    let items = site.get(ITEMS, &own).await.json();
    let item = items["action_items"][0]["id"].as_str().unwrap();

    // Revenue of the day, name of the branch, what lies in the cart, the run, the item.
    let ours = ["1250.00", "1,250.00", "Zürich", "alert(1)", run, item];
    let mut shown = [false; 6];
    for rule in RULES.iter().filter(|rule| rule.access != Access::Service) {
        let (query, body) = question(rule.path);
        let path = rule.path.replace("{report_run_id}", run).replace("{action_item_id}", item);
        let path = format!("{path}{query}");
        let ask = async |cookie: &str| match rule.method {
            Method::POST => site.post(&path, cookie, body.clone()).await,
            _ => site.get(&path, cookie).await,
        };
        let answer = ask(&own).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
        for (shown, mark) in shown.iter_mut().zip(ours) {
            *shown |= answer.text.contains(mark);
        }
        let foreign = ask(&stranger).await;
        let told = foreign.text.replace(&path, "");
        for mark in ours {
            assert!(!told.contains(mark), "{} shows {mark}: {}", rule.path, foreign.text);
        }
        let allowed = [StatusCode::OK, StatusCode::NOT_FOUND];
        assert!(allowed.contains(&foreign.status), "{path}: {}", foreign.text);
    }
    assert_eq!(shown, [true; 6], "what its own tenant is shown");
}

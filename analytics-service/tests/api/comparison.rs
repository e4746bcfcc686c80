//! What numbers are compared with, long after and while a day is running.

use poem::http::{Method, StatusCode};
use serde_json::json;

use crate::query::{QUERY, asked, three_days, with};
use crate::support::{Site, day};

#[tokio::test]
async fn every_comparison_names_its_range() {
    let mut site = Site::new().await;
    let viewer = three_days(&mut site).await;
    for (comparison, first, last) in [
        (json!({ "with": "previous_period" }), "2020-12-19", "2020-12-20"),
        (json!({ "with": "previous_period_same_weekdays" }), "2020-12-14", "2020-12-15"),
        (json!({ "with": "previous_year" }), "2019-12-21", "2019-12-22"),
        (json!({ "with": "previous_year_same_weekdays" }), "2019-12-23", "2019-12-24"),
        (
            json!({ "with": "custom", "first": "2020-01-01", "last": "2020-01-05" }),
            "2020-01-01",
            "2020-01-05",
        ),
    ] {
        let body = with(asked(&["sessions"]), "comparison", comparison.clone());
        let answer = site.post(QUERY, &viewer, body).await.json();
        let meta = &answer["meta"]["comparison"];
        assert_eq!((&meta["first"], &meta["last"]), (&json!(first), &json!(last)), "{comparison}");
    }
    let path = "/analytics/v1/stats/overview?first=2020-12-21&last=2020-12-22&compare=custom&compare_first=2020-12-20&compare_last=2020-12-20";
    let overview = site.get(path, &viewer).await.json();
    assert_eq!(overview["metrics"]["sessions"]["previous"], 12);
}

/// 20 to 22 December by the hour in Berlin: before noon and after. It is half past noon on the 22nd.
async fn half_past_noon(site: &mut Site) -> String {
    let viewer = three_days(site).await;
    let alpha = site.test_db.alpha();
    let mut facts = site.facts(&alpha);
    for date in ["2020-12-20", "2020-12-21"] {
        facts.hour(date, &format!("{date}T08:00:00Z"), 3).await;
        facts.hour(date, &format!("{date}T14:00:00Z"), 9).await;
    }
    facts.hour("2020-12-22", "2020-12-22T07:00:00Z", 5).await;
    facts.hour("2020-12-22", "2020-12-22T11:00:00Z", 2).await;
    // From 2021-01-05T12:00.
    site.clock.advance(chrono::TimeDelta::minutes(-(14 * 1_440 + 30)));
    viewer
}

const TODAY: &str = "/analytics/v1/stats/overview?first=2020-12-22&last=2020-12-22";

#[tokio::test]
async fn a_running_day_is_compared_with_the_same_hours() {
    let mut site = Site::new().await;
    let viewer = half_past_noon(&mut site).await;
    let path = format!("{TODAY}&compare=previous_period");
    let noon = site.get(&path, &viewer).await;
    let answer = noon.json();
    // Both sides end at noon; what began since is not compared with a whole hour.
    assert_eq!(answer["metrics"]["sessions"]["value"], 5);
    assert_eq!(answer["metrics"]["sessions"]["previous"], 3);
    assert_eq!(answer["meta"]["comparison"]["last_day_hours"], 12);
    let alone = site.get(TODAY, &viewer).await.json();
    assert_eq!(alone["metrics"]["sessions"]["value"], 14, "nothing is compared");
    // Later in the day no more is loaded, so no more is compared.
    site.clock.advance(chrono::TimeDelta::hours(4));
    let headers = [("cookie", viewer.as_str()), ("if-none-match", noon.header("etag"))];
    let later = site.send(Method::GET, &path, &headers, None).await.json();
    assert_eq!(later["meta"]["comparison"]["last_day_hours"], 12);
    assert_eq!(later["metrics"]["sessions"]["previous"], 3);
    let alpha = site.test_db.alpha();
    let mut facts = site.facts(&alpha);
    facts.hour("2020-12-22", "2020-12-22T15:00:00Z", 4).await;
    facts.loaded(day("2020-12-22"), "intraday").await;
    let loaded = site.get(&path, &viewer).await.json();
    assert_eq!(loaded["meta"]["comparison"]["last_day_hours"], 16);
    assert_eq!(loaded["metrics"]["sessions"]["value"], 7);
    assert_eq!(loaded["metrics"]["sessions"]["previous"], 12);
}

#[tokio::test]
async fn in_the_first_hour_of_a_day_nothing_is_compared() {
    let mut site = Site::new().await;
    let viewer = half_past_noon(&mut site).await;
    site.clock.advance(chrono::TimeDelta::hours(-12));
    let answer = site.get(&format!("{TODAY}&compare=previous_period"), &viewer).await.json();
    assert_eq!(answer["meta"]["comparison"]["last_day_hours"], 0);
    assert_eq!(answer["metrics"]["sessions"]["value"], 14);
    assert_eq!(answer["metrics"]["sessions"]["previous"], json!(null), "none is no zero");
}

#[tokio::test]
async fn a_range_that_reaches_past_today_is_compared_as_far_as_today() {
    let mut site = Site::new().await;
    let viewer = half_past_noon(&mut site).await;
    let week = "first=2020-12-22&last=2020-12-24&compare=custom";
    let path = |other: &str| format!("/analytics/v1/stats/overview?{week}&{other}");
    let other = "compare_first=2020-12-20&compare_last=2020-12-22";
    let answer = site.get(&path(other), &viewer).await.json();
    assert_eq!(answer["meta"]["comparison"]["last"], "2020-12-20");
    assert_eq!(answer["meta"]["comparison"]["last_day_hours"], 12);
    assert_eq!(answer["metrics"]["sessions"]["value"], 5);
    assert_eq!(answer["metrics"]["sessions"]["previous"], 3);
    let longer = "compare_first=2020-12-18&compare_last=2020-12-21";
    let refused = site.get(&path(longer), &viewer).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    assert_eq!(refused.json()["errors"][0]["parameter"], "compare");
}

#[tokio::test]
async fn hours_that_have_not_begun_are_to_come_and_no_zeros() {
    let mut site = Site::new().await;
    let viewer = half_past_noon(&mut site).await;
    let path =
        "/analytics/v1/stats/series?first=2020-12-22&last=2020-12-22&bucket=hour&metrics=sessions";
    let noon = site.get(path, &viewer).await;
    let buckets = noon.json()["buckets"].clone();
    let shown = |at: usize| (buckets[at]["state"].clone(), buckets[at]["values"].clone());
    let sessions = |sessions: i64| json!({ "sessions": sessions });
    assert_eq!(shown(11), (json!("complete"), sessions(0)));
    assert_eq!(shown(12), (json!("complete"), sessions(0)));
    for at in 13..24 {
        assert_eq!(shown(at), (json!("future"), json!(null)), "{at}");
    }
    // The same data looks different an hour later.
    site.clock.advance(chrono::TimeDelta::hours(1));
    let headers = [("cookie", viewer.as_str()), ("if-none-match", noon.header("etag"))];
    let later = site.send(Method::GET, path, &headers, None).await;
    assert_eq!(later.json()["buckets"][13]["values"], sessions(0), "{}", later.text);
    assert_eq!(later.json()["buckets"][14]["state"], "future");

    let alpha = site.test_db.alpha();
    let analyst = site.login(&alpha, common::auth::Role::Analyst).await;
    let query = json!({ "metrics": ["sessions"], "first": "2020-12-22", "last": "2020-12-22", "bucket": "hour" });
    let export = json!({ "format": "csv", "query": query });
    let file = site.post("/analytics/v1/stats/export", &analyst, export).await;
    assert_eq!(file.text.lines().count(), 1 + 14, "{}", file.text);
}

#[tokio::test]
async fn buckets_are_compared_with_ranges_of_as_many_days_only() {
    let mut site = Site::new().await;
    let viewer = three_days(&mut site).await;
    let custom = |first: &str| json!({ "with": "custom", "first": first, "last": "2020-12-21" });
    let by_day = with(asked(&["sessions"]), "bucket", json!("day"));
    let answer =
        site.post(QUERY, &viewer, with(by_day.clone(), "comparison", custom("2020-12-20"))).await;
    let rows = answer.json()["rows"].clone();
    let pair = |at: usize| {
        (rows[at]["values"]["sessions"].clone(), rows[at]["previous"]["sessions"].clone())
    };
    assert_eq!((pair(0), pair(1)), ((json!(13), json!(12)), (json!(14), json!(13))));
    let refused = site.post(QUERY, &viewer, with(by_day, "comparison", custom("2020-12-19"))).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    let error = refused.json()["errors"][0].clone();
    assert_eq!(
        (&error["pointer"], &error["code"]),
        (&json!("/comparison"), &json!("incompatible"))
    );
}

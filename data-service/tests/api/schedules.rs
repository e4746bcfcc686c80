//! `/schedules`.

use poem::http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, ORIGIN, Site};

const PATH: &str = "/data/v1/schedules";

fn nightly() -> Value {
    json!({
        "name": "every night", "job": { "kind": "nightly" },
        "cron": "30 2 * * *", "time_zone": "Europe/Berlin",
    })
}

async fn send(
    site: &Site,
    method: Method,
    path: &str,
    cookie: &str,
    tag: Option<&str>,
    body: Option<&Value>,
) -> Answer {
    let mut headers = vec![("cookie", cookie), ("origin", ORIGIN)];
    headers.extend(body.map(|_| ("content-type", "application/json")));
    headers.extend(tag.map(|tag| ("if-match", tag)));
    site.send(method, path, &headers, body.map(Value::to_string)).await
}

#[tokio::test]
async fn a_schedule_is_created_changed_against_its_version_and_removed() {
    let site = Site::new().await;
    let admin = site.admin().await;
    assert_eq!(site.post(PATH, &site.alpha, &nightly()).await.status, 403, "an analyst");
    let created = site.post(PATH, &admin, &nightly()).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let (path, tag) = (created.header("location").to_owned(), created.header("etag").to_owned());
    assert_eq!(created.body["missed_policy"], "run_once");
    assert_eq!(created.body["overlap_policy"], "skip");
    assert_eq!(created.body["next_runs"].as_array().unwrap().len(), 5);
    let shown = site.get(&path, &site.alpha).await;
    assert_eq!((&shown.body, shown.header("etag")), (&created.body, tag.as_str()));
    assert_eq!(site.get(&path, &site.beta).await.status, 404, "another tenant's");

    let changed = json!({
        "name": "every hour", "job": { "kind": "ingest", "last_days": 3 },
        "cron": "0 * * * *", "time_zone": "UTC", "jitter_seconds": 60,
        "missed_policy": "catch_up", "catch_up_limit": 12, "overlap_policy": "allow",
    });
    let put = async |tag| send(&site, Method::PUT, &path, &admin, tag, Some(&changed)).await;
    assert_eq!(put(None).await.status, 428);
    assert_eq!(put(Some("\"v9\"")).await.status, 412);
    let answer = put(Some(&tag)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        (&answer.body["name"], &answer.body["catch_up_limit"]),
        (&json!("every hour"), &json!(12))
    );
    assert_eq!(answer.body["job"]["last_days"], 3);
    assert_eq!(put(Some(&tag)).await.status, 412, "the version has moved on");

    let other = json!({ "name": "another", "job": { "kind": "master_data" }, "cron": "@daily", "time_zone": "UTC" });
    assert_eq!(site.post(PATH, &admin, &other).await.status, 201);
    let taken = Value::Object({
        let mut body = other.as_object().unwrap().clone();
        body.insert("name".to_owned(), json!("every hour"));
        body
    });
    assert_eq!(site.post(PATH, &admin, &taken).await.status, 409);
    let names: Vec<_> = site.get(PATH, &site.alpha).await.body["schedules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|schedule| schedule["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["another", "every hour"]);

    let paused = send(&site, Method::POST, &format!("{path}/pause"), &admin, None, None).await;
    assert_eq!((paused.status, &paused.body["pause_reason"]), (200, &json!("request")));
    let resumed = send(&site, Method::POST, &format!("{path}/resume"), &admin, None, None).await;
    assert_eq!((resumed.status, &resumed.body["paused_at"]), (200, &Value::Null));
    let tag = resumed.header("etag").to_owned();
    let remove = async |tag| send(&site, Method::DELETE, &path, &admin, tag, None).await;
    assert_eq!(remove(None).await.status, 428);
    assert_eq!(remove(Some(&tag)).await.status, 204);
    assert_eq!(remove(Some(&tag)).await.status, 404);

    let audited: i64 = common::db::sql::query_scalar(
        "SELECT count(*) FROM audit_entry WHERE action LIKE 'schedule.%' AND actor LIKE 'person:%'",
    )
    .fetch_one(&mut site.owner().await)
    .await
    .unwrap();
    assert_eq!(audited, 6, "two made, one changed, paused, resumed and removed");
}

#[tokio::test]
async fn times_that_cannot_be_are_refused_with_their_place() {
    let site = Site::new().await;
    let admin = site.admin().await;
    for (cron, zone, pointer, place) in [
        ("61 * * * *", "UTC", "/cron", "character 1: 61 is not between 0 and 59"),
        ("0 0 30 2 *", "UTC", "/cron", "character 5: these months have no such day"),
        ("0 0 * * * * *", "UTC", "/cron", "character 11: minute, hour"),
        ("0 0 * * *", "Europe/Atlantis", "/time_zone", "`Europe/Atlantis` is no IANA time zone"),
    ] {
        let mut body = nightly();
        body["cron"] = json!(cron);
        body["time_zone"] = json!(zone);
        let refused = site.post(PATH, &admin, &body).await;
        assert_eq!((refused.status, refused.faults()), (422, vec![pointer]), "{cron}");
        let detail = refused.body["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.starts_with(place), "{detail}");
    }
    let mut body = nightly();
    body["missed_policy"] = json!("catch_up");
    assert_eq!(site.post(PATH, &admin, &body).await.faults(), ["/catch_up_limit"]);
    let mut body = nightly();
    body["job"] = json!({ "kind": "branch_report", "location": "B1", "period": "yesterday", "recipient": "x" });
    assert_eq!(site.post(PATH, &admin, &body).await.faults(), ["/job/recipient"]);
    let listed = site.get(PATH, &site.alpha).await.body;
    assert!(listed["schedules"].as_array().unwrap().is_empty());
}

//! `POST /jobs`: stored before it is accepted, refused with the place of the fault.

use common::db::sql;
use poem::http::Method;
use serde_json::{Value, json};

use crate::support::Site;

const JOBS: &str = "/data/v1/jobs";

#[tokio::test]
async fn each_kind_is_accepted_and_stored() {
    let site = Site::new().await;
    let range = json!({ "properties": [1, 2], "from": "2020-12-21", "to": "2020-12-27" });
    let report = json!({ "location": "ZRH", "first": "2020-12-21", "last": "2020-12-27" });
    for (body, steps) in [
        (json!({ "kind": "ingest" }), vec!["find_shards"]),
        (json!({ "kind": "ingest", "parameters": range }), vec!["find_shards"]),
        (json!({ "kind": "master_data" }), vec!["load_locations", "load_customers"]),
        (json!({ "kind": "branch_report", "parameters": report }), vec!["send_branch_report"]),
    ] {
        let answer = site.post(JOBS, &site.alpha, &body).await;
        assert_eq!(answer.status, 202, "{body}: {}", answer.body);
        let id = answer.body["id"].as_str().unwrap();
        let path = format!("{JOBS}/{id}");
        assert_eq!(answer.header("location"), path);
        assert!(!answer.header("retry-after").is_empty());
        let links = json!({ "self": path, "events": format!("{path}/events") });
        assert_eq!((&answer.body["status"], &answer.body["links"]), (&json!("pending"), &links));

        let job = site.get(&path, &site.alpha).await;
        assert_eq!((job.status, &job.body["kind"]), (200, &body["kind"]));
        let kinds: Vec<_> =
            job.body["steps"].as_array().unwrap().iter().map(|step| &step["kind"]).collect();
        assert_eq!(kinds, steps);
        assert!(job.body["requested_by"].as_str().unwrap().starts_with("person:"));
    }
    let payload: Value = sql::query_scalar(
        "SELECT payload FROM job_step WHERE kind = 'find_shards' ORDER BY step_id DESC LIMIT 1",
    )
    .fetch_one(&mut site.owner().await)
    .await
    .unwrap();
    let expected = json!({
        "properties": [1, 2], "first": "2020-12-21", "last": "2020-12-27", "reload": false,
    });
    assert_eq!(payload, expected);
}

#[tokio::test]
async fn a_bad_body_is_refused_with_the_place_of_the_fault() {
    let site = Site::new().await;
    let ingest = |parameters: Value| json!({ "kind": "ingest", "parameters": parameters });
    let report = |parameters: Value| json!({ "kind": "branch_report", "parameters": parameters });
    let too_many: Vec<i64> = (1..=51).collect();
    for (body, status, fault) in [
        (json!([]), 400, ""),
        (json!({}), 400, "/kind"),
        (json!({ "kind": "dance" }), 400, "/kind"),
        (json!({ "kind": "ingest", "colour": "red" }), 400, "/colour"),
        (ingest(json!({ "colour": "red" })), 400, "/parameters/colour"),
        (ingest(json!({ "from": "yesterday" })), 400, "/parameters/from"),
        (ingest(json!({ "from": "2020-02-30" })), 400, "/parameters/from"),
        (ingest(json!({ "properties": ["one"] })), 400, "/parameters/properties/0"),
        (ingest(json!({ "properties": too_many })), 400, "/parameters/properties"),
        (ingest(json!({ "properties": [7, 0] })), 422, "/parameters/properties/1"),
        (ingest(json!({ "from": "2020-12-27", "to": "2020-12-21" })), 422, "/parameters/to"),
        (ingest(json!({ "from": "1990-01-01", "to": "2020-12-21" })), 422, "/parameters/to"),
        (json!({ "kind": "branch_report" }), 400, "/parameters"),
        (report(json!({ "location": "ZRH", "first": "2020-12-21" })), 400, "/parameters/last"),
        (
            report(json!({ "location": "", "first": "2020-12-21", "last": "2020-12-21" })),
            400,
            "/parameters/location",
        ),
        (
            report(json!({ "location": "ZRH", "first": "2020-12-22", "last": "2020-12-21" })),
            422,
            "/parameters/last",
        ),
        (
            report(json!({ "location": "ZRH", "first": "2020-12-21", "last": "2020-12-21",
                "recipient": "a@b\r\nBcc: c@d" })),
            422,
            "/parameters/recipient",
        ),
    ] {
        let answer = site.post(JOBS, &site.alpha, &body).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{body}");
        assert!(answer.faults().contains(&fault), "{body}: {}", answer.body);
    }
    let headers = [("cookie", site.alpha.as_str()), ("origin", "http://localhost:8002")];
    let text = site.send(Method::POST, JOBS, &headers, Some("kind=ingest".to_owned())).await;
    assert!(matches!(text.status, 400 | 415), "{}", text.body);
    let listed = site.get(JOBS, &site.alpha).await;
    assert_eq!(listed.body["jobs"], json!([]), "nothing was stored");
}

#[tokio::test]
async fn a_refused_word_is_told_which_words_are_known() {
    let site = Site::new().await;
    let kinds = r#"expected one of "branch_report", "ingest", "master_data", "nightly""#;
    let fields = |known: &str| format!("there is no such field; known: {known}");
    let ingest = json!({ "kind": "ingest", "colour": "red" });
    let inner = json!({ "kind": "ingest", "parameters": { "colour": "red" } });
    // A field that is known elsewhere is unknown here.
    let elsewhere =
        json!({ "kind": "ingest", "from": "2020-12-21", "parameters": { "from": null } });
    for (body, detail, fault) in [
        (json!({ "kind": "dance" }), kinds.to_owned(), "/kind"),
        (json!({}), kinds.to_owned(), "/kind"),
        (ingest, fields("kind, parameters"), "/colour"),
        (inner, fields("from, properties, reload, to"), "/parameters/colour"),
        (elsewhere, fields("kind, parameters"), "/from"),
        (json!({ "kind": "nightly", "parameters": {} }), fields("kind"), "/parameters"),
    ] {
        let answer = site.post(JOBS, &site.alpha, &body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        assert_eq!(answer.body["detail"], json!(detail), "{body}");
        assert_eq!(answer.faults(), [fault], "{body}");
    }
    let answer = site.get("/data/v1/jobs?kind=dance", &site.alpha).await;
    assert_eq!((answer.status, answer.faults()), (400, vec!["kind"]));
    let detail = answer.body["errors"][0]["detail"].as_str().unwrap();
    assert_eq!(detail, "expected one of ingest, master_data, branch_report, nightly");
    let path = "/data/v1/job-pauses/dance";
    let admin = site.admin().await;
    let headers = [("cookie", admin.as_str()), ("origin", "http://localhost:8002")];
    let answer = site.send(Method::PUT, path, &headers, None).await;
    assert_eq!((answer.status, answer.faults()), (400, vec!["kind"]));
    let detail = answer.body["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("expected one of all, "), "{detail}");
}

#[tokio::test]
async fn who_may_not_is_refused() {
    let site = Site::new().await;
    let body = json!({ "kind": "master_data" });
    let viewer = site.viewer().await;
    assert_eq!(site.post(JOBS, &viewer, &body).await.status, 403);
    assert_eq!(site.get(JOBS, &viewer).await.status, 200);
    let nobody = site.send(Method::POST, JOBS, &[], Some(body.to_string())).await;
    assert_eq!(nobody.status, 401);
    assert!(nobody.header("www-authenticate").starts_with("Bearer"));
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer() {
    let site = Site::new().await;
    let key = [("idempotency-key", "one")];
    let day = |day: &str| json!({ "kind": "ingest", "parameters": { "from": day, "to": day } });
    let first = site.post_with(JOBS, &site.alpha, &key, &day("2020-12-21")).await;
    let again = site.post_with(JOBS, &site.alpha, &key, &day("2020-12-21")).await;
    assert_eq!((first.status, again.status), (202, 202));
    assert_eq!(first.body, again.body);
    assert_eq!(
        (first.header("idempotency-replayed"), again.header("idempotency-replayed")),
        ("", "true")
    );
    assert_eq!(again.header("location"), first.header("location"));

    let other = site.post_with(JOBS, &site.alpha, &key, &day("2020-12-22")).await;
    assert_eq!((other.status, other.faults()), (422, vec!["Idempotency-Key"]));
    let of_beta = site.post_with(JOBS, &site.beta, &key, &day("2020-12-22")).await;
    assert_eq!(of_beta.status, 202, "a key belongs to its tenant");
    let long = "k".repeat(256);
    for bad in ["", long.as_str()] {
        let key = [("idempotency-key", bad)];
        let answer = site.post_with(JOBS, &site.alpha, &key, &day("2020-12-21")).await;
        assert_eq!((answer.status, answer.faults()), (400, vec!["Idempotency-Key"]));
    }
}

#[tokio::test]
async fn the_same_work_is_not_started_twice() {
    let site = Site::new().await;
    let first = site.job(&site.alpha).await;
    assert_eq!(site.job(&site.alpha).await, first);
    assert_ne!(site.job(&site.beta).await, first);
    site.worker(&["load_locations", "load_customers"]).run_until_idle().await.unwrap();
    assert_ne!(site.job(&site.alpha).await, first, "a finished job blocks nothing");
}

#[tokio::test]
async fn a_client_may_wait_for_the_outcome() {
    let site = Site::new().await;
    let body = json!({ "kind": "ingest" });
    let wait = [("prefer", "wait=5")];
    let worker = site.worker(&["find_shards"]);
    let stop = tokio_util::sync::CancellationToken::new();
    let stopped = stop.clone();
    let (answer, ()) = tokio::join!(
        async {
            let answer = site.post_with(JOBS, &site.alpha, &wait, &body).await;
            stop.cancel();
            answer
        },
        async { worker.run(stopped).await.unwrap() }
    );
    // Five seconds may be too short on a busy machine; then the answer is the usual one.
    match answer.status {
        200 => {
            assert_eq!(answer.body["status"], "succeeded");
            let progress = json!({ "rows_done": 3, "rows_total": 3, "bytes": 0, "percent": 100.0 });
            assert_eq!(answer.body["progress"], progress);
            assert_eq!(answer.body["steps"][0]["outcome"], json!({ "rows": 3 }));
        }
        status => assert_eq!(status, 202),
    }
}

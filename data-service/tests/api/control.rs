//! `POST /jobs/{id}/pause|resume|retry`, `/job-pauses` and `/dead-letters`.

use common::jobs::Registry;
use poem::http::Method;
use serde_json::{Value, json};

use crate::support::{Dies, ORIGIN, Site};

#[tokio::test]
async fn a_job_is_paused_and_resumed_until_it_has_finished() {
    let site = Site::new().await;
    let id = site.job(&site.alpha).await;
    let path = format!("/data/v1/jobs/{id}");
    let act =
        async |verb: &str| site.post(&format!("{path}/{verb}"), &site.alpha, &Value::Null).await;
    let paused = act("pause").await;
    assert_eq!((paused.status, paused.body["status"].as_str()), (202, Some("paused")));
    assert_eq!(paused.header("location"), path);
    assert_eq!(site.get(&path, &site.alpha).await.body["status"], "paused");
    let resumed = act("resume").await;
    assert_eq!((resumed.status, resumed.body["status"].as_str()), (202, Some("pending")));

    let nothing_failed = act("retry").await;
    assert_eq!(nothing_failed.status, 409);
    assert!(nothing_failed.body["type"].as_str().unwrap().ends_with(":nothing_failed"));
    assert_eq!(act("cancel").await.status, 202);
    for verb in ["pause", "resume", "retry", "cancel"] {
        let finished = act(verb).await;
        assert_eq!(finished.status, 409, "{verb}");
        assert!(finished.body["type"].as_str().unwrap().ends_with(":job_finished"), "{verb}");
        let unknown = format!("/data/v1/jobs/{}/{verb}", uuid::Uuid::now_v7());
        assert_eq!(site.post(&unknown, &site.alpha, &Value::Null).await.status, 404, "{verb}");
    }
}

#[tokio::test]
async fn what_failed_is_retried_and_what_died_is_redriven() {
    let site = Site::new().await;
    let id = site.job(&site.alpha).await;
    let path = format!("/data/v1/jobs/{id}");
    let dies = || Registry::new().with(Dies("load_locations")).with(Dies("load_customers"));
    site.until_dead(dies(), &path).await;
    let job = site.get(&path, &site.alpha).await.body;
    let step = &job["steps"][0];
    let log = step["attempt_log"].as_array().unwrap();
    assert_eq!((step["attempts"].as_i64(), log.len()), (Some(5), 5));
    assert_eq!(
        (log[0]["result"].as_str(), log[4]["result"].as_str()),
        (Some("retried"), Some("failed"))
    );
    assert!(step["duration_seconds"].as_f64().is_some_and(|seconds| seconds >= 0.0));
    assert_eq!(job["exceptions"].as_array().unwrap().len(), 10);

    let listed = site.get("/data/v1/dead-letters?open=true&limit=1", &site.alpha).await.body;
    let letter = listed["dead_letters"][0].clone();
    assert_eq!(letter["error"]["code"], "source_unavailable");
    assert_eq!(
        (letter["attempts"].as_i64(), letter["job_id"].as_str()),
        (Some(5), Some(id.as_str()))
    );
    let cursor = listed["next_cursor"].as_str().unwrap();
    let second = format!("/data/v1/dead-letters?open=true&limit=1&cursor={cursor}");
    let second = site.get(&second, &site.alpha).await.body;
    assert_ne!(second["dead_letters"][0]["id"], letter["id"]);
    assert!(second["next_cursor"].is_null());

    let one = format!("/data/v1/dead-letters/{}", letter["id"].as_str().unwrap());
    assert_eq!(site.get(&one, &site.alpha).await.body, letter);
    assert_eq!(site.get(&one, &site.beta).await.status, 404, "another tenant's");
    let redrive = format!("{one}/redrive");
    let redriven = site.post(&redrive, &site.alpha, &Value::Null).await;
    assert_eq!((redriven.status, redriven.header("location")), (202, path.as_str()));
    let live = site.post(&redrive, &site.alpha, &Value::Null).await;
    assert_eq!(live.status, 409);
    assert!(live.body["type"].as_str().unwrap().ends_with(":step_live"));

    // The other one, with the rest of the job.
    assert_eq!(site.post(&format!("{path}/retry"), &site.alpha, &Value::Null).await.status, 202);
    let open = site.get("/data/v1/dead-letters?open=true", &site.alpha).await.body;
    assert!(open["dead_letters"].as_array().unwrap().is_empty());
    site.worker(&["load_locations", "load_customers"]).run_until_idle().await.unwrap();
    let job = site.get(&path, &site.alpha).await.body;
    assert_eq!(job["status"], "succeeded");
    assert_eq!(
        (job["steps"][0]["rows"].as_i64(), job["progress"]["percent"].as_f64()),
        (Some(3), Some(100.0))
    );
    assert!(job["exceptions"].as_array().unwrap().iter().all(|e| e["resolved_at"].is_string()));
}

#[tokio::test]
async fn several_dead_letters_are_redriven_at_once() {
    let site = Site::new().await;
    let id = site.job(&site.alpha).await;
    let dies = Registry::new().with(Dies("load_locations")).with(Dies("load_customers"));
    site.until_dead(dies, &format!("/data/v1/jobs/{id}")).await;
    let letters = site.get("/data/v1/dead-letters", &site.alpha).await.body;
    let first = letters["dead_letters"][0]["id"].clone();
    let many = "/data/v1/dead-letters/redrive";
    let neither = site.post(many, &site.alpha, &json!({})).await;
    assert_eq!((neither.status, neither.faults()), (422, vec![""]));

    let unknown = uuid::Uuid::now_v7();
    let by_id = site.post(many, &site.alpha, &json!({ "ids": [first, unknown] })).await.body;
    assert_eq!(by_id["redriven"], json!([{ "id": first, "job_id": id }]));
    assert_eq!(by_id["refused"][0]["code"], "not_found");
    let filter = json!({ "filter": { "code": "source_unavailable" } });
    let rest = site.post(many, &site.alpha, &filter).await.body;
    assert_eq!(
        (rest["redriven"].as_array().unwrap().len(), rest["more"].as_bool()),
        (1, Some(false))
    );
}

#[tokio::test]
async fn a_kind_is_paused_by_an_admin_only() {
    let site = Site::new().await;
    let admin = site.admin().await;
    let send = async |method: Method, path: &str, cookie: &str| {
        site.send(method, path, &[("cookie", cookie), ("origin", ORIGIN)], None).await
    };
    let path = "/data/v1/job-pauses/master_data";
    assert_eq!(send(Method::PUT, path, &site.alpha).await.status, 403);
    let paused = send(Method::PUT, path, &admin).await;
    assert_eq!((paused.status, paused.body["kind"].as_str()), (200, Some("master_data")));
    assert_eq!(send(Method::PUT, "/data/v1/job-pauses/all", &admin).await.body["kind"], "all");
    let listed = site.get("/data/v1/job-pauses", &site.alpha).await.body;
    assert_eq!(listed["pauses"].as_array().unwrap().len(), 2);
    assert_eq!(send(Method::DELETE, "/data/v1/job-pauses/all", &admin).await.status, 204);
    let id = site.job(&site.alpha).await;
    site.worker(&["load_locations", "load_customers"]).run_until_idle().await.unwrap();
    let job = format!("/data/v1/jobs/{id}");
    assert_eq!(site.get(&job, &site.alpha).await.body["status"], "pending");
    assert_eq!(send(Method::DELETE, path, &admin).await.status, 204);
    assert_eq!(send(Method::DELETE, path, &admin).await.status, 404);
    site.worker(&["load_locations", "load_customers"]).run_until_idle().await.unwrap();
    assert_eq!(site.get(&job, &site.alpha).await.body["status"], "succeeded");
}

//! `POST /jobs/{id}/cancel`.

use serde_json::Value;

use crate::support::Site;

#[tokio::test]
async fn a_job_is_cancelled_once_and_a_finished_one_not_at_all() {
    let site = Site::new().await;
    let id = site.job(&site.alpha).await;
    let path = format!("/data/v1/jobs/{id}");
    let key = [("idempotency-key", "stop")];
    let cancel = format!("{path}/cancel");
    let answer = site.post_with(&cancel, &site.alpha, &key, &Value::Null).await;
    assert_eq!((answer.status, answer.body["status"].as_str()), (202, Some("cancelled")));
    assert_eq!(answer.header("location"), path);
    let job = site.get(&path, &site.alpha).await.body;
    assert_eq!(job["status"], "cancelled");
    assert!(job["steps"].as_array().unwrap().iter().all(|step| step["status"] == "cancelled"));

    let replayed = site.post_with(&cancel, &site.alpha, &key, &Value::Null).await;
    assert_eq!((replayed.status, replayed.header("idempotency-replayed")), (202, "true"));
    let finished = site.post(&cancel, &site.alpha, &Value::Null).await;
    assert_eq!(finished.status, 409);
    assert!(finished.body["type"].as_str().unwrap().ends_with(":job_finished"));
}

//! `GET /jobs/{id}/events`.

use futures_util::StreamExt;
use poem::http::Method;
use poem::web::sse::Event;
use serde_json::Value;

use crate::support::Site;

fn json(event: Event) -> Value {
    match event {
        Event::Message { data, .. } => serde_json::from_str(&data).unwrap(),
        Event::Retry { .. } => Value::Null,
    }
}

#[tokio::test]
async fn the_stream_tells_how_far_the_job_is_and_ends_with_it() {
    let site = Site::new().await;
    let id = site.job(&site.alpha).await;
    let path = format!("/data/v1/jobs/{id}/events");
    let response = site.open(Method::GET, &path, &[("cookie", site.alpha.as_str())], None).await;
    response.assert_content_type("text/event-stream");
    let mut events = response.sse_stream().map(json).boxed();
    let first = events.next().await.unwrap();
    assert_eq!((&first["id"], &first["status"]), (&Value::from(id), &Value::from("pending")));

    site.worker(&["load_locations", "load_customers"]).run_until_idle().await.unwrap();
    let mut last = first;
    // Ends by itself, which is part of the promise.
    while let Some(event) = events.next().await {
        let rows = |event: &Value| event["progress"]["rows_done"].as_u64().unwrap();
        assert!(rows(&event) >= rows(&last), "progress never goes back");
        last = event;
    }
    assert_eq!(last["status"], "succeeded");
    assert_eq!(last["step_counts"]["done"], 2);
    assert_eq!(last["progress"]["rows_done"], 6);
}

#[tokio::test]
async fn the_stream_ends_when_the_process_drains() {
    let site = Site::new().await;
    let id = site.job(&site.alpha).await;
    let path = format!("/data/v1/jobs/{id}/events");
    let response = site.open(Method::GET, &path, &[("cookie", site.alpha.as_str())], None).await;
    let mut events = response.sse_stream().map(json).boxed();
    assert!(events.next().await.is_some());
    site.state.shutdown.request();
    assert!(events.next().await.is_none());
}

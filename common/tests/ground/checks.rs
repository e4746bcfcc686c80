//! What every answer carries, health, and the document.

use common::http::{Health, health_only};
use common::lifecycle::Shutdown;
use poem::http::Method;
use poem::test::TestClient;
use serde_json::Value;

use crate::api::{app_with, client, document, problem, settings};

#[tokio::test]
async fn ids_go_in_and_out() {
    let response = client().get("/test/v1/ok").header("x-request-id", "mine-1").send().await;
    assert_eq!(response.0.headers()["x-request-id"], "mine-1");
    let response = client().get("/test/v1/ok").header("x-request-id", "not mine").send().await;
    assert_ne!(response.0.headers()["x-request-id"], "not mine");

    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let response = client().get("/test/v1/context").header("traceparent", &parent).send().await;
    let child = response.0.headers()["traceparent"].to_str().unwrap().to_owned();
    assert!(
        child.starts_with(&format!("00-{trace}-")) && child.ends_with("-01") && child != parent,
        "{child}"
    );
    let body = response.0.into_body().into_string().await.unwrap();
    assert!(body.starts_with(trace), "{body}");
}

#[tokio::test]
async fn answers_carry_security_headers() {
    for path in ["/test/v1/ok", "/test/v1/nothing", "/test/docs"] {
        let response = client().get(path).send().await;
        let headers = response.0.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
        assert!(
            headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"),
            "{path}"
        );
    }
    let response = client().get("/test/v1/ok").send().await;
    assert_eq!(response.0.headers()["cache-control"], "private, no-store");
    assert!(!response.0.headers().contains_key("strict-transport-security"), "plain http");
}

#[tokio::test]
async fn only_configured_origins_may_call() {
    let ours = "https://app.example.com";
    let preflight = |origin: &'static str| {
        client()
            .options("/test/v1/jobs")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .send()
    };
    let response = preflight(ours).await;
    assert_eq!(response.0.status().as_u16(), 204);
    assert_eq!(response.0.headers()["access-control-allow-origin"], ours);
    assert_eq!(response.0.headers()["access-control-allow-credentials"], "true");
    assert!(
        !preflight("https://evil.example.com")
            .await
            .0
            .headers()
            .contains_key("access-control-allow-origin")
    );

    for (origin, permitted) in [(ours, true), ("https://evil.example.com", false), ("null", false)]
    {
        let response = client().get("/test/v1/nothing").header("origin", origin).send().await;
        assert_eq!(
            response.0.headers().contains_key("access-control-allow-origin"),
            permitted,
            "{origin}"
        );
        assert_eq!(response.0.headers()["vary"], "origin");
    }
}

#[tokio::test]
async fn accepted_work_says_where_to_look() {
    let request = client().post("/test/v1/jobs").content_type("application/json; charset=utf-8");
    let response = request.body(r#"{"kind":"ingest"}"#).send().await;
    assert_eq!(response.0.status().as_u16(), 202);
    assert_eq!(response.0.headers()["retry-after"], "1");
    let location = response.0.headers()["location"].to_str().unwrap().to_owned();
    let body: Value =
        serde_json::from_str(&response.0.into_body().into_string().await.unwrap()).unwrap();
    assert_eq!(body["links"]["self"], location);
    assert_eq!(body["status"], "pending");
}

#[tokio::test]
async fn readiness_names_what_fails() {
    let health = Health::new(Shutdown::new())
        .check("database", || async { Ok::<(), &str>(()) })
        .check("keys", || async { Err("the key set is 2 days old") });
    let client = TestClient::new(app_with(health));
    client.get("/livez").send().await.assert_status_is_ok();
    let body = problem(client.get("/readyz").send().await, 503).await;
    assert_eq!(body["detail"], "failing: keys");
    assert_eq!(body["errors"][0]["detail"], "the key set is 2 days old");
}

#[tokio::test]
async fn a_draining_process_is_alive_and_not_ready() {
    let shutdown = Shutdown::new();
    let client = TestClient::new(app_with(Health::new(shutdown.clone())));
    client.get("/readyz").send().await.assert_status_is_ok();
    shutdown.request();
    client.get("/livez").send().await.assert_status_is_ok();
    problem(client.get("/readyz").send().await, 503).await;
}

#[tokio::test]
async fn workers_answer_health_under_the_same_rules() {
    let health = Health::new(Shutdown::new());
    let client = TestClient::new(health_only("test", &settings(), health).unwrap());
    for path in ["/livez", "/readyz", "/metrics"] {
        client.get(path).send().await.assert_status_is_ok();
    }
    problem(client.get("/test/v1/ok").send().await, 404).await;
}

#[tokio::test]
async fn limits_are_shown_before_and_when_they_bite() {
    let limit = |remaining: &str, status: u16| {
        let expected = format!("\"limited\";r={remaining};");
        async move {
            let response = client().get("/test/v1/limited").send().await;
            assert_eq!(response.0.status().as_u16(), status);
            assert!(response.0.headers()["ratelimit"].to_str().unwrap().starts_with(&expected));
            assert_eq!(response.0.headers()["ratelimit-policy"], "\"limited\";q=2;w=60");
            response
        }
    };
    limit("1", 200).await;
    limit("0", 200).await;
    let refused = limit("0", 429).await;
    assert_eq!(refused.0.headers()["retry-after"], "30");
    problem(refused, 429).await;
    assert!(!client().get("/test/v1/ok").send().await.0.headers().contains_key("ratelimit"));
}

#[tokio::test]
async fn metrics_count_requests_by_route() {
    let client = client();
    client.get("/metrics").send().await.assert_status_is_ok();
    client.get("/test/v1/ok").send().await.assert_status_is_ok();
    let text = client.get("/metrics").send().await.0.into_body().into_string().await.unwrap();
    assert!(
        text.contains("http_requests_total{method=\"GET\",route=\"/ok\",status=\"200\"}"),
        "{text}"
    );
}

#[tokio::test]
async fn invented_methods_are_counted_together() {
    let client = client();
    client.get("/metrics").send().await.assert_status_is_ok();
    for word in ["INVENTED", "INVENTED-TOO"] {
        let method = Method::from_bytes(word.as_bytes()).unwrap();
        problem(client.request(method, "/test/v1/ok").send().await, 405).await;
    }
    let text = client.get("/metrics").send().await.0.into_body().into_string().await.unwrap();
    assert!(text.contains("http_requests_total{method=\"other\""), "{text}");
    assert!(!text.contains("INVENTED"), "{text}");
}

#[tokio::test]
async fn the_document_is_served_and_read() {
    let served =
        client().get("/test/openapi.json").send().await.0.into_body().into_string().await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&served).unwrap(), document());
    let page = client().get("/test/docs").send().await;
    assert_eq!(page.0.headers()["content-type"], "text/html; charset=utf-8");
    let page = page.0.into_body().into_string().await.unwrap();
    assert!(page.contains("urn:footfall:problem:not_found"), "the page shows the refined document");
}

#[test]
fn each_operation_documents_the_errors_it_can_answer() {
    let document = document();
    let statuses = |path: &str, method: &str| -> Vec<String> {
        document["paths"][path][method]["responses"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(statuses("/ok", "get"), ["200", "400", "404", "429", "500", "503"]);
    assert_eq!(
        statuses("/secret", "get"),
        ["200", "400", "401", "403", "404", "429", "500", "503"]
    );
    assert_eq!(statuses("/jobs", "get"), ["200", "400", "404", "422", "429", "500", "503"]);
    assert_eq!(
        statuses("/strict", "put"),
        ["200", "400", "404", "409", "412", "413", "415", "422", "428", "429", "500", "503"]
    );
    let example =
        &document["paths"]["/ok"]["get"]["responses"]["404"]["content"]["application/problem+json"];
    assert_eq!(example["example"]["status"], 404);
    assert_eq!(example["schema"]["$ref"], "#/components/schemas/Problem");
}

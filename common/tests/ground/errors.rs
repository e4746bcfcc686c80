//! Every way a request can go wrong ends in a problem that says where.

use serde_json::Value;

use crate::api::{client, problem};

const ID: &str = "0190a5c4-7f3e-7c10-9d5b-2f6a1c0e8b11";

async fn get(path: &str, status: u16) -> Value {
    problem(client().get(path).send().await, status).await
}

#[tokio::test]
async fn unknown_paths_are_problems() {
    for path in ["/", "/nothing", "/test/v1/nothing", "/test/v1/tenants/x"] {
        let body = get(path, 404).await;
        assert_eq!(body["type"], "urn:footfall:problem:not_found");
        assert_eq!(body["instance"], path);
    }
}

#[tokio::test]
async fn a_missing_row_answers_like_a_missing_route() {
    let missing =
        get(&format!("/test/v1/tenants/{ID}/jobs/00000000-0000-0000-0000-000000000000"), 404).await;
    let route = get("/test/v1/nothing", 404).await;
    for member in ["type", "title", "detail", "errors"] {
        assert_eq!(missing[member], route[member]);
    }
}

#[tokio::test]
async fn other_methods_name_the_right_ones() {
    let response = client().delete("/test/v1/jobs").send().await;
    assert_eq!(response.0.headers()["allow"], "GET, HEAD, POST");
    problem(response, 405).await;
    let response = client().post("/livez").send().await;
    assert_eq!(response.0.headers()["allow"], "GET, HEAD");
    problem(response, 405).await;
}

#[tokio::test]
async fn path_parameters_are_named() {
    for (path, name) in [
        (format!("/test/v1/tenants/x/jobs/{ID}"), "tenant_id"),
        (format!("/test/v1/tenants/{ID}/jobs/x"), "job_id"),
        (format!("/test/v1/tenants/{ID}/jobs/%00"), "path"),
        (format!("/test/v1/tenants/{ID}/jobs/%ff"), "job_id"),
    ] {
        let body = get(&path, 400).await;
        assert_eq!(body["errors"][0]["parameter"], name, "{body}");
        assert_eq!(body["errors"][0]["code"], "malformed", "{body}");
    }
}

#[tokio::test]
async fn query_parameters_are_named() {
    for (query, name, code) in [
        ("limit=0", "limit", "malformed"),
        ("limit=201", "limit", "malformed"),
        ("limit=many", "limit", "malformed"),
        ("limt=5", "limt", "unknown_parameter"),
        ("limit=5&limit=6", "limit", "repeated_parameter"),
        ("%00=1", "\0", "unknown_parameter"),
        ("state=%00", "state", "malformed"),
    ] {
        let body = get(&format!("/test/v1/jobs?{query}"), 400).await;
        assert_eq!(body["errors"][0]["parameter"], name, "{body}");
        assert_eq!(body["errors"][0]["code"], code, "{body}");
    }
    let response = client().get("/test/v1/jobs?state=a&state=b&limit=7").send().await;
    response.assert_status_is_ok();
    response.assert_text("7").await;
}

#[tokio::test]
async fn bodies_are_pointed_into() {
    for (body, pointer, code) in [
        ("", "", "required"),
        ("{", "", "invalid_json"),
        ("{}", "/kind", "required"),
        (r#"{"kind":"dance"}"#, "/kind", "unknown_value"),
        (r#"{"kind":7}"#, "/kind", "unknown_value"),
        (r#"{"kind":"ingest","from":"soon"}"#, "/from", "malformed"),
        (r#"{"kind":"ingest","properties":[1,"x"]}"#, "/properties/1", "wrong_type"),
        (r#"{"kind":"ingest","note":"long"}"#, "/note", "too_long"),
        (r#"{"kind":"ingest","note":"\u0000"}"#, "/note", "malformed"),
    ] {
        let response =
            client().post("/test/v1/jobs").content_type("application/json").body(body).send().await;
        let found = problem(response, 400).await;
        assert_eq!(found["errors"][0]["pointer"], pointer, "{body}: {found}");
        assert_eq!(found["errors"][0]["code"], code, "{body}: {found}");
    }
}

#[tokio::test]
async fn text_is_text() {
    for note in ["7", "false"] {
        let body = format!("{{\"kind\":\"ingest\",\"note\":{note}}}");
        let request = client().post("/test/v1/jobs").content_type("application/json");
        let found = problem(request.body(body).send().await, 400).await;
        assert_eq!(found["errors"][0]["pointer"], "/note", "{found}");
        assert_eq!(found["errors"][0]["code"], "wrong_type", "{found}");
    }
}

#[tokio::test]
async fn unknown_fields_are_pointed_at_where_they_are_refused() {
    let request = client()
        .put("/test/v1/strict")
        .header("if-match", "\"v1\"")
        .content_type("application/json");
    let found = problem(request.body(r#"{"name":"a","nmae":1}"#).send().await, 400).await;
    assert_eq!(found["errors"][0]["pointer"], "/nmae");
    assert_eq!(found["errors"][0]["code"], "unknown_field");
    assert_eq!(found["detail"], "there is no such field; known: name");
}

#[tokio::test]
async fn no_sentence_repeats_all_that_was_sent() {
    let long = "x".repeat(900);
    let body = format!("{{\"name\":\"a\",\"{long}\":1}}");
    let request = client().put("/test/v1/strict").header("if-match", "\"v1\"");
    let request = request.content_type("application/json").body(body);
    let found = problem(request.send().await, 400).await;
    assert_eq!(found["detail"], "there is no such field; known: name");
    let body = format!("{{\"kind\":\"ingest\",\"from\":\"{long}\"}}");
    let request = client().post("/test/v1/jobs").content_type("application/json").body(body);
    let found = problem(request.send().await, 400).await;
    assert!(found["detail"].as_str().unwrap().len() < 100, "{found}");
}

#[tokio::test]
async fn content_types_are_checked() {
    for media in ["text/plain", "application/x-www-form-urlencoded", "nonsense"] {
        let response =
            client().post("/test/v1/jobs").content_type(media).body("kind=ingest").send().await;
        problem(response, 415).await;
    }
    let response = client().post("/test/v1/jobs").body(r#"{"kind":"ingest"}"#).send().await;
    problem(response, 415).await;
}

#[tokio::test]
async fn large_bodies_are_refused_declared_or_not() {
    let large = "x".repeat(1_001);
    let request = client().post("/test/v1/jobs").content_type("application/json");
    let found = problem(
        request.header("content-length", large.len()).body(large.clone()).send().await,
        413,
    )
    .await;
    assert!(found["detail"].as_str().unwrap().contains("1000"));
    let request = client().post("/test/v1/jobs").content_type("application/json");
    problem(request.header("transfer-encoding", "chunked").body(large.clone()).send().await, 413)
        .await;
    let own_limit = format!(r#"{{"name":"{}"}}"#, "x".repeat(1_500));
    let request = client()
        .put("/test/v1/strict")
        .header("if-match", "\"v1\"")
        .content_type("application/json");
    request.body(own_limit).send().await.assert_status_is_ok();
}

#[tokio::test]
async fn conditional_changes_need_the_version() {
    let put =
        || client().put("/test/v1/strict").content_type("application/json").body(r#"{"name":"a"}"#);
    problem(put().send().await, 428).await;
    let stale = put().header("if-match", "\"v0\"").send().await;
    assert_eq!(stale.0.headers()["etag"], "\"v1\"");
    problem(stale, 412).await;
    put().header("if-match", "\"v1\"").send().await.assert_status_is_ok();
}

#[tokio::test]
async fn credentials_are_asked_for_before_parameters_are_judged() {
    for path in ["/test/v1/secret", "/test/v1/secret?nonsense=1"] {
        let response = client().get(path).send().await;
        assert!(response.0.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
        problem(response, 401).await;
    }
    let response =
        client().get("/test/v1/secret").header("authorization", "Bearer bad").send().await;
    assert!(response.0.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));
    problem(response, 401).await;
    let good =
        |path: &'static str| client().get(path).header("authorization", "Bearer good").send();
    good("/test/v1/secret").await.assert_status_is_ok();
    problem(good("/test/v1/secret?nonsense=1").await, 400).await;
}

#[tokio::test]
async fn failures_inside_show_a_request_id_and_nothing_else() {
    for path in ["/test/v1/panic", "/test/v1/internal", "/test/v1/bare"] {
        let body = get(path, 500).await;
        let text = body.to_string();
        assert!(!text.contains("hunter2") && !text.contains("502"), "{text}");
        assert_eq!(body["type"], "urn:footfall:problem:internal");
    }
}

#[tokio::test]
async fn slow_answers_end_at_the_deadline() {
    let response = client().get("/test/v1/slow").send().await;
    assert_eq!(response.0.headers()["retry-after"], "1");
    let body = problem(response, 503).await;
    assert_eq!(body["type"], "urn:footfall:problem:deadline_exceeded");
}

#[tokio::test]
async fn head_has_no_body() {
    let response = client().head("/test/v1/nothing").send().await;
    assert_eq!(response.0.status().as_u16(), 404);
    response.assert_text("").await;
}

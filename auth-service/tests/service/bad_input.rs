//! Bad input to each route: problem+json that names what is wrong, never a 5xx.

use common::auth::Role;
use poem::http::{Method, StatusCode};
use serde_json::Value;

use crate::support::{ORIGIN, header, json, service_without_provider};

struct Bad {
    method: Method,
    path: &'static str,
    content_type: &'static str,
    body: String,
    status: u16,
    /// Pointer or parameter that the problem names, when there is one to name.
    names: Option<&'static str>,
}

fn get(path: &'static str, status: u16, names: Option<&'static str>) -> Bad {
    Bad { method: Method::GET, path, content_type: "", body: String::new(), status, names }
}

fn send(
    method: Method,
    path: &'static str,
    content_type: &'static str,
    body: impl Into<String>,
    status: u16,
    names: Option<&'static str>,
) -> Bad {
    Bad { method, path, content_type, body: body.into(), status, names }
}

const JSON: &str = "application/json";
const TOKENS: &str = "/auth/v1/tokens";
const REFRESH: &str = "/auth/v1/tokens/refresh";
const INTROSPECT: &str = "/auth/v1/introspect";
const INVITATIONS: &str = "/auth/v1/invitations";
const API_KEYS: &str = "/auth/v1/api-keys";
const FORM: &str = "application/x-www-form-urlencoded";
const CONFIGURATION: &str = "/auth/v1/tenant/configuration";

fn cases() -> Vec<Bad> {
    let (post, patch) = (Method::POST, Method::PATCH);
    vec![
        get("/auth/v1/login?retrun_to=/", 400, Some("retrun_to")),
        get("/auth/v1/login?return_to=/&return_to=/", 400, Some("return_to")),
        get("/auth/v1/login?return_to=%zz%00", 400, None),
        get("/auth/v1/callback", 400, Some("state")),
        get("/auth/v1/callback?state=x&code=y&extra=z", 400, Some("extra")),
        get("/auth/v1/callback?state=x&code=y", 400, Some("state")),
        get("/auth/v1/keys?limit=1", 400, Some("limit")),
        get("/auth/v1/me?verbose=1", 400, Some("verbose")),
        get("/auth/v1/nothing", 404, None),
        get(TOKENS, 405, None),
        send(post.clone(), TOKENS, JSON, "{", 400, None),
        send(post.clone(), TOKENS, JSON, "[]", 400, None),
        send(post.clone(), TOKENS, JSON, r#"{"tenant_id": 7}"#, 400, Some("/tenant_id")),
        send(post.clone(), TOKENS, JSON, r#"{"tenant_id": "x"}"#, 400, Some("/tenant_id")),
        send(post.clone(), TOKENS, JSON, r#"{"tenant": "x"}"#, 400, None),
        send(post.clone(), TOKENS, "text/plain", "{}", 415, Some("Content-Type")),
        send(post.clone(), TOKENS, JSON, format!("\"{}\"", "x".repeat(2 << 20)), 413, None),
        send(post.clone(), REFRESH, JSON, "{}", 400, Some("/refresh_token")),
        send(post.clone(), REFRESH, JSON, r#"{"refresh_token": ""}"#, 400, Some("/refresh_token")),
        send(post.clone(), INTROSPECT, JSON, "{}", 415, Some("Content-Type")),
        send(post.clone(), INTROSPECT, FORM, "tocken=x", 400, None),
        send(post.clone(), INVITATIONS, JSON, r#"{"role": "god"}"#, 400, Some("/role")),
        send(
            post.clone(),
            INVITATIONS,
            JSON,
            r#"{"role": "viewer", "locations": []}"#,
            422,
            Some("/locations"),
        ),
        send(
            post.clone(),
            INVITATIONS,
            JSON,
            r#"{"role": "viewer", "expires_in_hours": 0}"#,
            400,
            Some("/expires_in_hours"),
        ),
        send(
            post.clone(),
            API_KEYS,
            JSON,
            r#"{"name": "till", "scopes": ["all"]}"#,
            400,
            Some("/scopes/0"),
        ),
        send(post.clone(), "/auth/v1/api-keys/x/rotate", JSON, "{}", 400, Some("api_key_id")),
        send(patch.clone(), "/auth/v1/members/x", JSON, "{}", 400, Some("person_id")),
        send(patch.clone(), "/auth/v1/tenant", JSON, r#"{"name": ""}"#, 400, Some("/name")),
        send(patch.clone(), "/auth/v1/tenant", JSON, r#"{"name": "  "}"#, 422, None),
        get("/auth/v1/audit?limit=0", 400, Some("limit")),
        get("/auth/v1/audit?cursor=x", 400, Some("cursor")),
        get("/auth/v1/audit?result=maybe", 400, Some("result")),
        send(patch.clone(), CONFIGURATION, JSON, "{", 400, None),
        send(patch.clone(), CONFIGURATION, JSON, "{}", 428, Some("If-Match")),
        send(patch, CONFIGURATION, "text/plain", "{}", 415, Some("Content-Type")),
    ]
}

fn names(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().unwrap().iter();
    errors.filter_map(|e| e["pointer"].as_str().or(e["parameter"].as_str())).collect()
}

#[tokio::test]
async fn bad_input_is_refused_by_name() {
    let service = service_without_provider().await;
    let person = service.person("owner").await;
    service.member(&service.test_db.alpha(), &person, Role::Owner.as_str()).await;
    service.settings(&service.test_db.alpha()).await;
    for case in cases() {
        let at = format!("{} {} {}", case.method, case.path, &case.body[..case.body.len().min(40)]);
        let mut request = service
            .client
            .request(case.method, case.path)
            .header("Cookie", &person.cookie)
            .header("Origin", ORIGIN);
        if !case.content_type.is_empty() {
            request = request.content_type(case.content_type).body(case.body);
        }
        let answer = request.send().await;
        assert_eq!(answer.0.status(), StatusCode::from_u16(case.status).unwrap(), "{at}");
        assert_eq!(header(&answer, "content-type"), "application/problem+json", "{at}");
        let problem = json(answer).await;
        assert_eq!(problem["status"], case.status, "{at}");
        if let Some(name) = case.names {
            assert!(names(&problem).contains(&name), "{at}: {problem}");
        }
    }
}

//! The checked-in OpenAPI documents: every operation says who may call it and how it fails.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

/// Operations that need no credential. This list may only shrink.
const PUBLIC: [&str; 4] = [
    "GET /auth/v1/callback",
    "GET /auth/v1/keys",
    "GET /auth/v1/login",
    "POST /auth/v1/tokens/refresh",
];

const SERVICES: [&str; 3] = ["auth", "data", "analytics"];

/// Method and whole path, and the operation, of all three.
fn operations() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for service in SERVICES {
        let file = format!("../docs/openapi/{service}-service.json");
        let text = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let document: Value =
            serde_json::from_str(&std::fs::read_to_string(text).unwrap()).unwrap();
        let base = document["servers"][0]["url"].as_str().unwrap();
        for (path, operations) in document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                let name = format!("{} {base}{path}", method.to_uppercase());
                found.push((name, operation.clone()));
            }
        }
    }
    assert!(found.len() > 20);
    found
}

#[test]
fn every_operation_demands_a_credential_or_is_listed_as_public() {
    let public: BTreeSet<String> = operations()
        .into_iter()
        .filter(|(_, operation)| {
            operation["security"].as_array().is_none_or(|schemes| schemes.is_empty())
        })
        .map(|(name, _)| name)
        .collect();
    let listed: BTreeSet<String> = PUBLIC.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(public, listed);
}

#[test]
fn every_operation_documents_its_errors_with_an_example() {
    for (name, operation) in operations() {
        for text in ["summary", "operationId"] {
            assert!(operation[text].is_string(), "{name} has no {text}");
        }
        let tags = operation["tags"].as_array().map_or(0, Vec::len);
        assert_eq!(tags, 1, "{name} belongs to one resource");
        let responses = operation["responses"].as_object().unwrap();
        let mut errors: Vec<&str> = vec!["400", "429", "500", "503"];
        if operation["security"].is_array() {
            errors.push("401");
        }
        if operation["requestBody"].is_object() {
            errors.extend(["413", "415", "422"]);
        }
        for status in errors {
            assert!(responses.contains_key(status), "{name} does not document {status}");
        }
        for (status, response) in responses {
            let problem = &response["content"]["application/problem+json"];
            assert_eq!(status.as_str() >= "400", problem.is_object(), "{name} {status}");
            if problem.is_object() {
                assert_eq!(problem["example"]["status"].to_string(), *status, "{name}");
            }
        }
    }
}

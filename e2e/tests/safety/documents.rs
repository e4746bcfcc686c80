//! The checked-in OpenAPI documents: every operation says who may call it, how it fails and what it answers.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::schema::misfits;

/// Operations that need no credential. This list may only shrink.
const PUBLIC: [&str; 4] = [
    "GET /auth/v1/callback",
    "GET /auth/v1/keys",
    "GET /auth/v1/login",
    "POST /auth/v1/tokens/refresh",
];

const SERVICES: [&str; 3] = ["auth", "data", "analytics"];

/// The checked-in documents, by service.
pub fn documents() -> Vec<(&'static str, Value)> {
    let read = |service| {
        let file = format!("../docs/openapi/{service}-service.json");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        (service, serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    };
    SERVICES.map(read).into()
}

/// Method and whole path, and the operation.
fn operations_of(document: &Value) -> Vec<(String, Value)> {
    let base = document["servers"][0]["url"].as_str().unwrap();
    let mut found = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let name = format!("{} {base}{path}", method.to_uppercase());
            found.push((name, operation.clone()));
        }
    }
    found
}

/// Those of all three.
fn operations() -> Vec<(String, Value)> {
    let found: Vec<_> =
        documents().iter().flat_map(|(_, document)| operations_of(document)).collect();
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

/// Those parameters that have an example.
fn parameters(operation: &Value) -> Vec<(String, Value)> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    all.filter(|parameter| parameter.get("example").is_some())
        .map(|parameter| (format!("parameter {}", parameter["name"]), parameter.clone()))
        .collect()
}

/// What an operation takes and answers: part, media type, and how it is described.
fn bodies(operation: &Value) -> Vec<(String, Value)> {
    let answers = operation["responses"].as_object().unwrap();
    let answers = answers.iter().filter(|(status, _)| status.as_str() < "400");
    let request = operation.get("requestBody").map(|request| ("request", request));
    let parts = answers.map(|(status, answer)| (status.as_str(), answer)).chain(request);
    let content = |(part, described): (&str, &Value)| {
        let media = described["content"].as_object().cloned().unwrap_or_default();
        let part = part.to_owned();
        media.into_iter().map(move |(media, described)| (format!("{part} {media}"), described))
    };
    // A file cannot stand in a document.
    let telling = |(_, described): &(String, Value)| described["schema"]["format"] != "binary";
    parts.flat_map(content).filter(telling).collect()
}

#[test]
fn every_operation_shows_what_it_takes_and_answers_by_a_fitting_example() {
    let mut without = BTreeSet::new();
    let mut misfitting = Vec::new();
    for (service, document) in documents() {
        for (name, operation) in operations_of(&document) {
            for (part, described) in [bodies(&operation), parameters(&operation)].concat() {
                match described.get("example") {
                    None => {
                        without.insert(format!("{name} {part}"));
                    }
                    Some(example) => {
                        let found = misfits(example, &described["schema"], &document);
                        misfitting.extend(
                            found.iter().map(|why| format!("{service} {name} {part}: {why}")),
                        );
                    }
                }
            }
        }
    }
    assert!(misfitting.is_empty(), "{}", misfitting.join("\n"));
    assert!(without.is_empty(), "no example: {without:#?}");
}

#[test]
fn what_an_export_names_elsewhere_is_there() {
    let known: BTreeSet<String> = operations().into_iter().map(|(name, _)| name).collect();
    let operations = operations();
    let (_, export) =
        operations.iter().find(|(name, _)| name == "POST /auth/v1/tenant/export").unwrap();
    let example =
        &export["responses"]["200"]["content"]["application/json; charset=utf-8"]["example"];
    let named: Vec<&str> = example["elsewhere"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["route"].as_str().unwrap())
        .collect();
    assert!(named.contains(&"POST /data/v1/tenant/export"), "{named:?}");
    for route in named {
        assert!(known.contains(route), "{route}");
    }
}

#[test]
fn every_kept_example_belongs_to_an_operation() {
    for (service, document) in documents() {
        let file = format!("../{service}-service/src/http/examples.json");
        let text =
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let kept: Value = serde_json::from_str(&text).unwrap();
        for (name, parts) in kept.as_object().unwrap() {
            let (method, template) = name.split_once(' ').unwrap();
            let operation = &document["paths"][template][method.to_lowercase()];
            let named = |name: &String| {
                let all = operation["parameters"].as_array().unwrap();
                all.iter().any(|parameter| parameter["name"] == name.as_str())
            };
            for (part, kept) in parts.as_object().unwrap() {
                if part == "parameters" {
                    let mut names = kept.as_object().unwrap().keys();
                    assert!(names.all(named), "{service}: {name} {kept}");
                    continue;
                }
                let known = match part.as_str() {
                    "request" => operation.get("requestBody"),
                    status => operation["responses"].get(status),
                };
                assert!(known.is_some(), "{service}: {name} {part}");
            }
        }
    }
}

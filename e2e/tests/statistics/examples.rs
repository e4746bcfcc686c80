//! The examples of the OpenAPI document are what the product answers about the generated shop.
//! `FOOTFALL_UPDATE_SNAPSHOTS=1` writes the answers to the kept requests anew.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use poem::http::{Method, StatusCode};
use poem::test::TestResponse;
use serde_json::{Value, json};

use crate::example_shop::ExampleShop;

/// Answers about facts; the others are about reports and what is outside.
const ABOUT_FACTS: [&str; 2] = ["/stats/", "/tasks/"];

/// Stands for the moment at which the days were loaded.
const LOADED_AT: &str = "2026-03-20T10:29:31.204518+00:00";

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn read(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(file(path)).unwrap()).unwrap()
}

/// Every operation about facts, as the examples name it.
fn operations() -> BTreeSet<String> {
    let document = read("docs/openapi/analytics-service.json");
    let mut found = BTreeSet::new();
    for (template, methods) in document["paths"].as_object().unwrap() {
        if ABOUT_FACTS.iter().any(|start| template.starts_with(start)) {
            let methods = methods.as_object().unwrap().keys();
            found.extend(methods.map(|method| format!("{} {template}", method.to_uppercase())));
        }
    }
    assert!(found.len() > 9, "{found:?}");
    found
}

/// Asks what the example asks.
async fn ask(shop: &ExampleShop, name: &str, example: &Value) -> TestResponse {
    let (method, template) = name.split_once(' ').unwrap();
    let parameters = example["parameters"].as_object().into_iter().flatten();
    let parameters: Vec<String> = parameters
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name}={text}"),
            other => format!("{name}={other}"),
        })
        .collect();
    let path = format!("/analytics/v1{template}?{}", parameters.join("&"));
    let method: Method = method.parse().unwrap();
    let answer = shop.ask(method, path.trim_end_matches('?'), example.get("request")).await;
    assert_eq!(answer.0.status(), StatusCode::OK, "{name}");
    answer
}

/// Replaces what is another one each time, and sees that it is what it is taken for.
fn settle(answer: &mut Value) {
    match answer {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value.as_str()) {
                    ("last_success_at", Some(text)) => {
                        DateTime::parse_from_rfc3339(text).unwrap();
                        *value = json!(LOADED_AT);
                    }
                    ("next_cursor", Some(text)) => {
                        let plain =
                            |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
                        assert!(text.len() > 16 && text.bytes().all(plain), "{text}");
                        *value = json!(format!("{}…", &text[..16]));
                    }
                    _ => settle(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(settle),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_examples_are_answers_about_the_generated_shop() {
    let shop = ExampleShop::open().await;
    let path = "analytics-service/src/http/examples.json";
    let kept = read(path);
    let mut given = kept.clone();
    for name in operations() {
        let example = given.get_mut(&name).unwrap_or_else(|| panic!("no example of {name}"));
        let answer = ask(&shop, &name, example).await;
        if name.ends_with("/export") {
            // A file cannot stand in a document, but it says what the query of the example does.
            let rows = answer.0.into_body().into_string().await.unwrap().lines().count() - 1;
            let query = json!({ "request": example["request"]["query"] });
            let answer = ask(&shop, "POST /stats/query", &query).await;
            assert_eq!(json_of(answer).await["page"]["total_rows"], rows);
            continue;
        }
        let mut answer = json_of(answer).await;
        settle(&mut answer);
        example["200"] = answer;
    }
    if std::env::var_os("FOOTFALL_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(file(path), serde_json::to_string_pretty(&given).unwrap() + "\n").unwrap();
        return;
    }
    for (name, example) in kept.as_object().unwrap() {
        let wanted = &given[name];
        assert_eq!(
            example, wanted,
            "{name} is answered otherwise: write the examples anew, then the OpenAPI document"
        );
    }
}

async fn json_of(answer: TestResponse) -> Value {
    serde_json::from_str(&answer.0.into_body().into_string().await.unwrap()).unwrap()
}

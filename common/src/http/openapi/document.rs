//! Completes the document poem-openapi generates: each operation keeps only the errors it can answer, and every
//! error has an example.

use serde_json::{Map, Value, json};

use super::examples;
use super::operations::rooted;
use crate::http::error::PROBLEM_JSON;

/// The document as served and as checked in: refined, with sorted keys, so that it does not depend on how the
/// build orders maps. `examples` are those of [`super::examples`].
pub(crate) fn refine(spec: &str, examples: &str) -> Value {
    // poem-openapi produced it a moment ago; if it were not JSON, the snapshot test shows an empty document.
    let mut document: Value = serde_json::from_str(spec).unwrap_or_default();
    let schemas = document["components"]["schemas"].clone();
    let base = document["servers"][0].clone();
    let kept: Value = serde_json::from_str(examples).unwrap_or_default();
    for (template, path) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in path.as_object_mut().into_iter().flatten() {
            let kept = &kept[format!("{} {template}", method.to_uppercase())];
            refine_operation(template, method, operation, &schemas, kept);
            if rooted(template) {
                operation["servers"] = json!([{"url": "/"}, base]);
            }
        }
    }
    standard_formats(&mut document);
    event_streams(&mut document);
    for (_, schema) in document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        say_nullable(schema);
    }
    examples::insert(&mut document, examples);
    document
}

/// What is not required is answered as null, and null is taken for it; poem-openapi does not say so.
fn say_nullable(schema: &mut Value) {
    let required: Vec<String> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (_, property) in properties.iter_mut().filter(|(name, _)| !required.contains(name)) {
        // OpenAPI 3.0 ignores what stands beside a reference.
        if property.get("$ref").is_some() {
            *property = json!({"allOf": [property.take()]});
        }
        if let Some(property) = property.as_object_mut() {
            property.insert("nullable".to_owned(), Value::Bool(true));
        }
    }
}

/// poem-openapi calls a calendar date `naive-date`; the format registry and every generator know `date`.
fn standard_formats(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if map.get("format").is_some_and(|format| format == "naive-date") {
                map.insert("format".to_owned(), Value::from("date"));
            }
            map.values_mut().for_each(standard_formats);
        }
        Value::Array(items) => items.iter_mut().for_each(standard_formats),
        _ => {}
    }
}

/// poem-openapi describes the data of all events as one list; what a client reads is one event after the other, whose
/// data is text.
fn event_streams(document: &mut Value) {
    let responses = document["paths"].as_object_mut().into_iter().flatten();
    let responses = responses
        .flat_map(|(_, path)| path.as_object_mut().into_iter().flatten())
        .filter_map(|(_, operation)| operation.get_mut("responses")?.as_object_mut());
    for (_, response) in responses.flatten() {
        let content = response.get_mut("content").and_then(|all| all.get_mut("text/event-stream"));
        let Some(schema) = content.and_then(|content| content.get_mut("schema")) else { continue };
        let data = schema["items"].take();
        *schema = json!({
            "type": "object",
            "description": "One event of the stream; its data is the JSON text of `x-data`.",
            "required": ["data"],
            "properties": {
                "data": {"type": "string"},
                "event": {"type": "string"},
                "id": {"type": "string"},
                "retry": {"type": "integer"},
            },
            "x-data": data,
        });
    }
}

/// Pretty text with sorted keys and a final newline.
pub(crate) fn canonical(document: &Value) -> String {
    let mut text = serde_json::to_string_pretty(&sorted(document)).unwrap_or_default();
    text.push('\n');
    text
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|left, right| left.0.cmp(right.0));
            Value::Object(
                entries
                    .into_iter()
                    .map(|(key, value)| (key.clone(), sorted(value)))
                    .collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// Whether the body holds the credential, as in a request for fresh tokens.
fn credential_in_body(operation: &Value, schemas: &Value) -> bool {
    let mut content = operation["requestBody"]["content"].as_object().into_iter().flatten();
    content.any(|(_, content)| {
        let named = content["schema"]["$ref"].as_str().and_then(|at| at.rsplit('/').next());
        let properties = named.and_then(|name| schemas[name]["properties"].as_object());
        properties.is_some_and(|fields| fields.keys().any(|field| field.ends_with("_token")))
    })
}

/// `kept` are the operation's examples.
fn refine_operation(
    template: &str,
    method: &str,
    operation: &mut Value,
    schemas: &Value,
    kept: &Value,
) {
    let takes_body = operation.get("requestBody").is_some();
    let secured = operation["security"].as_array().is_some_and(|any| !any.is_empty());
    let has_parameter = |name: Option<&str>| {
        operation["parameters"].as_array().is_some_and(|parameters| {
            parameters.iter().any(|parameter| {
                name.is_none_or(|name| {
                    parameter["name"].as_str().is_some_and(|given| given.eq_ignore_ascii_case(name))
                })
            })
        })
    };
    let credential = credential_in_body(operation, schemas);
    let conditional = has_parameter(Some("If-Match"));
    let any_parameter = has_parameter(None);
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    responses.retain(|status, response| {
        let is_problem = response["content"].get(PROBLEM_JSON).is_some();
        !is_problem
            || match status.as_str() {
                "401" => secured || credential,
                "403" => secured,
                // To read asks for no change that could be refused, unless elsewhere: an example says so.
                "409" => method != "get" || kept.get("409").is_some(),
                "412" | "428" => conditional,
                "413" | "415" => takes_body,
                "422" => takes_body || any_parameter,
                _ => true,
            }
    });
    for (status, response) in responses {
        let content = response.get_mut("content").and_then(|all| all.get_mut(PROBLEM_JSON));
        if let Some(content) = content {
            content["example"] = example(template, status);
        }
    }
}

fn example(template: &str, status: &str) -> Value {
    let (code, title, detail) = match status {
        "400" => ("unknown_parameter", "Bad Request", "there is no parameter `limt` here"),
        "401" => (
            "unauthorized",
            "Unauthorized",
            "send a bearer token, an API key or the session cookie",
        ),
        "403" => ("forbidden", "Forbidden", "your role does not allow this"),
        "404" => ("not_found", "Not Found", "there is no such resource"),
        "409" => ("conflict", "Conflict", "the state of the resource does not permit it"),
        "412" => ("stale_version", "Precondition Failed", "it was changed since you read it"),
        "413" => ("body_too_large", "Payload Too Large", "the body is larger than 1048576 bytes"),
        "415" => ("unsupported_media_type", "Unsupported Media Type", "send application/json"),
        "422" => ("invalid", "Unprocessable Entity", "`from` is after `to`"),
        "428" => {
            ("precondition_required", "Precondition Required", "send the ETag you read as If-Match")
        }
        "429" => ("rate_limited", "Too Many Requests", "more than 60 requests a minute"),
        "503" => (
            "database_unavailable",
            "Service Unavailable",
            "the database does not answer; try again",
        ),
        _ => ("internal", "Internal Server Error", "something went wrong on our side"),
    };
    let errors = match status {
        "400" => {
            json!([{"parameter": "limt", "code": "unknown_parameter", "detail": "known: cursor, limit"}])
        }
        "422" => {
            json!([{"parameter": "from", "code": "order", "detail": "must not be after `to`"}])
        }
        _ => json!([]),
    };
    json!({
        "type": format!("urn:footfall:problem:{code}"),
        "title": title,
        "status": status.parse::<u16>().unwrap_or(500),
        "detail": detail,
        "instance": template,
        "request_id": "0190a5c4-7f3e-7c10-9d5b-2f6a1c0e8b11",
        "errors": errors,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_required_may_be_null() {
        let mut schema = json!({
            "required": ["id"],
            "properties": {
                "id": {"type": "string"},
                "name": {"type": "string"},
                "owner": {"$ref": "#/components/schemas/Person"},
            },
        });
        say_nullable(&mut schema);
        assert_eq!(
            schema["properties"],
            json!({
                "id": {"type": "string"},
                "name": {"type": "string", "nullable": true},
                "owner": {"allOf": [{"$ref": "#/components/schemas/Person"}], "nullable": true},
            })
        );
    }
}

//! Where a body that could not be parsed is wrong.

use serde_json::Value;

use super::MatchedOperation;
use super::known;
use super::schema_walk::{Walk, join};
use crate::http::FieldError;

/// The faults of `body`, at least one; `reason` is what the parser said.
pub(crate) fn explain_body(
    operation: Option<&MatchedOperation>,
    body: &[u8],
    reason: &str,
) -> Vec<FieldError> {
    if body.is_empty() {
        return vec![whole("required", "the request has no body")];
    }
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) => return vec![whole("invalid_json", &error.to_string())],
    };
    if let Some(matched) = operation
        && let Some(schema) = &matched.operation.body
    {
        let mut walk = Walk::new(&matched.components);
        walk.value(schema, &value, "");
        if !walk.errors.is_empty() {
            return walk.errors;
        }
    }
    // What the schema does not express: custom types, validators with patterns, unknown fields.
    if reason.contains("unknown field `") {
        return vec![unknown_field(operation, &value, reason)];
    }
    let pointer = named_field(reason).and_then(|name| find(&value, name, ""));
    vec![FieldError {
        pointer: pointer.or_else(|| Some(String::new())),
        ..whole("malformed", reason)
    }]
}

/// With the fields that are known where the unknown one stands, as far as the document tells.
fn unknown_field(operation: Option<&MatchedOperation>, value: &Value, reason: &str) -> FieldError {
    let name = named_field(reason).unwrap_or_default();
    let found = operation.and_then(|matched| {
        let walk = Walk::new(&matched.components);
        known::unknown_field(&walk, matched.operation.body.as_ref()?, value, name)
    });
    let (pointer, detail) = match found {
        Some((pointer, fields)) => {
            let fields = known::list(fields.iter().map(String::as_str));
            (pointer, format!("there is no such field; known: {fields}"))
        }
        None => {
            let pointer = find(value, name, "").unwrap_or_default();
            (pointer, "there is no such field".to_owned())
        }
    };
    FieldError { pointer: Some(pointer), ..whole("unknown_field", &detail) }
}

/// Fields of `body` that should be text and are not. poem-openapi takes a number or a boolean for text and writes it
/// down as such; a client that sends `false` as a name means something else.
pub(crate) fn mistyped_text(matched: &MatchedOperation, body: &[u8]) -> Vec<FieldError> {
    let Some(schema) = &matched.operation.body else { return Vec::new() };
    // What is no JSON is for the parser to refuse.
    let Ok(value) = serde_json::from_slice(body) else { return Vec::new() };
    let mut walk = Walk::new(&matched.components);
    walk.value(schema, &value, "");
    walk.errors.retain(|error| {
        error.code == "wrong_type"
            && ["expected text, found a number", "expected text, found a boolean"]
                .contains(&error.detail.as_str())
    });
    walk.errors
}

fn whole(code: &str, detail: &str) -> FieldError {
    FieldError {
        pointer: Some(String::new()),
        parameter: None,
        code: code.to_owned(),
        detail: detail.to_owned(),
    }
}

/// poem-openapi puts the field of a failed validator, or the unknown one, between backticks.
fn named_field(reason: &str) -> Option<&str> {
    reason.split_once("field `").and_then(|(_, rest)| rest.split_once('`')).map(|(name, _)| name)
}

fn find(value: &Value, name: &str, pointer: &str) -> Option<String> {
    match value {
        Value::Object(fields) if fields.contains_key(name) => Some(join(pointer, name)),
        Value::Object(fields) => {
            fields.iter().find_map(|(key, inner)| find(inner, name, &join(pointer, key)))
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| find(item, name, &join(pointer, &index.to_string()))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use poem::http::Method;
    use serde_json::json;

    use super::*;
    use crate::http::openapi::Operations;

    fn matched() -> MatchedOperation {
        let document = json!({
            "paths": {"/jobs": {"post": {"requestBody": {"content": {"application/json; charset=utf-8": {
                "schema": {"$ref": "#/components/schemas/NewJob"}}}}}}},
            "components": {"schemas": {
                "NewJob": {"type": "object", "required": ["kind"], "properties": {
                    "kind": {"$ref": "#/components/schemas/Kind"},
                    "from": {"type": "string", "format": "date"},
                    "properties": {"type": "array", "maxItems": 2, "items": {"type": "integer", "minimum": 1.0}},
                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                }},
                "Kind": {"type": "string", "enum": ["ingest", "master_data"]},
            }},
        });
        Operations::new("", &document).find(&Method::POST, "/jobs").unwrap()
    }

    #[test]
    fn each_fault_is_named_by_its_pointer() {
        for (body, expected) in [
            ("", vec![("", "required")]),
            ("{", vec![("", "invalid_json")]),
            ("[]", vec![("", "wrong_type")]),
            ("{}", vec![("/kind", "required")]),
            (r#"{"kind":"dance"}"#, vec![("/kind", "unknown_value")]),
            (r#"{"kind":"ingest","from":"yesterday"}"#, vec![("/from", "malformed")]),
            (
                r#"{"kind":"ingest","from":null,"properties":[1,0,"x"]}"#,
                vec![
                    ("/properties", "too_long"),
                    ("/properties/1", "out_of_range"),
                    ("/properties/2", "wrong_type"),
                ],
            ),
            (r#"{"kind":"ingest","labels":{"a/b":1}}"#, vec![("/labels/a~1b", "wrong_type")]),
        ] {
            let found = explain_body(Some(&matched()), body.as_bytes(), "reason");
            let found: Vec<_> = found
                .iter()
                .map(|error| (error.pointer.as_deref().unwrap(), error.code.as_str()))
                .collect();
            assert_eq!(found, expected, "{body}");
        }
    }

    #[test]
    fn what_the_schema_cannot_say_comes_from_the_parser() {
        let body = br#"{"kind":"ingest","nested":{"colour":1}}"#;
        let found = explain_body(
            Some(&matched()),
            body,
            "failed to parse \"NewJob\": unknown field `colour`.",
        );
        assert_eq!(found[0].pointer.as_deref(), Some("/nested/colour"));
        assert_eq!(found[0].code, "unknown_field");
        assert_eq!(found[0].detail, "there is no such field");
        let found = explain_body(None, b"{}", "something else");
        assert_eq!(
            (found[0].pointer.as_deref(), found[0].detail.as_str()),
            (Some(""), "something else")
        );
        let _shared: Arc<Value> = matched().components;
    }
}

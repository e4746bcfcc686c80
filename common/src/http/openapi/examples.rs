//! Examples of what is asked and answered, as a service keeps them in a file: a JSON object with one entry for each
//! operation, `"GET /jobs": {"200": …}`, and beside the statuses `"request"` where a body is sent, and `"parameters"` by
//! name where an answer is that to certain ones.

use serde_json::Value;

/// Key of the example of a request's body.
const REQUEST: &str = "request";
/// Key of the examples of its parameters.
const PARAMETERS: &str = "parameters";

/// Puts each example where the document describes its media type. Which operations have none, and whether an example
/// fits its schema, is seen by the test of the checked-in documents.
pub(super) fn insert(document: &mut Value, examples: &str) {
    let examples: Value = serde_json::from_str(examples).unwrap_or_default();
    for (name, of_operation) in examples.as_object().into_iter().flatten() {
        let Some((method, template)) = name.split_once(' ') else { continue };
        let operation = document["paths"].get_mut(template);
        let Some(operation) = operation.and_then(|path| path.get_mut(method.to_lowercase())) else {
            continue;
        };
        for (part, example) in of_operation.as_object().into_iter().flatten() {
            if part == PARAMETERS {
                insert_parameters(operation, example);
                continue;
            }
            let described = match part.as_str() {
                REQUEST => operation.get_mut("requestBody"),
                status => operation["responses"].get_mut(status),
            };
            let content = described.and_then(|described| described.get_mut("content"));
            for (_, media) in content.and_then(Value::as_object_mut).into_iter().flatten() {
                media["example"] = example.clone();
            }
        }
    }
}

fn insert_parameters(operation: &mut Value, examples: &Value) {
    for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
        let example = parameter["name"].as_str().and_then(|name| examples.get(name));
        if let Some(example) = example.cloned() {
            parameter["example"] = example;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_example_stands_beside_its_schema() {
        let described =
            || json!({"content": {"application/json": {"schema": {"type": "integer"}}}});
        let mut document = json!({"paths": {"/jobs": {"post": {
            "requestBody": described(),
            "responses": {"202": described(), "204": {}},
            "parameters": [{"name": "limit"}, {"name": "cursor"}],
        }}}});
        let examples = r#"{
            "POST /jobs": {"request": 1, "202": 2, "404": 3, "parameters": {"limit": 5, "page": 6}},
            "GET /jobs": {"200": 4}
        }"#;
        insert(&mut document, examples);
        let operation = &document["paths"]["/jobs"]["post"];
        assert_eq!(operation["requestBody"]["content"]["application/json"]["example"], 1);
        assert_eq!(operation["responses"]["202"]["content"]["application/json"]["example"], 2);
        assert_eq!(operation["responses"]["204"], json!({}));
        let parameters = json!([{"name": "limit", "example": 5}, {"name": "cursor"}]);
        assert_eq!(operation["parameters"], parameters);
    }
}

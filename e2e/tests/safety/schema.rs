//! Whether a value has the form that an OpenAPI document describes: so much of JSON Schema as poem-openapi writes.

use chrono::{DateTime, NaiveDate};
use serde_json::Value;

/// What does not fit, each with its place; nothing when all does. A field the schema does not know does not fit.
pub fn misfits<'d>(value: &Value, schema: &'d Value, document: &'d Value) -> Vec<String> {
    let mut found = Vec::new();
    Walk { document, found: &mut found }.check(value, schema, "");
    found
}

struct Walk<'d, 'f> {
    document: &'d Value,
    found: &'f mut Vec<String>,
}

impl<'d> Walk<'d, '_> {
    fn check(&mut self, value: &Value, schema: &'d Value, at: &str) {
        if let Some(reference) = schema["$ref"].as_str() {
            let target = self.document.pointer(reference.trim_start_matches('#'));
            return match target {
                Some(target) => self.check(value, target, at),
                None => self.misfit(at, &format!("{reference} is nowhere")),
            };
        }
        if value.is_null()
            && (schema["nullable"] == true || schema["type"].is_null() && schema["allOf"].is_null())
        {
            return;
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return self.check_merged(value, parts, at);
        }
        for alternatives in ["oneOf", "anyOf"] {
            if let Some(schemas) = schema[alternatives].as_array() {
                let fits = schemas.iter().any(|one| misfits(value, one, self.document).is_empty());
                return if fits {
                } else {
                    self.misfit(at, "fits none of the alternatives")
                };
            }
        }
        if let Some(allowed) = schema["enum"].as_array()
            && !allowed.contains(value)
        {
            self.misfit(at, "is none of the words");
        }
        match schema["type"].as_str() {
            None => {}
            Some("object") => self.check_object(value, schema, at),
            Some("array") => self.check_items(value, schema, at),
            Some("string") if value.is_string() => self.check_text(value, schema, at),
            Some("integer") if value.is_i64() || value.is_u64() => {}
            Some("number") if value.is_number() => {}
            Some("boolean") if value.is_boolean() => {}
            Some(other) => self.misfit(at, &format!("is no {other}")),
        }
    }

    /// Several schemas of one object: their fields together.
    fn check_merged(&mut self, value: &Value, parts: &'d [Value], at: &str) {
        let parts: Vec<&Value> = parts.iter().map(|part| self.resolved(part)).collect();
        // Beside a reference poem-openapi puts annotations, which say nothing about the form.
        let telling: Vec<&Value> = parts
            .into_iter()
            .filter(|part| {
                part.get("type").is_some()
                    || part.get("allOf").is_some()
                    || part.get("oneOf").is_some()
                    || part.get("enum").is_some()
            })
            .collect();
        if let [only] = telling[..] {
            return self.check(value, only, at);
        }
        let mut merged = serde_json::json!({"type": "object", "properties": {}, "required": []});
        for part in telling {
            for (name, schema) in part["properties"].as_object().into_iter().flatten() {
                // A later schema of the same field is not narrower: the discriminator comes first.
                if merged["properties"].get(name).is_none() {
                    merged["properties"][name] = schema.clone();
                }
            }
            let required = part["required"].as_array().into_iter().flatten().cloned();
            if let Some(all) = merged["required"].as_array_mut() {
                all.extend(required);
            }
        }
        let found = misfits(value, &merged, self.document);
        self.found.extend(found.iter().map(|misfit| format!("in `{at}`: {misfit}")));
    }

    fn resolved(&self, schema: &'d Value) -> &'d Value {
        let target = schema["$ref"]
            .as_str()
            .and_then(|at| self.document.pointer(at.trim_start_matches('#')));
        target.unwrap_or(schema)
    }

    fn check_object(&mut self, value: &Value, schema: &'d Value, at: &str) {
        let Some(fields) = value.as_object() else { return self.misfit(at, "is no object") };
        for name in schema["required"].as_array().into_iter().flatten() {
            if !name.as_str().is_some_and(|name| fields.contains_key(name)) {
                self.misfit(at, &format!("lacks {name}"));
            }
        }
        for (name, field) in fields {
            let at = format!("{at}/{name}");
            match (schema["properties"].get(name), schema.get("additionalProperties")) {
                (Some(known), _) => self.check(field, known, &at),
                (None, Some(other)) if other.is_object() => self.check(field, other, &at),
                _ => self.misfit(&at, "is not in the schema"),
            }
        }
    }

    fn check_items(&mut self, value: &Value, schema: &'d Value, at: &str) {
        let Some(items) = value.as_array() else { return self.misfit(at, "is no list") };
        for (number, item) in items.iter().enumerate() {
            self.check(item, &schema["items"], &format!("{at}/{number}"));
        }
    }

    fn check_text(&mut self, value: &Value, schema: &Value, at: &str) {
        let text = value.as_str().unwrap_or_default();
        let fits = match schema["format"].as_str() {
            Some("uuid") => text.parse::<uuid::Uuid>().is_ok(),
            Some("date") => text.parse::<NaiveDate>().is_ok(),
            Some("date-time") => DateTime::parse_from_rfc3339(text).is_ok(),
            _ => true,
        };
        if !fits {
            self.misfit(at, &format!("is no {}", schema["format"]));
        }
    }

    fn misfit(&mut self, at: &str, why: &str) {
        self.found.push(format!("`{at}` {why}"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_difference_is_found() {
        let document = json!({"components": {"schemas": {
            "Job": {"type": "object", "required": ["id", "state"], "properties": {
                "id": {"type": "string", "format": "uuid"},
                "state": {"type": "string", "enum": ["pending", "done"]},
                "rows": {"type": "array", "items": {"type": "integer"}},
                "note": {"type": "string", "nullable": true},
            }},
        }}});
        let schema = json!({"$ref": "#/components/schemas/Job"});
        let id = "01900000-0000-7000-8000-000000000001";
        let good = json!({"id": id, "state": "done", "rows": [1, 2], "note": null});
        assert_eq!(misfits(&good, &schema, &document), Vec::<String>::new());
        for (bad, expected) in [
            (json!({"state": "done"}), "`` lacks \"id\""),
            (json!({"id": "7", "state": "done"}), "`/id` is no \"uuid\""),
            (json!({"id": id, "state": "gone"}), "`/state` is none of the words"),
            (json!({"id": id, "state": "done", "rows": ["1"]}), "`/rows/0` is no integer"),
            (json!({"id": id, "state": "done", "more": 1}), "`/more` is not in the schema"),
            (json!([]), "`` is no object"),
        ] {
            assert_eq!(misfits(&bad, &schema, &document), [expected], "{bad}");
        }
    }
}

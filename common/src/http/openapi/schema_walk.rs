//! Compares a JSON value with a schema of the document and says where they differ. It covers what poem-openapi
//! emits; it decides nothing (the parser did), it only finds the place.

use chrono::{DateTime, NaiveDate};
use serde_json::Value;
use uuid::Uuid;

use super::known;
use crate::http::FieldError;

/// More faults than this help nobody.
const MAX_ERRORS: usize = 20;

pub(super) struct Walk<'a> {
    components: &'a Value,
    pub(super) errors: Vec<FieldError>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(components: &'a Value) -> Self {
        Self { components, errors: Vec::new() }
    }

    pub(super) fn value(&mut self, schema: &'a Value, value: &Value, pointer: &str) {
        if self.errors.len() >= MAX_ERRORS {
            return;
        }
        let schema = self.resolve(schema);
        if value.is_null() && schema["nullable"] == true {
            return;
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.value(part, value, pointer);
        }
        if let Some(alternatives) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
            self.alternatives(schema, alternatives, value, pointer);
        }
        if let Some(known) = schema["enum"].as_array()
            && !known.contains(value)
        {
            let known: Vec<String> = known.iter().map(Value::to_string).collect();
            let known = known::list(known.iter().map(String::as_str));
            return self.fault(pointer, "unknown_value", format!("expected one of {known}"));
        }
        match schema["type"].as_str() {
            Some("object") => self.object(schema, value, pointer),
            Some("array") => self.array(schema, value, pointer),
            Some("string") => self.string(schema, value, pointer),
            Some("integer") => match value {
                Value::Number(number) if number.is_i64() || number.is_u64() => {
                    self.bounds(schema, value, pointer)
                }
                _ => self.wrong_type(pointer, "a whole number", value),
            },
            Some("number") if value.is_number() => self.bounds(schema, value, pointer),
            Some("number") => self.wrong_type(pointer, "a number", value),
            Some("boolean") if !value.is_boolean() => {
                self.wrong_type(pointer, "true or false", value)
            }
            _ => {}
        }
    }

    /// Follows `$ref` to the named schema.
    pub(super) fn resolve(&self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
            Some(name) => &self.components[name],
            None => schema,
        }
    }

    /// The alternative that `value` names by its discriminator.
    pub(super) fn chosen(&self, schema: &'a Value, value: &Value) -> Option<&'a Value> {
        let name = value[schema["discriminator"]["propertyName"].as_str()?].as_str()?;
        let mapped = schema["discriminator"]["mapping"][name].as_str().unwrap_or(name);
        let alternatives = schema["oneOf"].as_array().or(schema["anyOf"].as_array())?;
        alternatives
            .iter()
            .find(|candidate| candidate["$ref"].as_str().is_some_and(|at| at.ends_with(mapped)))
    }

    fn alternatives(
        &mut self,
        schema: &'a Value,
        alternatives: &'a [Value],
        value: &Value,
        pointer: &str,
    ) {
        if let Some(chosen) = self.chosen(schema, value) {
            return self.value(chosen, value, pointer);
        }
        let discriminator = schema["discriminator"]["propertyName"].as_str();
        if let (Some(property), true) = (discriminator, value.is_object()) {
            let mapping = schema["discriminator"]["mapping"].as_object();
            let words = mapping.into_iter().flatten().map(|(word, _)| format!("\"{word}\""));
            let mut words: Vec<String> = words.collect();
            words.sort();
            let known = known::list(words.iter().map(String::as_str));
            return self.fault(
                &join(pointer, property),
                if value[property].is_null() { "required" } else { "unknown_value" },
                format!("expected one of {known}"),
            );
        }
        let fits = alternatives.iter().any(|candidate| {
            let mut walk = Walk::new(self.components);
            walk.value(candidate, value, pointer);
            walk.errors.is_empty()
        });
        if !fits {
            self.fault(pointer, "malformed", "fits none of the alternatives".to_owned());
        }
    }

    fn object(&mut self, schema: &'a Value, value: &Value, pointer: &str) {
        let Some(fields) = value.as_object() else {
            return self.wrong_type(pointer, "an object", value);
        };
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for name in &required {
            if !fields.contains_key(*name) {
                self.fault(&join(pointer, name), "required", "is required".to_owned());
            }
        }
        for (name, field) in fields {
            let at = join(pointer, name);
            match schema["properties"].get(name) {
                // Optional fields take null for "absent".
                Some(_) if field.is_null() && !required.contains(&name.as_str()) => {}
                Some(property) => self.value(property, field, &at),
                None if schema["additionalProperties"].is_object() => {
                    self.value(&schema["additionalProperties"], field, &at);
                }
                None => {}
            }
        }
    }

    fn array(&mut self, schema: &'a Value, value: &Value, pointer: &str) {
        let Some(items) = value.as_array() else {
            return self.wrong_type(pointer, "a list", value);
        };
        self.length(schema, "Items", items.len(), pointer);
        for (index, item) in items.iter().enumerate() {
            self.value(&schema["items"], item, &join(pointer, &index.to_string()));
        }
    }

    fn string(&mut self, schema: &'a Value, value: &Value, pointer: &str) {
        let Some(text) = value.as_str() else { return self.wrong_type(pointer, "text", value) };
        self.length(schema, "Length", text.chars().count(), pointer);
        let (good, what) = match schema["format"].as_str() {
            Some("uuid") => (Uuid::try_parse(text).is_ok(), "a UUID"),
            Some("date") => (text.parse::<NaiveDate>().is_ok(), "a date such as 2026-01-31"),
            Some("date-time") => (
                DateTime::parse_from_rfc3339(text).is_ok(),
                "an instant such as 2026-01-31T12:00:00Z",
            ),
            _ => (true, ""),
        };
        if !good {
            self.fault(pointer, "malformed", format!("expected {what}"));
        }
    }

    fn length(&mut self, schema: &Value, unit: &str, length: usize, pointer: &str) {
        let bound = |side: &str| {
            schema[format!("{side}{unit}")].as_u64().and_then(|bound| usize::try_from(bound).ok())
        };
        if bound("min").is_some_and(|least| length < least) {
            self.fault(
                pointer,
                "too_short",
                format!("expected at least {}", schema[format!("min{unit}")]),
            );
        }
        if bound("max").is_some_and(|most| length > most) {
            self.fault(
                pointer,
                "too_long",
                format!("expected at most {}", schema[format!("max{unit}")]),
            );
        }
    }

    fn bounds(&mut self, schema: &Value, value: &Value, pointer: &str) {
        // Only for the message: the parser compared the exact numbers.
        let Some(number) = value.as_f64() else { return };
        if schema["minimum"].as_f64().is_some_and(|least| number < least) {
            self.fault(pointer, "out_of_range", format!("expected at least {}", schema["minimum"]));
        }
        if schema["maximum"].as_f64().is_some_and(|most| number > most) {
            self.fault(pointer, "out_of_range", format!("expected at most {}", schema["maximum"]));
        }
    }

    fn wrong_type(&mut self, pointer: &str, expected: &str, value: &Value) {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.fault(pointer, "wrong_type", format!("expected {expected}, found {found}"));
    }

    fn fault(&mut self, pointer: &str, code: &str, detail: String) {
        self.errors.push(FieldError {
            pointer: Some(pointer.to_owned()),
            parameter: None,
            code: code.to_owned(),
            detail,
        });
    }
}

/// Appends one step to a JSON pointer.
pub(crate) fn join(pointer: &str, step: &str) -> String {
    format!("{pointer}/{}", step.replace('~', "~0").replace('/', "~1"))
}

//! How names, lists, money and times are written, in the checked-in documents and their examples.

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::documents::documents;

fn properties(document: &Value) -> Vec<(String, String, Value)> {
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let of_schema = |(schema, described): (&String, &Value)| {
        let properties = described["properties"].as_object().cloned().unwrap_or_default();
        let schema = schema.clone();
        properties.into_iter().map(move |(name, property)| (schema.clone(), name, property))
    };
    schemas.iter().flat_map(of_schema).collect()
}

#[test]
fn names_are_in_snake_case() {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    for (service, document) in documents() {
        for (schema, name, _) in properties(&document) {
            assert!(name.chars().all(fits), "{service}: {schema}.{name}");
        }
    }
}

/// Every value of an example with its key, at any depth.
fn walk<'v>(key: &'v str, value: &'v Value, see: &mut impl FnMut(&str, &Value)) {
    see(key, value);
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| walk(key, value, see)),
        Value::Array(items) => items.iter().for_each(|item| walk(key, item, see)),
        _ => {}
    }
}

/// Successful answers as the documents show them.
fn answers() -> Vec<Value> {
    let mut found = Vec::new();
    for (_, document) in documents() {
        for operation in document["paths"].as_object().unwrap().values() {
            for described in operation.as_object().unwrap().values() {
                let responses = described["responses"].as_object().unwrap();
                let good = responses.iter().filter(|(status, _)| status.as_str() < "400");
                for media in good.filter_map(|(_, answer)| answer["content"].as_object()) {
                    found.extend(media.values().map(|media| media["example"].clone()));
                }
            }
        }
    }
    found
}

#[test]
fn money_instants_and_dates_are_written_in_one_way() {
    let (mut money, mut instants, mut dates) = (0, 0, 0);
    for answer in answers() {
        walk("", &answer, &mut |key, value| {
            if let Some(amount) = value.get("amount") {
                let text = amount.as_str().unwrap_or_else(|| panic!("{key}: {value}"));
                let amount: Decimal = text.parse().unwrap();
                assert_eq!(amount.scale(), 2, "{key}: {value}");
                assert_eq!(value["currency"].as_str().map(str::len), Some(3), "{key}: {value}");
                money += 1;
            }
            let Some(text) = value.as_str() else { return };
            if key.ends_with("_at") || matches!(key, "from" | "until") && text.contains(':') {
                DateTime::parse_from_rfc3339(text).unwrap_or_else(|_| panic!("{key}: {text}"));
                instants += 1;
            }
            if key.ends_with("_day") || matches!(key, "first" | "last" | "date") {
                NaiveDate::parse_from_str(text, "%Y-%m-%d")
                    .unwrap_or_else(|_| panic!("{key}: {text}"));
                dates += 1;
            }
        });
    }
    assert!(money > 10 && instants > 50 && dates > 10, "{money} {instants} {dates}");
}

#[test]
fn lists_are_never_null() {
    let mut lists = 0;
    for (service, document) in documents() {
        for (schema, name, property) in properties(&document) {
            if property["type"] != "array" {
                continue;
            }
            lists += 1;
            let null = property["nullable"] == Value::Bool(true);
            // What is only sent to us may leave a list out.
            let default = property.get("default").is_some();
            assert!(
                !null || default || sent_only(&document, &schema),
                "{service}: {schema}.{name}"
            );
        }
    }
    assert!(lists > 20, "{lists} lists");
}

/// Whether no answer holds the schema.
fn sent_only(document: &Value, schema: &str) -> bool {
    let reference = format!("#/components/schemas/{schema}");
    let (mut found, mut open) = (false, Vec::new());
    for operation in document["paths"].as_object().unwrap().values() {
        open.extend(operation.as_object().unwrap().values().map(|each| each["responses"].clone()));
    }
    let mut seen = std::collections::BTreeSet::new();
    while let Some(value) = open.pop() {
        walk("", &value, &mut |key, value| {
            let Some(target) = value.as_str().filter(|_| key == "$ref") else { return };
            found |= target == reference;
            let name = target.rsplit('/').next().unwrap().to_owned();
            if seen.insert(name.clone()) {
                open.push(document["components"]["schemas"][&name].clone());
            }
        });
    }
    !found
}

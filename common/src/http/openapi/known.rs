//! The words that would have been taken where another one was sent, in a sentence of bounded length.

use std::collections::BTreeMap;

use serde_json::Value;

use super::schema_walk::{Walk, join};

/// Of the list of words, in bytes. Nobody reads more, and the answer to a small request stays small.
const MOST: usize = 600;

/// `a, b, c`; a list that is too long says how many it leaves out.
pub(crate) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    let mut left_out = 0_usize;
    for word in words {
        if left_out > 0 || text.len() + word.len() + 2 > MOST {
            left_out += 1;
            continue;
        }
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(word);
    }
    match (text.is_empty(), left_out) {
        (true, 0) => "none".to_owned(),
        (_, 0) => text,
        (_, left_out) => format!("{text} and {left_out} more"),
    }
}

/// Where `value` has a field `name` that its schema does not know, and which fields are known there.
pub(super) fn unknown_field<'a>(
    walk: &Walk<'a>,
    schema: &'a Value,
    value: &Value,
    name: &str,
) -> Option<(String, Vec<String>)> {
    let mut found = None;
    search(walk, schema, value, "", &mut |pointer, known, field| {
        let unknown = field == name && !known.contains_key(field);
        if unknown && found.is_none() {
            let known = known.keys().map(|known| (*known).to_owned()).collect();
            found = Some((join(pointer, name), known));
        }
    });
    found
}

/// Shows every field of every object in `value` together with the fields that its schema knows there.
fn search<'a>(
    walk: &Walk<'a>,
    schema: &'a Value,
    value: &Value,
    pointer: &str,
    see: &mut impl FnMut(&str, &BTreeMap<&'a str, &'a Value>, &str),
) {
    match value {
        Value::Object(fields) => {
            let mut known = BTreeMap::new();
            let open = properties(walk, schema, value, &mut known);
            for (name, field) in fields {
                if !open {
                    see(pointer, &known, name);
                }
                if let Some(schema) = known.get(name.as_str()) {
                    search(walk, schema, field, &join(pointer, name), see);
                }
            }
        }
        Value::Array(items) => {
            let schema = &walk.resolve(schema)["items"];
            for (index, item) in items.iter().enumerate() {
                search(walk, schema, item, &join(pointer, &index.to_string()), see);
            }
        }
        _ => {}
    }
}

/// Collects the fields that an object of this schema has; true when it may have any others.
fn properties<'a>(
    walk: &Walk<'a>,
    schema: &'a Value,
    value: &Value,
    known: &mut BTreeMap<&'a str, &'a Value>,
) -> bool {
    let schema = walk.resolve(schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        known.insert(name, property);
    }
    let mut open = schema["additionalProperties"].is_object();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        open |= properties(walk, part, value, known);
    }
    let alternatives = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    let chosen = walk.chosen(schema, value);
    for alternative in alternatives.into_iter().flatten() {
        if chosen.is_none_or(|chosen| std::ptr::eq(chosen, alternative)) {
            open |= properties(walk, alternative, value, known);
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_words_has_a_bounded_length() {
        assert_eq!(list([]), "none");
        assert_eq!(list(["a", "b"]), "a, b");
        let many: Vec<String> = (0..1_000).map(|number| format!("word_{number}")).collect();
        let text = list(many.iter().map(String::as_str));
        assert!(text.len() < 640 && text.starts_with("word_0, word_1"), "{text}");
        let shown = text.matches("word_").count();
        assert!(text.ends_with(&format!(" and {} more", 1_000 - shown)), "{text}");
    }
}

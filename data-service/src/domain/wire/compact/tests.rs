use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::*;

fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Error> {
    let mut json = Compact::new(text);
    let value = T::deserialize(&mut json)?;
    json.end().map(|()| value)
}

/// What a page may hold: little of much depth, every kind of text.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => any::<String>().prop_map(Value::from),
        2 => "[ -~]{0,20}".prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::btree_map("[a-z\u{e9} ]{0,4}", inner, 0..8)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn every_value_is_read_alike(value in json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.unwrap();
        prop_assert_eq!(read::<Value>(&text).unwrap(), serde_json::from_str::<Value>(&text).unwrap());
        prop_assert!(read::<IgnoredAny>(&text).is_ok());
        prop_assert_eq!(read::<&RawValue>(&text).unwrap().get(), text.trim());
    }

    /// It may give up where the slow way does not, and must not take what the slow way refuses, nor for something else.
    #[test]
    fn what_is_broken_is_read_as_nothing_else(
        value in json(), at in any::<prop::sample::Index>(), with in any::<Option<char>>(), length in 0..4_usize,
    ) {
        let mut text: Vec<char> = serde_json::to_string(&value).unwrap().chars().collect();
        let at = at.index(text.len());
        let end = (at + length).min(text.len());
        text.splice(at..end, with);
        let text: String = text.into_iter().collect();
        if let Ok(ours) = read::<Value>(&text) {
            prop_assert_eq!(ours, serde_json::from_str::<Value>(&text).unwrap());
        }
        if read::<IgnoredAny>(&text).is_ok() {
            prop_assert!(serde_json::from_str::<IgnoredAny>(&text).is_ok(), "{}", text);
        }
    }

    #[test]
    fn the_next_special_byte_is_found_wherever_it_is(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let plain = bytes.iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20));
        prop_assert_eq!(special(&bytes, 0), plain.unwrap_or(bytes.len()));
    }
}

#[test]
fn plain_texts_are_borrowed() {
    let text = "{\"v\":\"Grüße\"}";
    let members: std::collections::BTreeMap<&str, &str> = read(text).unwrap();
    assert_eq!(members["v"], "Grüße");
    assert!(read::<&str>("\"a\\n\"").is_err(), "an escape has to be taken out");
    assert_eq!(read::<String>("\"a\\n\"").unwrap(), "a\n");
}

#[test]
fn what_is_no_json_is_refused() {
    for text in [
        "",
        " ",
        "{",
        "[",
        "\"",
        "\"\\",
        "\"\\\"",
        "nul",
        "nulll",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "tru",
        "01",
        "1.",
        "\"\u{1}\"",
        "[] []",
        "{\"a\":1]",
        "\"\\ud800\"",
    ] {
        assert!(read::<Value>(text).is_err(), "{text}");
        assert!(read::<IgnoredAny>(text).is_err() || text.contains("ud800"), "{text}");
    }
}

#[test]
fn what_is_deep_is_left_to_the_slow_way() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read::<Value>(&nested(usize::from(DEPTH) - 1)).is_ok());
    assert!(read::<Value>(&nested(usize::from(DEPTH))).is_err());
    assert!(read::<IgnoredAny>(&nested(100_000)).is_err());
}

//! Params that a tenant gave a type.

use super::*;

/// The flattened params of a row with these, and what was noted.
fn typed(params: &[Value], types: &[(&str, ParamType)]) -> (String, Notes) {
    let schema = schema(true);
    let types: ParamTypes = types.iter().map(|(key, kind)| ((*key).to_owned(), *kind)).collect();
    let mut decoder = EventDecoder::new(&schema, identity()).unwrap().typing(types);
    let mut flat = String::new();
    let rows = [with_params(params)];
    decoder
        .page(page(&schema, &rows).as_bytes(), 0, |event| flat = event.params.to_owned())
        .unwrap();
    (flat, decoder.notes().clone())
}

#[test]
fn a_value_in_another_slot_is_brought_over_when_nothing_is_lost() {
    for (slot, value, kind, flat) in [
        ("string_value", "42", ParamType::Integer, "42"),
        ("double_value", "42.0", ParamType::Integer, "42"),
        ("float_value", "1.5E3", ParamType::Integer, "1500"),
        ("int_value", "9007199254740993", ParamType::Integer, "9007199254740993"),
        ("int_value", "42", ParamType::String, "\"42\""),
        ("double_value", "0.10", ParamType::String, "\"0.10\""),
        ("string_value", "19.90", ParamType::Number, "19.9"),
        ("string_value", "true", ParamType::Boolean, "true"),
        ("string_value", "0", ParamType::Boolean, "false"),
        ("int_value", "1", ParamType::Boolean, "true"),
    ] {
        let (params, notes) = typed(&[param("k", slot, value)], &[("k", kind)]);
        assert_eq!(params, format!(r#"{{"k":{flat}}}"#), "{value} as {kind:?}");
        assert!(notes.drifts.is_empty(), "{value} as {kind:?}");
    }
}

#[test]
fn what_would_lose_something_is_null_and_counted() {
    for (slot, name, value, kind) in [
        ("string_value", "string", "forty-two", ParamType::Integer),
        ("double_value", "double", "42.5", ParamType::Integer),
        ("string_value", "string", "12345678901234567890123", ParamType::Integer),
        ("double_value", "double", "NaN", ParamType::Number),
        ("string_value", "string", "19,90", ParamType::Number),
        ("int_value", "int", "2", ParamType::Boolean),
        ("string_value", "string", "yes", ParamType::Boolean),
    ] {
        let row = [param("k", slot, value), param("other", "int_value", "1")];
        let (params, notes) = typed(&row, &[("k", kind)]);
        assert_eq!(params, r#"{"other":1}"#, "{value} as {kind:?}");
        let drift =
            Drift { key: "k".into(), from: name.into(), to: kind.as_str().into(), occurrences: 1 };
        assert_eq!(notes.drifts, [drift], "{value} as {kind:?}");
    }
}

#[test]
fn the_first_of_duplicate_keys_is_typed_and_the_others_are_warned_about() {
    let row = [param("k", "string_value", "no number"), param("k", "int_value", "7")];
    let (params, notes) = typed(&row, &[("k", ParamType::Integer)]);
    assert_eq!(params, "{}", "the second does not step in");
    assert_eq!((notes.duplicate_params, notes.drifts.len()), (1, 1));
}

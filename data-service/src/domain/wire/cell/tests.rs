use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::schema::Mode;
use super::*;

fn column(name: &str, kind: ColumnType) -> Column {
    Column { name: name.to_owned(), kind, mode: Mode::Nullable, fields: Vec::new() }
}

fn schema(json: Value) -> Schema {
    serde_json::from_value(json).unwrap()
}

/// One cell as BigQuery would send it.
fn on_the_wire(cell: &Cell) -> Value {
    let inner = match cell {
        Cell::Null => Value::Null,
        Cell::Text(text) | Cell::Numeric(text) | Cell::Raw(text) => json!(text),
        Cell::Integer(value) | Cell::Micros(value) => json!(value.to_string()),
        Cell::Float(value) if value.is_nan() => json!("NaN"),
        Cell::Float(value) if value.is_infinite() => {
            json!(if *value > 0.0 { "Infinity" } else { "-Infinity" })
        }
        Cell::Float(value) => json!(format!("{value:?}")),
        Cell::Boolean(value) => json!(value.to_string()),
        Cell::Record(cells) => json!({ "f": cells.iter().map(on_the_wire).collect::<Vec<_>>() }),
        Cell::List(cells) => json!(cells.iter().map(on_the_wire).collect::<Vec<_>>()),
    };
    json!({ "v": inner })
}

fn answer(rows: &[Vec<Cell>]) -> String {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| json!({ "f": row.iter().map(on_the_wire).collect::<Vec<_>>() }))
        .collect();
    json!({ "kind": "bigquery#tableDataList", "totalRows": rows.len().to_string(), "rows": rows })
        .to_string()
}

/// Any scalar column with a value for it.
fn scalar_column() -> impl Strategy<Value = (ColumnType, Cell)> {
    let digits = "-?[1-9][0-9]{0,37}\\.[0-9]{1,38}";
    prop_oneof![
        any::<String>().prop_map(|text| (ColumnType::String, Cell::Text(text))),
        any::<String>().prop_map(|text| (ColumnType::Geography, Cell::Text(text))),
        "[A-Za-z0-9+/]{0,8}==\n?".prop_map(|text| (ColumnType::Bytes, Cell::Text(text))),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}".prop_map(|text| (ColumnType::Date, Cell::Text(text))),
        "[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}"
            .prop_map(|text| (ColumnType::Time, Cell::Text(text))),
        prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX)]
            .prop_map(|v| (ColumnType::Integer, Cell::Integer(v))),
        any::<f64>()
            .prop_filter("NaN equals nothing", |v| !v.is_nan())
            .prop_map(|v| (ColumnType::Float, Cell::Float(v))),
        Just((ColumnType::Float, Cell::Float(f64::INFINITY))),
        Just((ColumnType::Float, Cell::Float(f64::NEG_INFINITY))),
        digits.prop_map(|text| (ColumnType::Numeric, Cell::Numeric(text))),
        digits.prop_map(|text| (ColumnType::BigNumeric, Cell::Numeric(text))),
        any::<bool>().prop_map(|v| (ColumnType::Boolean, Cell::Boolean(v))),
        any::<i64>().prop_map(|v| (ColumnType::Timestamp, Cell::Micros(v))),
        any::<String>().prop_map(|text| (ColumnType::Other("RANGE".into()), Cell::Raw(text))),
    ]
}

/// Any column, nested and repeated to some depth, with a value for it.
fn any_column() -> impl Strategy<Value = (Column, Cell)> {
    let scalar = (scalar_column(), any::<bool>())
        .prop_map(|((kind, cell), null)| (column("c", kind), if null { Cell::Null } else { cell }));
    scalar.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..4), any::<bool>()).prop_map(
                |(parts, null)| {
                    let (fields, cells) = parts.into_iter().unzip();
                    let record = Column { fields, ..column("r", ColumnType::Record) };
                    (record, if null { Cell::Null } else { Cell::Record(cells) })
                }
            ),
            (inner, 0usize..4).prop_map(|((mut column, cell), count)| {
                // A repeated column has no nulls inside, and is not repeated twice.
                if column.repeated() || cell == Cell::Null {
                    return (column, cell);
                }
                column.mode = Mode::Repeated;
                (column, Cell::List(vec![cell; count]))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn every_type_nested_repeated_or_null_round_trips(columns in prop::collection::vec(any_column(), 0..6), copies in 0usize..3) {
        let (columns, cells): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let rows = vec![cells; copies];
        let decoded = decode_rows(&Schema { columns }, &answer(&rows)).unwrap();
        let decoded: Vec<_> = decoded.into_iter().map(Result::unwrap).collect();
        prop_assert_eq!(decoded, rows);
    }

    #[test]
    fn no_text_panics(text in ".{0,200}") {
        let schema = Schema { columns: vec![column("a", ColumnType::String)] };
        let _ = decode_rows(&schema, &text);
        let _ = decode_rows(&schema, &format!(r#"{{"rows":[{text}]}}"#));
    }
}

#[test]
fn floats_have_no_number_and_infinities() {
    let schema = schema(json!([{ "name": "a", "type": "FLOAT" }]));
    let text = r#"{"rows":[{"f":[{"v":"NaN"}]},{"f":[{"v":"-Infinity"}]},{"f":[{"v":"-0.0"}]},{"f":[{"v":1.5}]}]}"#;
    let cells: Vec<_> =
        decode_rows(&schema, text).unwrap().into_iter().map(|row| row.unwrap().remove(0)).collect();
    assert!(matches!(cells[0], Cell::Float(value) if value.is_nan()));
    assert_eq!(cells[1..], [Cell::Float(f64::NEG_INFINITY), Cell::Float(-0.0), Cell::Float(1.5)]);
}

#[test]
fn a_timestamp_in_three_forms_is_one_instant() {
    let schema = schema(json!([{ "name": "t", "type": "TIMESTAMP" }]));
    for form in ["1.767225600123456E9", "1767225600123456", "2026-01-01T00:00:00.123456Z"] {
        let text = json!({ "rows": [{ "f": [{ "v": form }] }] }).to_string();
        assert_eq!(
            decode_rows(&schema, &text).unwrap(),
            [Ok(vec![Cell::Micros(1_767_225_600_123_456)])]
        );
    }
}

#[test]
fn a_row_that_does_not_fit_is_rejected_and_the_rest_goes_on() {
    let schema =
        schema(json!([{ "name": "a", "type": "INTEGER" }, { "name": "b", "type": "STRING" }]));
    let text = r#"{"rows":[
        {"f":[{"v":"1"},{"v":"x"}]},
        {"f":[{"v":"2"}]},
        {"f":[{"v":"3"},{"v":"x"},{"v":"y"}]},
        {"f":[{"v":"four"},{"v":"x"}]},
        {"f":[{"v":"5"},{"v":[]}]},
        {"g":[]},
        null,
        {"f":[{"v":"8"},{"v":null}]}]}"#;
    let rows = decode_rows(&schema, text).unwrap();
    let reasons: Vec<_> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
    assert_eq!(reasons.iter().map(|reject| reject.row).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert!(reasons[0].reason.starts_with("1 cells for 2 columns"), "{}", reasons[0].reason);
    assert!(reasons[1].reason.starts_with("3 cells for 2 columns"), "{}", reasons[1].reason);
    assert!(reasons[2].reason.contains("column a"), "{}", reasons[2].reason);
    assert_eq!(rows[7], Ok(vec![Cell::Integer(8), Cell::Null]));
}

#[test]
fn an_unknown_type_stays_raw() {
    let schema = schema(json!([
        { "name": "r", "type": "RANGE", "rangeElementType": { "type": "DATE" } },
        { "name": "s", "type": "STRING" }
    ]));
    let text = r#"{"rows":[{"f":[{"v":"[2020-01-01, UNBOUNDED)"},{"v":"a"}]},{"f":[{"v":{"x":[1,2]}},{"v":"b"}]},{"f":[{"v":null},{"v":"c"}]}]}"#;
    let rows: Vec<_> =
        decode_rows(&schema, text).unwrap().into_iter().map(|row| row.unwrap().remove(0)).collect();
    assert_eq!(
        rows,
        [
            Cell::Raw("[2020-01-01, UNBOUNDED)".into()),
            Cell::Raw(r#"{"x":[1,2]}"#.into()),
            Cell::Null
        ]
    );
}

#[test]
fn lone_surrogates_become_the_replacement_character() {
    let schema = schema(json!([{ "name": "a", "type": "STRING" }]));
    let rows = decode_rows(&schema, r#"{"rows":[{"f":[{"v":"a\ud83d \ud83d\ude00"}]}]}"#).unwrap();
    assert_eq!(rows, [Ok(vec![Cell::Text("a\u{fffd} 😀".into())])]);
}

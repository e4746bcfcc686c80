//! Our cells beside cells recorded from the real service.

use super::super::cell::write_row;
use super::super::projection::Projection;
use super::*;

/// Decodes a recorded cell the simple way, so that encoding it again must give the recording.
fn decoded(field: &crate::ga4::schema::Field, cell: &Json, inside_list: bool) -> Value {
    use crate::ga4::schema::Kind;
    match (cell, &field.kind) {
        (Json::Null, _) => Value::Null,
        (Json::Array(elements), _) if field.repeated && !inside_list => {
            let elements = elements.iter().map(|element| decoded(field, &element["v"], true));
            Value::List(elements.collect())
        }
        (cell, Kind::Record(children)) => {
            let cells = cell["f"].as_array().unwrap();
            let cells = children.iter().zip(cells);
            Value::Record(cells.map(|(field, cell)| decoded(field, &cell["v"], false)).collect())
        }
        (Json::String(text), Kind::Integer) => Value::Int(text.parse().unwrap()),
        (Json::String(text), _) => Value::from(text.clone()),
        (other, _) => panic!("unexpected cell {other}"),
    }
}

#[test]
fn nested_cells_equal_the_recorded_ones() {
    let Some(sample) = crate::sample::dir_or_not_run("nested_cells_equal_the_recorded_ones") else {
        return;
    };
    let read = |name: String| -> Json {
        let text = std::fs::read_to_string(sample.join("wire").join(name)).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    for case in ["array", "struct", "array-struct", "struct-array"] {
        let schema = read(format!("parse-schema-{case}.json"));
        let schema = Schema::from_json(&schema["schema"]).unwrap();
        let recorded = &read(format!("parse-values-{case}.json"))["rows"][0];
        let cells = recorded["f"].as_array().unwrap();
        let row: Row = schema
            .fields
            .iter()
            .zip(cells)
            .map(|(field, cell)| decoded(field, &cell["v"], false))
            .collect();
        let mut encoded = Vec::new();
        write_row(&mut encoded, &row, &Projection::new(&schema, "").unwrap(), false);
        let encoded: Json = serde_json::from_slice(&encoded).unwrap();
        assert_eq!(&encoded, recorded, "{case}");
    }
}

#[test]
fn integers_floats_and_booleans_of_the_recorded_extremes_are_strings() {
    let Some(sample) = crate::sample::dir_or_not_run(
        "integers_floats_and_booleans_of_the_recorded_extremes_are_strings",
    ) else {
        return;
    };
    let text = std::fs::read_to_string(sample.join("wire/scalars_schema.json")).unwrap();
    let schema = Schema::from_json(&serde_json::from_str(&text).unwrap()).unwrap();
    let text = std::fs::read_to_string(sample.join("wire/scalars_extreme.jsonl")).unwrap();
    for line in text.lines() {
        let recorded: Json = serde_json::from_str(line).unwrap();
        let row = schema.fields.iter().map(|field| match &recorded[&field.name] {
            Json::Null => Value::Null,
            Json::Bool(bool) => Value::Bool(*bool),
            Json::Number(number) => Value::Float(number.as_f64().unwrap()),
            Json::String(text) => Value::from(text.clone()),
            other => panic!("unexpected value {other}"),
        });
        let row: Row = row.collect();
        let mut encoded = Vec::new();
        write_row(&mut encoded, &row, &Projection::new(&schema, "").unwrap(), false);
        let encoded: Json = serde_json::from_slice(&encoded).unwrap();
        for (field, cell) in schema.fields.iter().zip(encoded["f"].as_array().unwrap()) {
            match (&recorded[&field.name], &cell["v"]) {
                (Json::Null, cell) => assert!(cell.is_null()),
                (Json::Bool(bool), cell) => assert_eq!(cell, &json!(bool.to_string())),
                (Json::String(text), cell) => assert_eq!(cell, &json!(text)),
                (_, cell) => assert!(cell.is_string(), "{} is {cell}", field.name),
            }
        }
    }
}

#[tokio::test]
async fn a_real_day_is_served_whole() {
    let Some(sample) = crate::sample::dir_or_not_run("a_real_day_is_served_whole") else { return };
    let file = sample.join("ga4-sample/events_20201225.parquet");
    let source = TableSource::parquet(&file).unwrap();
    let fixture = Fixture::new(Vec::new()).await;
    fixture.server.replace(PROJECT, DATASET, TABLE, source);
    let (dates, pages) = fixture.read_all(&[("selectedFields", "event_date,event_name")]).await;
    assert_eq!(dates.len(), 21_355);
    assert!(dates.iter().all(|date| date == "20201225"));
    assert_eq!(pages, [21_355], "two columns of a day fit a page");
    let (_, page) = fixture.json(fixture.rows()).await;
    let rows = page["rows"].as_array().unwrap();
    assert!(rows.len() > 1000 && rows.len() < 21_355 && page.get("pageToken").is_some());
    assert_eq!(rows[0]["f"].as_array().unwrap().len(), 23);
}

//! Rows the way BigQuery exports a table to JSON: one object a line, 64-bit integers as strings, nulls left out.

use std::io::{self, Write};

use serde_json::{Map, Value as Json};

use super::schema::{Field, Kind};
use super::{Row, Schema, Value};

/// Writes one row and the line's end.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_row(out: &mut impl Write, schema: &Schema, row: &Row) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &self::row(schema, row))?;
    out.write_all(b"\n")
}

/// One row as an object.
#[must_use]
pub fn row(schema: &Schema, row: &Row) -> Json {
    object(&schema.fields, row)
}

fn object(fields: &[Field], cells: &[Value]) -> Json {
    let present = fields.iter().zip(cells).filter(|(_, cell)| **cell != Value::Null);
    let members = present.map(|(field, cell)| (field.name.clone(), json(field, cell)));
    Json::Object(members.collect::<Map<_, _>>())
}

fn json(field: &Field, cell: &Value) -> Json {
    match cell {
        Value::Null => Json::Null,
        Value::Bool(bool) => Json::Bool(*bool),
        Value::Int(micros) if field.kind == Kind::Timestamp => {
            let time = chrono::DateTime::from_timestamp_micros(*micros).unwrap_or_default();
            Json::String(time.format("%Y-%m-%d %H:%M:%S%.6f UTC").to_string())
        }
        Value::Int(int) => Json::String(int.to_string()),
        // JSON has no number for these; the export writes their names.
        Value::Float(float) if !float.is_finite() => {
            Json::String(super::WireFloat(*float).to_string())
        }
        Value::Float(float) => Json::from(*float),
        Value::Text(text) => Json::String(text.to_string()),
        Value::List(elements) => elements.iter().map(|element| json(field, element)).collect(),
        Value::Record(cells) => match &field.kind {
            Kind::Record(children) => object(children, cells),
            _ => Json::Null,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_plain_nested_json() {
        let notation =
            "id:int price:float at:timestamp ok:bool none tags:record* { key value:int }";
        let schema = Schema::from_notation(notation).unwrap();
        let tag = Value::Record(vec![Value::from("a"), Value::Int(i64::MAX)]);
        let row = vec![
            Value::Int(7),
            Value::Float(f64::NAN),
            Value::Int(1_767_225_600_123_456),
            Value::Bool(true),
            Value::Null,
            Value::List(vec![tag]),
        ];
        let mut out = Vec::new();
        write_row(&mut out, &schema, &row).unwrap();
        let read: Json = serde_json::from_slice(&out).unwrap();
        let expected = serde_json::json!({
            "id": "7",
            "price": "NaN",
            "at": "2026-01-01 00:00:00.123456 UTC",
            "ok": true,
            "tags": [{"key": "a", "value": "9223372036854775807"}],
        });
        assert_eq!(read, expected);
        assert_eq!(out.last(), Some(&b'\n'));
    }
}

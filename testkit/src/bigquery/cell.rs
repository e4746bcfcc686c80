//! Rows in BigQuery's positional JSON: `{"f":[{"v":"1"},{"v":null}]}`.

use std::io::Write;

use super::projection::{Projection, Selected, Shape};
use crate::ga4::{Value, WireFloat};

/// Appends one row. With `int64_timestamps` a timestamp is whole microseconds, else float seconds.
pub(super) fn write_row(
    out: &mut Vec<u8>,
    cells: &[Value],
    projection: &Projection,
    int64_timestamps: bool,
) {
    out.extend_from_slice(br#"{"f":["#);
    for (index, column) in projection.columns.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let cell = cells.get(column.position).unwrap_or(&Value::Null);
        write_cell(out, cell, column, int64_timestamps);
    }
    out.extend_from_slice(b"]}");
}

fn write_cell(out: &mut Vec<u8>, cell: &Value, column: &Selected, int64_timestamps: bool) {
    out.extend_from_slice(br#"{"v":"#);
    match cell {
        Value::List(elements) => {
            out.push(b'[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                out.extend_from_slice(br#"{"v":"#);
                write_value(out, element, &column.shape, int64_timestamps);
                out.push(b'}');
            }
            out.push(b']');
        }
        // A repeated column is never null: without elements it is an empty array.
        Value::Null if column.repeated => out.extend_from_slice(b"[]"),
        value => write_value(out, value, &column.shape, int64_timestamps),
    }
    out.push(b'}');
}

fn write_value(out: &mut Vec<u8>, value: &Value, shape: &Shape, int64_timestamps: bool) {
    match (value, shape) {
        (Value::Null | Value::List(_), _) => out.extend_from_slice(b"null"),
        (Value::Record(cells), Shape::Record(inner)) => {
            write_row(out, cells, inner, int64_timestamps);
        }
        (Value::Record(_), _) => out.extend_from_slice(b"null"),
        (Value::Int(micros), Shape::Timestamp) if !int64_timestamps => {
            quoted(out, format_args!("{}", Seconds(*micros)));
        }
        (Value::Int(int), _) => quoted(out, format_args!("{int}")),
        (Value::Float(float), _) => quoted(out, format_args!("{}", WireFloat(*float))),
        (Value::Bool(bool), _) => quoted(out, format_args!("{bool}")),
        (Value::Text(text), _) => write_text(out, text),
    }
}

/// Appends a JSON string.
pub(super) fn write_text(out: &mut Vec<u8>, text: &str) {
    #[expect(
        clippy::expect_used,
        reason = "a string has a JSON form and a Vec accepts every write"
    )]
    serde_json::to_writer(out, text).expect("a string into memory");
}

fn quoted(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    #[expect(clippy::expect_used, reason = "a Vec accepts every write")]
    write!(out, "\"{text}\"").expect("into memory");
}

/// Microseconds as seconds in scientific notation, exact to the last digit (no float in between).
struct Seconds(i64);

impl std::fmt::Display for Seconds {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let micros = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let digits = micros.to_string();
        // Below ten million and from a thousandth of a second on, plain decimals.
        if micros == 0 || (1_000..10_000_000_000_000).contains(&micros) {
            let fraction = format!("{:06}", micros % 1_000_000);
            let fraction = match fraction.trim_end_matches('0') {
                "" => "0",
                digits => digits,
            };
            return write!(out, "{sign}{}.{fraction}", micros / 1_000_000);
        }
        let exponent = digits.len() as i64 - 7;
        let (lead, rest) = digits.split_at(1);
        let rest = match rest.trim_end_matches('0') {
            "" => "0",
            digits => digits,
        };
        write!(out, "{sign}{lead}.{rest}E{exponent}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ga4::Schema;

    fn encoded(notation: &str, cells: &[Value], int64_timestamps: bool) -> String {
        let schema = Schema::from_notation(notation).unwrap();
        let projection = Projection::new(&schema, "").unwrap();
        let mut out = Vec::new();
        write_row(&mut out, cells, &projection, int64_timestamps);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn scalars_are_strings_and_null_is_null() {
        let cells = [
            Value::Int(i64::MIN),
            Value::Float(67.2),
            Value::Bool(false),
            Value::from("a \"b\"\n"),
            Value::Null,
        ];
        assert_eq!(
            encoded("a:int b:float c:bool d e", &cells, false),
            r#"{"f":[{"v":"-9223372036854775808"},{"v":"67.2"},{"v":"false"},{"v":"a \"b\"\n"},{"v":null}]}"#
        );
    }

    #[test]
    fn timestamps_are_float_seconds_unless_asked_for_micros() {
        let cells = [Value::Int(1_767_225_600_123_456)];
        let notation = "at:timestamp";
        assert_eq!(encoded(notation, &cells, false), r#"{"f":[{"v":"1.767225600123456E9"}]}"#);
        assert_eq!(encoded(notation, &cells, true), r#"{"f":[{"v":"1767225600123456"}]}"#);
        for (micros, text) in [
            (0, "0.0"),
            (1_000_000, "1.0"),
            (-1_500_000, "-1.5"),
            (1, "1.0E-6"),
            (253_402_300_799_999_999, "2.53402300799999999E11"),
            (-62_135_596_800_000_000, "-6.21355968E10"),
        ] {
            assert_eq!(Seconds(micros).to_string(), text);
        }
    }

    #[test]
    fn a_null_record_and_an_absent_list_are_different() {
        let cells = [Value::Null, Value::Null];
        assert_eq!(
            encoded("a:record { b } c:record* { d }", &cells, false),
            r#"{"f":[{"v":null},{"v":[]}]}"#
        );
    }
}

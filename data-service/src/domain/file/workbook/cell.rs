//! A cell's value as text.

use std::fmt::Write as _;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::super::FileError;
use super::strings::Strings;
use super::styles::Shown;

/// What stands in a cell, before its style is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Number,
    /// A number in the list of texts.
    Shared,
    /// The text itself: of a formula, in the cell, or a date in ISO 8601.
    Text,
    Boolean,
    /// Such as `#N/A`: no value.
    Fault,
}

impl Kind {
    pub(super) fn of(attribute: Option<&str>) -> Self {
        match attribute {
            None | Some("n") => Self::Number,
            Some("s") => Self::Shared,
            Some("b") => Self::Boolean,
            Some("e") => Self::Fault,
            Some(_) => Self::Text,
        }
    }
}

/// Adds `value` to `out` as a person would read it in the program; what cannot be read is left as it is.
///
/// # Errors
/// When the value is a text that the workbook does not have: nothing in its place would clear the field.
pub(super) fn push(
    value: &str,
    kind: Kind,
    shown: Shown,
    strings: &Strings,
    from_1904: bool,
    out: &mut String,
) -> Result<(), FileError> {
    match kind {
        Kind::Text => out.push_str(value),
        Kind::Shared => {
            let number = value.trim().parse().ok();
            let text = number.and_then(|number| strings.get(number));
            out.push_str(text.ok_or(FileError::WorkbookDamaged)?);
        }
        Kind::Boolean => out.push_str(if value.trim() == "1" { "TRUE" } else { "FALSE" }),
        Kind::Fault => {}
        Kind::Number => match value.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => push_number(number, shown, from_1904, out),
            _ => out.push_str(value),
        },
    }
    Ok(())
}

fn push_number(number: f64, shown: Shown, from_1904: bool, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = match shown {
        Shown::Date => match date(number, from_1904) {
            Some(text) => write!(out, "{text}"),
            None => write!(out, "{}", plain(number)),
        },
        Shown::Padded(digits) if number.fract() == 0.0 && number.is_sign_positive() => {
            let text = plain(number);
            write!(out, "{text:0>digits$}", digits = usize::from(digits))
        }
        _ => write!(out, "{}", plain(number)),
    };
}

/// With the fifteen digits that the programs keep: 0.1 + 0.2 is stored with seventeen.
fn plain(number: f64) -> String {
    let text = format!("{number:.14e}");
    let rounded = text.parse::<f64>().unwrap_or(number);
    // Rust writes a number out in full, and whole ones without a fraction.
    if rounded == 0.0 { "0".to_owned() } else { rounded.to_string() }
}

/// Days since the end of 1899 (or the beginning of 1904) as a date, a time, or both.
fn date(serial: f64, from_1904: bool) -> Option<String> {
    // Year 9999 is the last that the programs know.
    if !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    // The first program of its kind took 1900 for a leap year: before March the count is one behind.
    let (year, month, day) = match (from_1904, serial < 60.0) {
        (true, _) => (1904, 1, 1),
        (false, true) => (1899, 12, 31),
        (false, false) => (1899, 12, 30),
    };
    let midnight: NaiveDateTime = NaiveDate::from_ymd_opt(year, month, day)?.into();
    let seconds = (serial * 86_400.0).round() as i64;
    let at = midnight + TimeDelta::seconds(seconds);
    let time = at.format("%H:%M:%S");
    Some(match (serial < 1.0, seconds % 86_400 == 0) {
        (true, _) => time.to_string(),
        (false, true) => at.date().to_string(),
        (false, false) => format!("{}T{time}", at.date()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_they_are_shown() {
        for (number, text) in [
            (1001.0, "1001"),
            (0.0, "0"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.3"),
            (-12.5, "-12.5"),
            (49_123_456_789.0, "49123456789"),
            (1e15, "1000000000000000"),
        ] {
            assert_eq!(plain(number), text);
        }
    }

    #[test]
    fn dates_are_counted_from_either_beginning() {
        let of = |serial, from_1904| date(serial, from_1904).unwrap();
        assert_eq!(of(44_186.0, false), "2020-12-21");
        assert_eq!(of(44_186.75, false), "2020-12-21T18:00:00");
        assert_eq!(of(0.5, false), "12:00:00");
        assert_eq!(of(59.0, false), "1900-02-28");
        assert_eq!(of(61.0, false), "1900-03-01");
        assert_eq!(of(42_724.0, true), "2020-12-21");
        assert_eq!(date(-1.0, false), None);
        assert_eq!(date(1e9, false), None);
    }
}

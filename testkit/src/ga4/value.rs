//! One row of an export, as dynamic values in the order of its [`Schema`](super::Schema).

use std::borrow::Cow;
use std::fmt;

/// One cell. `Record` and `List` follow the schema's fields by position.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    /// Also a timestamp's microseconds.
    Int(i64),
    Float(f64),
    Text(Cow<'static, str>),
    Record(Vec<Value>),
    List(Vec<Value>),
}

/// The top-level cells of one row.
pub type Row = Vec<Value>;

impl Value {
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn int(&self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(*int),
            _ => None,
        }
    }

    pub fn float(&self) -> Option<f64> {
        match self {
            Self::Float(float) => Some(*float),
            _ => None,
        }
    }

    pub fn bool(&self) -> Option<bool> {
        match self {
            Self::Bool(bool) => Some(*bool),
            _ => None,
        }
    }

    /// The cells of a record, or the elements of a list; nothing for anything else.
    pub fn cells(&self) -> &[Self] {
        match self {
            Self::Record(cells) | Self::List(cells) => cells,
            _ => &[],
        }
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}

impl From<f64> for Value {
    fn from(float: f64) -> Self {
        Self::Float(float)
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A float as BigQuery writes it: the shortest digits that read back as the same number, with an
/// exponent below 0.001 and from ten million on (`0.0`, `67.2`, `1.767225600123456E9`).
pub(crate) struct WireFloat(pub f64);

impl fmt::Display for WireFloat {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        let magnitude = value.abs();
        if value.is_nan() {
            out.write_str("NaN")
        } else if value.is_infinite() {
            out.write_str(if value > 0.0 { "Infinity" } else { "-Infinity" })
        } else if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
            write!(out, "{value:?}")
        } else {
            let scientific = format!("{value:e}");
            let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
            let point = if digits.contains('.') { "" } else { ".0" };
            write!(out, "{digits}{point}E{exponent}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_the_way_the_wire_has_them() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (67.2, "67.2"),
            (120.0, "120.0"),
            (0.001, "0.001"),
            (0.000_1, "1.0E-4"),
            (9_999_999.5, "9999999.5"),
            (10_000_000.0, "1.0E7"),
            (1_767_225_600.123_456, "1.767225600123456E9"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::MAX, "1.7976931348623157E308"),
        ];
        for (value, text) in cases {
            assert_eq!(WireFloat(value).to_string(), text);
        }
    }
}

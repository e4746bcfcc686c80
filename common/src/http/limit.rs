//! The `limit` query parameter of every list.

use std::borrow::Cow;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromParameter, ParseResult, ToJSON, Type};
use serde_json::Value;

/// Rows on one page, 1 to 200, by default 50.
///
/// In a handler: `#[oai(default)] limit: Query<Limit>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u16);

const MAX: u16 = 200;

impl Limit {
    /// The number of rows; [`super::Paging`] asks for one more.
    pub fn get(self) -> i64 {
        i64::from(self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl Type for Limit {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "limit".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            description: Some("Rows on one page."),
            format: Some("int32"),
            minimum: Some(1.0),
            maximum: Some(f64::from(MAX)),
            ..MetaSchema::new("integer")
        }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromParameter for Limit {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        match value.parse() {
            Ok(limit @ 1..=MAX) => Ok(Self(limit)),
            _ => Err(ParseError::custom(format!("expected a whole number from 1 to {MAX}"))),
        }
    }
}

impl ToJSON for Limit {
    fn to_json(&self) -> Option<Value> {
        Some(Value::from(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_is_exact() {
        for (text, good) in [
            ("1", true),
            ("200", true),
            ("0", false),
            ("201", false),
            ("-1", false),
            ("ten", false),
            ("1.0", false),
        ] {
            assert_eq!(Limit::parse_from_parameter(text).is_ok(), good, "{text}");
        }
    }
}

//! A column or a sheet by its name, or by its place from 1. Derived unions call themselves objects, which this is not.

use std::borrow::Cow;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type};
use serde_json::Value;

/// A number is a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameOrPlace {
    Place(u32),
    Name(String),
}

impl Type for NameOrPlace {
    const IS_REQUIRED: bool = true;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "name_or_place".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        let any_of = vec![u32::schema_ref(), String::schema_ref()];
        MetaSchemaRef::Inline(Box::new(MetaSchema { any_of, ..MetaSchema::ANY }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromJSON for NameOrPlace {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value.unwrap_or_default() {
            Value::String(name) => Ok(Self::Name(name)),
            other => match u32::parse_from_json(Some(other.clone())) {
                Ok(place) => Ok(Self::Place(place)),
                Err(_) => Err(ParseError::expected_type(other)),
            },
        }
    }
}

impl ToJSON for NameOrPlace {
    fn to_json(&self) -> Option<Value> {
        match self {
            Self::Place(place) => place.to_json(),
            Self::Name(name) => name.to_json(),
        }
    }
}

//! The types that a tenant gave to params of their own: values in another slot are brought over when nothing is lost.

use std::collections::BTreeMap;

use super::json;
use super::notes::Notes;
use super::param::Param;
use crate::domain::number;

/// What a param's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamType {
    String,
    /// A whole number.
    Integer,
    /// Any decimal number.
    Number,
    /// `true` or `false`, also as 1 or 0.
    Boolean,
}

impl ParamType {
    /// The name in the configuration and in what was noted.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
        }
    }
}

/// By the key of the event param. Params without a type keep the one they came with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParamTypes(BTreeMap<String, ParamType>);

impl FromIterator<(String, ParamType)> for ParamTypes {
    fn from_iter<I: IntoIterator<Item = (String, ParamType)>>(types: I) -> Self {
        Self(types.into_iter().collect())
    }
}

impl ParamTypes {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn of(&self, key: &str) -> Option<ParamType> {
        // Most tenants have none, and every param is asked about.
        if self.0.is_empty() { None } else { self.0.get(key).copied() }
    }
}

/// The value as JSON in its type; none, and noted, when something would be lost.
pub(super) fn coerce(param: &Param<'_>, to: ParamType, notes: &mut Notes) -> Option<String> {
    let value = match to {
        ParamType::String => param.text().map(|text| {
            let mut out = String::new();
            json::string(text, &mut out);
            out
        }),
        ParamType::Integer => param.integer().map(|value| value.to_string()),
        ParamType::Number => param.decimal().map(|value| value.to_string()),
        ParamType::Boolean => boolean(param).map(|value| value.to_string()),
    };
    if value.is_none() && param.text().is_some() {
        notes.drift(&param.key, param.slot(), to.as_str());
    }
    value
}

fn boolean(param: &Param<'_>) -> Option<bool> {
    match param.string.as_deref().map(str::trim) {
        Some(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Some(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => match number::integer(param.text()?)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
    }
}

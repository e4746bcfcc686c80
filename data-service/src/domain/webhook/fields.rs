//! The fields of a JSON object, each read by its type or refused with its place. Values stay text until then: an amount
//! must not pass through a float.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::Fault;

/// An object and where it stands.
#[derive(Debug)]
pub(super) struct Fields<'b> {
    pointer: String,
    fields: BTreeMap<String, &'b RawValue>,
}

impl<'b> Fields<'b> {
    /// `text` is valid JSON.
    pub(super) fn read(text: &'b str, pointer: String) -> Result<Self, Fault> {
        if !text.starts_with('{') {
            return Err(Fault::wrong_type(pointer, "an object", text));
        }
        let fields = serde_json::from_str(text)
            .map_err(|error| Fault::malformed(pointer.clone(), "malformed", error.to_string()))?;
        Ok(Self { pointer, fields })
    }

    pub(super) fn at(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1"))
    }

    /// What the field holds; null is as good as nothing.
    pub(super) fn raw(&self, name: &str) -> Option<&'b str> {
        self.fields.get(name).map(|value| value.get()).filter(|text| *text != "null")
    }

    /// # Errors
    /// When there is a field besides `known`.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Fault> {
        match self.fields.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => {
                let detail = format!("there is no such field; known: {}", known.join(", "));
                Err(Fault::malformed(self.at(name), "unknown_field", detail))
            }
        }
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Fault> {
        let Some(text) = self.raw(name) else { return Ok(None) };
        if !text.starts_with('"') {
            return Err(Fault::wrong_type(self.at(name), "text", text));
        }
        serde_json::from_str(text)
            .map(Some)
            .map_err(|error| Fault::malformed(self.at(name), "malformed", error.to_string()))
    }

    /// Text of 1 to `longest` characters that can be seen; surrounding space is none of it.
    pub(super) fn word(&self, name: &str, longest: usize) -> Result<Option<String>, Fault> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let text = text.trim();
        if text.is_empty() {
            return Err(Fault::unacceptable(self.at(name), "too_short", "expected at least 1"));
        }
        if text.chars().count() > longest {
            let detail = format!("expected at most {longest}");
            return Err(Fault::unacceptable(self.at(name), "too_long", detail));
        }
        if text.chars().any(char::is_control) {
            let detail = "has visible characters only";
            return Err(Fault::unacceptable(self.at(name), "malformed", detail));
        }
        Ok(Some(text.to_owned()))
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Fault> {
        let Some(text) = self.raw(name) else { return Ok(None) };
        let refused = || Fault::wrong_type(self.at(name), "a whole number", text);
        text.parse().map(Some).map_err(|_| refused())
    }

    /// A number, digit by digit as it was sent.
    pub(super) fn number(&self, name: &str) -> Result<Option<&'b str>, Fault> {
        match self.raw(name) {
            None => Ok(None),
            Some(text) if text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => {
                Ok(Some(text))
            }
            Some(text) => Err(Fault::wrong_type(self.at(name), "a number", text)),
        }
    }

    pub(super) fn list(&self, name: &str) -> Result<Vec<&'b RawValue>, Fault> {
        let Some(text) = self.raw(name) else {
            return Err(Fault::malformed(self.at(name), "required", "is required"));
        };
        if !text.starts_with('[') {
            return Err(Fault::wrong_type(self.at(name), "a list", text));
        }
        serde_json::from_str(text)
            .map_err(|error| Fault::malformed(self.at(name), "malformed", error.to_string()))
    }
}

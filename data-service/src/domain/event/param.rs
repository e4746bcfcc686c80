//! Event params and user properties: a key and four slots of which one is filled. Which one drifts over time, so every typed
//! reading goes through a lossless coercion.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::json;
use crate::domain::keys::Material;
use crate::domain::number;

#[derive(Debug, Default)]
pub(super) struct Param<'de> {
    pub key: Cow<'de, str>,
    pub string: Option<Cow<'de, str>>,
    pub int: Option<Cow<'de, str>>,
    pub float: Option<Cow<'de, str>>,
    pub double: Option<Cow<'de, str>>,
}

impl Param<'_> {
    /// The number's text of whichever slot is filled; a string that is a number counts.
    fn digits(&self) -> Option<&str> {
        self.int
            .as_deref()
            .or(self.double.as_deref())
            .or(self.float.as_deref())
            .or(self.string.as_deref())
    }

    pub fn integer(&self) -> Option<i64> {
        number::integer(self.digits()?)
    }

    pub fn decimal(&self) -> Option<Decimal> {
        number::decimal(self.digits()?)
    }

    /// An amount of money.
    pub fn amount(&self) -> Option<Decimal> {
        number::amount(self.digits()?)
    }

    /// 1 or 0, in any slot.
    pub fn flag(&self) -> Option<bool> {
        match self.integer()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// Moves a whole number from a float slot to the int slot, so that an id sent as `12345.0` reads as `12345`. For typed
    /// readings only: keys and the flattened object are made of the wire's own text before.
    pub fn canonicalise(&mut self) {
        if self.string.is_none()
            && self.int.is_none()
            && let Some(whole) = self.digits().and_then(number::integer)
        {
            self.int = Some(Cow::Owned(whole.to_string()));
        }
    }

    /// The text of whichever slot is filled.
    pub fn text(&self) -> Option<&str> {
        self.string.as_deref().or_else(|| self.digits()).filter(|text| !text.is_empty())
    }

    /// Name of the filled slot.
    pub fn slot(&self) -> &'static str {
        if self.string.is_some() {
            "string"
        } else if self.int.is_some() {
            "int"
        } else if self.double.is_some() {
            "double"
        } else if self.float.is_some() {
            "float"
        } else {
            "null"
        }
    }

    pub fn absent(&self) -> bool {
        self.slot() == "null"
    }

    pub fn hash_into(&self, material: &mut Material) {
        material
            .text(Some(&self.key))
            .text(self.string.as_deref())
            .text(self.int.as_deref())
            .text(self.float.as_deref())
            .text(self.double.as_deref());
    }
}

/// Order of the params by key, as [`json::key_order`] has it; equal keys keep their order.
pub(super) fn sort(params: &[Param<'_>], order: &mut Vec<u32>) {
    order.clear();
    order.extend((0u32..).take(params.len()));
    order.sort_unstable_by(|&left, &right| {
        let key = |index: u32| &params[index as usize].key;
        json::key_order(key(left), key(right)).then(left.cmp(&right))
    });
}

/// Writes the params as one JSON object; returns how many were left out because their key had come before. `typed` answers
/// for params with a type of their own: their value as JSON, or none.
pub(super) fn flatten(
    params: &[Param<'_>],
    order: &[u32],
    mut typed: impl FnMut(&Param<'_>) -> Option<Option<String>>,
    out: &mut String,
) -> u64 {
    let mut duplicates = 0;
    let mut previous: Option<&str> = None;
    out.push('{');
    let start = out.len();
    for &index in order {
        let param = &params[index as usize];
        if previous == Some(&param.key) {
            duplicates += 1;
            continue;
        }
        previous = Some(&param.key);
        if param.absent() {
            continue;
        }
        let value = typed(param);
        if matches!(value, Some(None)) {
            continue;
        }
        if out.len() > start {
            out.push(',');
        }
        json::string(&param.key, out);
        out.push(':');
        match (value.flatten(), &param.string) {
            (Some(value), _) => out.push_str(&value),
            (None, Some(text)) => json::string(text, out),
            (None, None) => json::number(param.digits().unwrap_or_default(), out),
        }
    }
    out.push('}');
    duplicates
}

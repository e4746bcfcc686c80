//! What a delivery says: one event, or `{"events": […]}`.

use chrono::{DateTime, TimeDelta, Utc};
use common::kernel::{Currency, MoneyError};
use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::fields::Fields;
use crate::domain::event::page_path;
use crate::domain::number;

/// Events in one delivery.
pub const MOST_EVENTS: usize = 500;

/// As far back as GA4 takes events by its Measurement Protocol.
const OLDEST: TimeDelta = TimeDelta::hours(72);

/// A shop's clock may be ahead by as much as that of a delivery.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

const LONGEST_NAME: usize = 40;
const LONGEST_WORD: usize = 256;
const LONGEST_LOCATION: usize = 100;
const LONGEST_PAGE: usize = 2_048;

/// Of money: digits after the point that no currency has.
const MOST_SCALE: u32 = 6;

const KNOWN: &[&str] = &[
    "event_name",
    "event_time",
    "timestamp_micros",
    "client_id",
    "session_id",
    "user_id",
    "location",
    "page_location",
    "transaction_id",
    "value",
    "currency",
];

/// Something that happened in a shop, as its server tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopEvent {
    /// GA4's word for it, such as `page_view` or `purchase`.
    pub event_name: String,
    /// Microseconds since 1970.
    pub event_micros: i64,
    /// GA4's client id: the export's `user_pseudo_id`.
    pub client_id: Option<String>,
    pub session_id: Option<String>,
    pub user_id: Option<String>,
    /// Branch code.
    pub location: Option<String>,
    /// Of the page's address only the path is kept.
    pub page_path: Option<String>,
    pub transaction_id: Option<String>,
    pub value: Option<Decimal>,
    pub currency: Option<Currency>,
}

/// Where a delivery is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pointer}`: {detail}")]
pub struct Fault {
    /// Not readable at all; otherwise readable, but not acceptable.
    pub malformed: bool,
    /// JSON pointer.
    pub pointer: String,
    pub code: &'static str,
    pub detail: String,
}

impl Fault {
    pub(super) fn malformed(
        pointer: String,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self { malformed: true, pointer, code, detail: detail.into() }
    }

    pub(super) fn unacceptable(
        pointer: String,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self { malformed: false, pointer, code, detail: detail.into() }
    }

    pub(super) fn wrong_type(pointer: String, expected: &str, found: &str) -> Self {
        let found = match found.as_bytes().first() {
            Some(b'"') => "text",
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            _ => "a number",
        };
        Self::malformed(pointer, "wrong_type", format!("expected {expected}, found {found}"))
    }
}

/// The events of a body that arrived at `now`, one at least.
///
/// # Errors
/// The first fault.
pub fn parse(body: &[u8], now: DateTime<Utc>) -> Result<Vec<ShopEvent>, Fault> {
    let invalid = |error: &dyn std::fmt::Display| {
        Fault::malformed(String::new(), "invalid_json", error.to_string())
    };
    let text = std::str::from_utf8(body).map_err(|error| invalid(&error))?;
    let whole: &RawValue = serde_json::from_str(text).map_err(|error| invalid(&error))?;
    let whole = Fields::read(whole.get(), String::new())?;
    if whole.raw("events").is_none() {
        return Ok(vec![event(&whole, now)?]);
    }
    whole.only(&["events"])?;
    let events = whole.list("events")?;
    if events.is_empty() {
        return Err(Fault::unacceptable(whole.at("events"), "too_short", "expected at least 1"));
    }
    if events.len() > MOST_EVENTS {
        let detail = format!("expected at most {MOST_EVENTS}");
        return Err(Fault::unacceptable(whole.at("events"), "too_long", detail));
    }
    let events = events.iter().enumerate();
    let read = |(index, one): (usize, &&RawValue)| {
        event(&Fields::read(one.get(), format!("/events/{index}"))?, now)
    };
    events.map(read).collect()
}

fn event(fields: &Fields<'_>, now: DateTime<Utc>) -> Result<ShopEvent, Fault> {
    fields.only(KNOWN)?;
    let Some(event_name) = fields.text("event_name")? else {
        return Err(Fault::malformed(fields.at("event_name"), "required", "is required"));
    };
    if !named_as_ga4_names(&event_name) {
        let detail = "expected a letter, then letters, digits and underscores, 40 in all at most";
        return Err(Fault::unacceptable(fields.at("event_name"), "malformed", detail));
    }
    let page = fields.word("page_location", LONGEST_PAGE)?;
    Ok(ShopEvent {
        event_name,
        event_micros: micros(fields, now)?,
        client_id: fields.word("client_id", LONGEST_WORD)?,
        session_id: fields.word("session_id", LONGEST_WORD)?,
        user_id: fields.word("user_id", LONGEST_WORD)?,
        location: fields.word("location", LONGEST_LOCATION)?,
        page_path: page.as_deref().and_then(page_path).map(str::to_owned),
        // What stands in the export for no id at all.
        transaction_id: fields.word("transaction_id", LONGEST_WORD)?.filter(|id| id != "(not set)"),
        value: value(fields)?,
        currency: currency(fields)?,
    })
}

fn named_as_ga4_names(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn micros(fields: &Fields<'_>, now: DateTime<Utc>) -> Result<i64, Fault> {
    let (name, micros) = match (fields.text("event_time")?, fields.integer("timestamp_micros")?) {
        (Some(_), Some(_)) => {
            let detail = "either this or event_time";
            return Err(Fault::unacceptable(fields.at("timestamp_micros"), "mismatch", detail));
        }
        (None, None) => {
            let detail = "is required, or timestamp_micros in its place";
            return Err(Fault::malformed(fields.at("event_time"), "required", detail));
        }
        (None, Some(micros)) => ("timestamp_micros", micros),
        (Some(text), None) => {
            let at = DateTime::parse_from_rfc3339(&text).map_err(|_| {
                let detail = "expected an instant such as 2026-01-31T12:00:00Z";
                Fault::malformed(fields.at("event_time"), "malformed", detail)
            })?;
            ("event_time", at.timestamp_micros())
        }
    };
    let (first, last) = ((now - OLDEST).timestamp_micros(), (now + AHEAD).timestamp_micros());
    if micros < first || micros > last {
        let detail = "expected an instant of the last 72 hours";
        return Err(Fault::unacceptable(fields.at(name), "out_of_range", detail));
    }
    Ok(micros)
}

fn value(fields: &Fields<'_>) -> Result<Option<Decimal>, Fault> {
    let Some(digits) = fields.number("value")? else { return Ok(None) };
    let refused = || {
        let most = number::MOST_AMOUNT;
        let detail = format!("expected 0 to {most}, with six decimals at most");
        Fault::unacceptable(fields.at("value"), "out_of_range", detail)
    };
    let value = digits
        .parse::<Decimal>()
        .or_else(|_| Decimal::from_scientific(digits))
        .map_err(|_| refused())?
        .normalize();
    if value.is_sign_negative() || !number::believable(&value) || value.scale() > MOST_SCALE {
        return Err(refused());
    }
    Ok(Some(value))
}

fn currency(fields: &Fields<'_>) -> Result<Option<Currency>, Fault> {
    let Some(code) = fields.text("currency")? else { return Ok(None) };
    code.parse().map(Some).map_err(|error: MoneyError| {
        Fault::unacceptable(fields.at("currency"), "malformed", error.to_string())
    })
}

#[cfg(test)]
mod tests;

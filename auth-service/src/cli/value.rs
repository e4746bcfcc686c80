//! Values on the command line.

use common::kernel::Currency;

use crate::domain::currency;

pub(super) fn slug(text: &str) -> Result<String, String> {
    let good = (1..=63).contains(&text.len())
        && !text.starts_with('-')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if good {
        Ok(text.to_owned())
    } else {
        Err("expected lower-case letters, digits and hyphens".to_owned())
    }
}

pub(super) fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if (1..=200).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err("expected 1 to 200 characters".to_owned())
    }
}

pub(super) fn known_currency(text: &str) -> Result<Currency, String> {
    let code = text.to_ascii_uppercase();
    if currency::known(&code) {
        code.parse().map_err(|_| "not a currency".to_owned())
    } else {
        Err("not an ISO 4217 currency".to_owned())
    }
}

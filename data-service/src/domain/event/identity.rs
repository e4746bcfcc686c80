//! Which keys of a property's events carry the customer's own identities.

use crate::domain::key_text::{LONGEST_TEXT, cut};

/// Names of user properties; an event param of the same name is taken where the user property is absent. Configured per property.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdentityKeys {
    pub branch: Option<String>,
    pub customer: Option<String>,
    /// Used where `user_id` is absent.
    pub known_user: Option<String>,
}

/// The value without surrounding spaces, as long as keys can hold it; GA4's placeholder for no value is none.
pub(super) fn code(text: &str) -> Option<&str> {
    let trimmed = text.trim();
    let none = trimmed.is_empty() || trimmed == "(not set)";
    if none { None } else { Some(cut(trimmed, LONGEST_TEXT)) }
}

//! One GA4 event: the typed columns that the numbers are made of, decoded straight from the wire.
//!
//! `plan` turns a table's schema into what to read and what to skip, `row` fills the scratch of one row, `assemble` makes the
//! [`Event`] of it, `copy` writes it as a row of `staging.event`. [`EventDecoder`] is the door.

mod assemble;
pub mod copy;
mod decoder;
mod identity;
mod items;
mod json;
mod notes;
mod page_location;
mod param;
mod plan;
mod row;
mod scratch;
mod typing;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

pub use decoder::{EventDecoder, PageSummary, SchemaError};
pub use identity::IdentityKeys;
pub use notes::{Drift, Notes};
pub use page_location::path as page_path;
pub use typing::{ParamType, ParamTypes};

/// Borrowed from the page; valid until the next row is read. Empty texts are `None` throughout, those that facts are counted
/// by are as long as keys can hold them, and amounts are such that a day of them can be summed.
#[derive(Debug, Clone)]
pub struct Event<'e> {
    /// Identity of the occurrence (`domain::keys`): exact duplicates share it.
    pub event_key: Uuid,
    /// Hash of all logical columns, for fingerprints.
    pub row_hash: u128,
    /// The property's local day, as the export states it.
    pub event_date: NaiveDate,
    /// UTC microseconds, set by the client.
    pub event_micros: i64,
    pub name: &'e str,
    pub stream_id: Option<&'e str>,
    /// Absent when consent was denied; such an event belongs to no client and no session.
    pub user_pseudo_id: Option<&'e str>,
    pub client_key: Option<Uuid>,
    pub session_key: Option<Uuid>,
    pub ga_session_id: Option<i64>,
    pub ga_session_number: Option<i32>,
    pub user_id: Option<&'e str>,
    /// `user_id`, else the configured user property.
    pub known_user: Option<&'e str>,
    pub customer: Option<&'e str>,
    pub branch: Option<&'e str>,
    pub batch_page_id: Option<i64>,
    pub batch_ordering_id: Option<i64>,
    pub batch_event_index: Option<i64>,
    /// May be negative.
    pub bundle_sequence_id: Option<i64>,
    pub session_engaged: Option<bool>,
    pub is_active_user: Option<bool>,
    /// At most a day.
    pub engagement_msec: Option<i64>,
    pub platform: Option<&'e str>,
    pub device_category: Option<&'e str>,
    pub country: Option<&'e str>,
    pub city: Option<&'e str>,
    /// Source of the session where the export names it, else as collected, else the user's first.
    pub traffic: Traffic<'e>,
    pub hostname: Option<&'e str>,
    pub page_location: Option<&'e str>,
    /// Path of `page_location`, without query and fragment, 1,000 bytes at most.
    pub page_path: Option<&'e str>,
    pub page_title: Option<&'e str>,
    /// `ecommerce.transaction_id`; empty and `(not set)` are `None`. The event param of that name counts only where the table
    /// has no such column.
    pub transaction_id: Option<&'e str>,
    pub purchase_revenue: Option<Decimal>,
    pub refund_value: Option<Decimal>,
    /// The event param `currency`, three letters in upper case; the export has no column for it.
    pub currency: Option<[u8; 3]>,
    /// Sum over the items, null counting as 1; `None` without items.
    pub quantity: Option<Decimal>,
    pub search_term: Option<&'e str>,
    /// A JSON object, key to value: the first of duplicate keys, numbers as on the wire, keys without a value left out.
    /// Params that the tenant gave a type have it, or no value.
    pub params: &'e str,
    /// A JSON array of objects with keys in the order of Postgres and without nulls; `None` when the event has no items.
    pub items: Option<&'e str>,
}

/// Where a visit came from. The three belong together: they are taken from one place, never mixed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic<'e> {
    pub source: Option<&'e str>,
    pub medium: Option<&'e str>,
    pub campaign: Option<&'e str>,
}

impl Event<'_> {
    /// The currency as text.
    pub fn currency(&self) -> Option<&str> {
        self.currency.as_ref().and_then(|code| std::str::from_utf8(code).ok())
    }
}

#[cfg(test)]
mod tests;

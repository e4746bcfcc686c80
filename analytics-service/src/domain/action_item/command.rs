//! What may be wanted of an item.

use serde_json::Value;
use uuid::Uuid;

use super::Kind;

#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Makes the item, unless it is there, in whatever status.
    CreateIfAbsent(NewItem),
    /// Its cause is gone: nobody need begin with it.
    SkipUnlessStarted { note: String },
}

/// An item as it is made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewItem {
    pub kind: Kind,
    /// Which cause of its kind, within the tenant.
    pub natural_key: String,
    /// None when the cause belongs to no property.
    pub property_id: Option<i64>,
    pub title: String,
    /// Branch code, or `(unassigned)`.
    pub location: String,
    pub contact: ContactReference,
    /// What was seen when it was made, of a form that the kind knows. Nobody's address stands in it.
    pub evidence: Value,
}

/// Whom it is about, as observed. Who that is, master data tells when it is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactReference {
    pub client_key: Option<Uuid>,
    pub known_user: Option<String>,
    pub customer_code: Option<String>,
}

//! An item on the wire.

use chrono::{DateTime, Utc};
use poem_openapi::{Enum, Object};
use serde_json::Value;
use uuid::Uuid;

use super::path_of;
use crate::app::action_items::ShownItem;
use crate::domain::action_item::{Kind, Status};
use crate::http::contacts::ContactBody;
use crate::http::location::LocationBody;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "ActionItemStatus", rename_all = "snake_case")]
pub(super) enum StatusWord {
    Draft,
    Incomplete,
    InProgress,
    Complete,
    Cancelled,
    Skipped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "ActionItemKind", rename_all = "snake_case")]
pub(super) enum KindWord {
    AbandonedCart,
}

#[derive(Debug, Object)]
#[oai(rename = "ActionItemLinks")]
struct LinksBody {
    #[oai(rename = "self")]
    this: String,
}

#[derive(Debug, Object)]
#[oai(rename = "ActionItem")]
pub(super) struct ActionItemBody {
    id: Uuid,
    /// How many events led to it.
    version: i32,
    kind: KindWord,
    /// What caused it, within its kind.
    key: String,
    property_id: Option<i64>,
    title: String,
    status: StatusWord,
    location: LocationBody,
    /// As observed.
    customer_code: Option<String>,
    /// The one customer who is meant.
    contact: Option<ContactBody>,
    /// Without contact: how many customers might be meant.
    candidates: i64,
    /// What was seen when it was made, of a form that depends on the kind.
    evidence: Value,
    due_at: Option<DateTime<Utc>>,
    /// Why it has its status.
    note: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Since when there is nothing left to do.
    closed_at: Option<DateTime<Utc>>,
    links: LinksBody,
}

impl ActionItemBody {
    pub(super) fn new(shown: ShownItem, masked: bool) -> Self {
        let (id, item) = (shown.id, shown.item);
        Self {
            id: id.uuid(),
            version: item.version,
            kind: item.made.kind.into(),
            key: item.made.natural_key,
            property_id: item.made.property_id,
            title: item.made.title,
            status: item.status.into(),
            location: LocationBody {
                code: item.made.location,
                name: shown.location_name,
                kind: shown.location.into(),
            },
            customer_code: item.made.contact.customer_code,
            contact: shown.contact.map(|contact| ContactBody::new(contact, masked)),
            candidates: shown.candidates,
            evidence: item.made.evidence,
            due_at: item.due_at,
            note: item.note,
            created_at: item.created_at,
            updated_at: item.updated_at,
            closed_at: item.closed_at,
            links: LinksBody { this: path_of(id) },
        }
    }
}

impl From<Kind> for KindWord {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::AbandonedCart => Self::AbandonedCart,
        }
    }
}

impl From<KindWord> for Kind {
    fn from(word: KindWord) -> Self {
        match word {
            KindWord::AbandonedCart => Self::AbandonedCart,
        }
    }
}

impl From<Status> for StatusWord {
    fn from(status: Status) -> Self {
        match status {
            Status::Draft => Self::Draft,
            Status::Incomplete => Self::Incomplete,
            Status::InProgress => Self::InProgress,
            Status::Complete => Self::Complete,
            Status::Cancelled => Self::Cancelled,
            Status::Skipped => Self::Skipped,
        }
    }
}

impl From<StatusWord> for Status {
    fn from(word: StatusWord) -> Self {
        match word {
            StatusWord::Draft => Self::Draft,
            StatusWord::Incomplete => Self::Incomplete,
            StatusWord::InProgress => Self::InProgress,
            StatusWord::Complete => Self::Complete,
            StatusWord::Cancelled => Self::Cancelled,
            StatusWord::Skipped => Self::Skipped,
        }
    }
}

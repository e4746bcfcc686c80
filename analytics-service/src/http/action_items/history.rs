//! What happened to an item, on the wire.

use chrono::{DateTime, Utc};
use poem_openapi::{Enum, Object};
use uuid::Uuid;

use super::body::StatusWord;
use crate::app::action_items::Moment;
use crate::domain::action_item::Event;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "ActionItemEventType", rename_all = "snake_case")]
enum EventType {
    Created,
    Skipped,
}

#[derive(Debug, Object)]
#[oai(rename = "ActionItemEvent")]
pub(super) struct EventBody {
    /// The item's version that it led to.
    version: i32,
    r#type: EventType,
    at: DateTime<Utc>,
    /// As in the audit trail.
    actor: String,
    /// The job and the step that made it happen.
    job_id: Option<Uuid>,
    step_id: Option<Uuid>,
    /// The status it led to.
    status: StatusWord,
    note: Option<String>,
}

impl From<Moment> for EventBody {
    fn from(Moment { recorded, cause, status }: Moment) -> Self {
        let (r#type, note) = match recorded.event {
            Event::Created(_) => (EventType::Created, None),
            Event::Skipped { note } => (EventType::Skipped, Some(note)),
        };
        Self {
            version: recorded.version,
            r#type,
            at: recorded.at,
            actor: cause.actor,
            job_id: cause.job_id.map(Into::into),
            step_id: cause.step_id.map(Into::into),
            status: status.into(),
            note,
        }
    }
}

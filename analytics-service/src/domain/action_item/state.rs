//! An item as its events left it.

use chrono::{DateTime, Utc};

use super::{Event, NewItem, Recorded, Status};

#[derive(Debug, Clone, PartialEq)]
pub struct ActionItem {
    /// How many events there were.
    pub version: i32,
    /// What it was made with.
    pub made: NewItem,
    pub status: Status,
    pub due_at: Option<DateTime<Utc>>,
    /// Why it has its status.
    pub note: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Since when there is nothing left to do.
    pub closed_at: Option<DateTime<Utc>>,
}

impl ActionItem {
    /// The item after one more event. What cannot have happened changes nothing: a second beginning, or anything before
    /// the first.
    #[must_use]
    pub fn after(before: Option<Self>, recorded: &Recorded) -> Option<Self> {
        let Recorded { version, at, event } = recorded;
        match (before, event) {
            (None, Event::Created(made)) => Some(Self {
                version: *version,
                made: made.clone(),
                status: Status::Incomplete,
                due_at: None,
                note: None,
                created_at: *at,
                updated_at: *at,
                closed_at: None,
            }),
            (Some(item), Event::Skipped { note }) => Some(Self {
                version: *version,
                status: Status::Skipped,
                note: Some(note.clone()),
                updated_at: *at,
                closed_at: Some(*at),
                ..item
            }),
            (item, _) => item,
        }
    }
}

/// The item that a whole history leads to.
#[must_use]
pub fn replayed(history: &[Recorded]) -> Option<ActionItem> {
    history.iter().fold(None, ActionItem::after)
}

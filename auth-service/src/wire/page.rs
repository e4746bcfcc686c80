//! The sort key of lists that are read in pages.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// When a row was made, and which of those made at that instant it is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Position(pub DateTime<Utc>, pub Uuid);

impl From<Position> for (DateTime<Utc>, Uuid) {
    fn from(Position(at, id): Position) -> Self {
        (at, id)
    }
}

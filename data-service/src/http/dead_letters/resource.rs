//! A dead letter as the API shows it.

use chrono::{DateTime, Utc};
use common::jobs::dead_letter;
use poem_openapi::Object;
use serde_json::Value;
use uuid::Uuid;

use crate::http::jobs::JobException;

/// A step that used up its attempts.
#[derive(Debug, Object)]
pub struct DeadLetter {
    pub id: Uuid,
    /// Kind of step.
    pub kind: String,
    pub step_id: Uuid,
    /// None when the job was removed with the history.
    pub job_id: Option<Uuid>,
    /// What the step was to do.
    pub payload: Value,
    /// All of them, over every redrive.
    pub attempts: i32,
    /// What the last attempt ran into.
    pub error: JobException,
    pub created_at: DateTime<Utc>,
    /// The last time it used up its attempts.
    pub died_at: DateTime<Utc>,
    /// When it was redriven; none while something is to be done.
    pub resolved_at: Option<DateTime<Utc>>,
}

impl From<dead_letter::DeadLetter> for DeadLetter {
    fn from(letter: dead_letter::DeadLetter) -> Self {
        Self {
            id: letter.dead_letter_id.uuid(),
            kind: letter.kind,
            step_id: letter.step_id.uuid(),
            job_id: letter.job_id.map(Uuid::from),
            payload: letter.payload,
            attempts: letter.attempts,
            error: letter.error.into(),
            created_at: letter.created_at,
            died_at: letter.died_at,
            resolved_at: letter.resolved_at,
        }
    }
}

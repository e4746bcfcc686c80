//! A person's sessions.

use chrono::{DateTime, Utc};
use poem_openapi::{Enum, Object};
use uuid::Uuid;

use crate::app::LivingSession;

/// What a session lives by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum SessionKind {
    /// A cookie.
    Browser,
    /// Refresh tokens.
    Client,
}

/// A session that still lets its person in.
#[derive(Debug, Object)]
#[oai(rename = "Session")]
pub struct SessionBody {
    pub session_id: Uuid,
    pub kind: SessionKind,
    /// What the person called the client.
    pub label: Option<String>,
    /// True for the session that asks.
    pub current: bool,
    pub created_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    /// When it ends unless it is used.
    pub expires_at: DateTime<Utc>,
}

impl SessionBody {
    /// `current` is the session that asks.
    #[must_use]
    pub fn new(session: LivingSession, current: Uuid) -> Self {
        Self {
            session_id: session.session_id,
            kind: if session.client { SessionKind::Client } else { SessionKind::Browser },
            label: session.label,
            current: session.session_id == current,
            created_at: session.created_at,
            seen_at: session.seen_at,
            expires_at: session.expires_at,
        }
    }
}

/// Newest first, at most 200.
#[derive(Debug, Object)]
pub struct Sessions {
    pub sessions: Vec<SessionBody>,
}

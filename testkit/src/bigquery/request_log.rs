//! What was asked, so that a test can say which tables were read and which were left alone.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::fault::Route;

/// Older requests are forgotten, so a demo may run for days.
const KEPT: usize = 20_000;

/// One request the stand-in received.
#[derive(Debug, Clone)]
pub struct LoggedRequest {
    pub route: Route,
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub dataset: Option<String>,
    pub table: Option<String>,
    /// The JSON that came with it.
    pub body: Option<serde_json::Value>,
    /// None while unanswered, which a silent socket stays.
    pub status: Option<u16>,
    pub accepts_gzip: bool,
}

impl LoggedRequest {
    pub fn query(&self, name: &str) -> Option<&str> {
        let pair = self.query.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Default)]
pub(super) struct RequestLog {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    requests: VecDeque<LoggedRequest>,
    forgotten: usize,
}

impl RequestLog {
    /// Returns the number by which [`Self::answered`] finds the request again.
    pub(super) fn push(&self, request: LoggedRequest) -> usize {
        let mut kept = self.locked();
        if kept.requests.len() == KEPT {
            kept.requests.pop_front();
            kept.forgotten += 1;
        }
        kept.requests.push_back(request);
        kept.forgotten + kept.requests.len() - 1
    }

    pub(super) fn answered(&self, number: usize, status: u16) {
        let mut kept = self.locked();
        let position = number.checked_sub(kept.forgotten);
        if let Some(request) = position.and_then(|position| kept.requests.get_mut(position)) {
            request.status = Some(status);
        }
    }

    pub(super) fn all(&self) -> Vec<LoggedRequest> {
        self.locked().requests.iter().cloned().collect()
    }

    pub(super) fn clear(&self) {
        let mut kept = self.locked();
        kept.forgotten += kept.requests.len();
        kept.requests.clear();
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

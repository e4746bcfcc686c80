//! A session on a day, and counts of sessions.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Place;

/// What happened in a session on a day, or within an hour of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Activity {
    pub events: i64,
    pub page_views: i64,
    pub engagement_msec: i64,
    /// The export's own flag; absent in exports before it was introduced.
    pub active: Option<bool>,
    pub first_visit: bool,
}

/// A session on the day that is rolled up.
#[derive(Debug, Clone, Default)]
pub struct Session {
    pub place: Place,
    pub client: u32,
    pub known_user: Option<u32>,
    pub previous_day: Option<NaiveDate>,
    pub activity: Activity,
    pub engaged: bool,
    pub converted: bool,
    pub cart: bool,
    pub checkout: bool,
}

impl Session {
    pub(super) fn returning(&self) -> bool {
        self.place.origin.session_number.is_some_and(|number| number > 1)
    }

    /// Whether its client counts as active: by the flag, else by GA4's documented fallback.
    pub(super) fn active(&self, activity: &Activity) -> bool {
        let inferred = self.engaged || activity.first_visit || activity.engagement_msec > 0;
        activity.active.unwrap_or(inferred)
    }
}

/// Additive counts of sessions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionCounts {
    pub sessions: i32,
    pub engaged_sessions: i32,
    pub cart_sessions: i32,
    pub checkout_sessions: i32,
    pub converted_sessions: i32,
}

impl SessionCounts {
    fn add(&mut self, session: &Session) {
        self.sessions += 1;
        self.engaged_sessions += i32::from(session.engaged);
        self.cart_sessions += i32::from(session.cart);
        self.checkout_sessions += i32::from(session.checkout);
        self.converted_sessions += i32::from(session.converted);
    }
}

/// Sessions that were active before: they count for a range that begins after that day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    pub previous_day: NaiveDate,
    #[serde(flatten)]
    pub counts: SessionCounts,
}

/// Sessions by whether they began on the day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sessions {
    pub started: SessionCounts,
    resumed: BTreeMap<NaiveDate, SessionCounts>,
}

impl Sessions {
    pub(super) fn add(&mut self, session: &Session) {
        match session.previous_day {
            None => self.started.add(session),
            Some(day) => self.resumed.entry(day).or_default().add(session),
        }
    }

    #[must_use]
    pub fn resumed(&self) -> Vec<Resumed> {
        self.resumed
            .iter()
            .map(|(&previous_day, &counts)| Resumed { previous_day, counts })
            .collect()
    }
}

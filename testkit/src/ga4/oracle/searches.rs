//! Searches: the same term again within five seconds of a session is the same search.

use std::collections::BTreeMap;

use super::{Oracle, Settings};
use crate::ga4::event::{Event, SessionId};

const GAP_MICROS: i64 = 5_000_000;

/// Positions of the searches that count, and whether any of their run found nothing. `events` are in order.
pub(super) fn count(events: &[Event], settings: &Settings) -> BTreeMap<usize, bool> {
    let mut counted = BTreeMap::new();
    // The position that stands for the run, and the time of the run's latest search.
    let mut runs: BTreeMap<(SessionId, String), (usize, i64)> = BTreeMap::new();
    for (position, event) in events.iter().enumerate() {
        let no_results = settings.no_results_events.contains(&event.name);
        if event.name != "view_search_results" && !no_results {
            continue;
        }
        let results =
            settings.result_count_key.as_deref().and_then(|key| event.param(key)?.integer());
        let failed = no_results || results == Some(0);
        let Some(session) = event.session() else {
            counted.insert(position, failed);
            continue;
        };
        let run = runs.entry((session, term(event))).or_insert((position, i64::MIN / 2));
        if event.micros - run.1 > GAP_MICROS {
            run.0 = position;
        }
        run.1 = event.micros;
        *counted.entry(run.0).or_default() |= failed;
    }
    counted
}

/// The term without case and surplus spaces; empty when there is none.
pub(super) fn term(event: &Event) -> String {
    let text = event.param("search_term").and_then(|param| param.text()).unwrap_or_default();
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

impl Oracle {
    /// Whether the session searched often and neither filled a cart nor bought after its first search.
    pub(super) fn unconverted(&self, id: &SessionId) -> bool {
        let of_session = |position: &usize| self.owners[*position].session.as_ref() == Some(id);
        let searches: Vec<usize> = self.searches.keys().copied().filter(of_session).collect();
        let Some(first) = searches.first().map(|position| self.events[*position].micros) else {
            return false;
        };
        let acted = self.events.iter().zip(&self.owners).any(|(event, owner)| {
            owner.session.as_ref() == Some(id)
                && ["add_to_cart", "purchase"].contains(&event.name.as_str())
                && event.micros > first
        });
        searches.len() as u64 >= self.settings.thresholds[0] && !acted
    }
}

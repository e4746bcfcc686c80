//! People over all their sessions.

use std::collections::BTreeMap;

use super::{Metrics, Oracle};
use crate::ga4::event::SessionId;

/// What one session of a person did among the events at hand.
#[derive(Default)]
struct Visit {
    page_views: u64,
    bought: bool,
}

impl Oracle {
    /// People are the session's known user, else its client.
    pub(super) fn count_visitors(&self, positions: &[usize], metrics: &mut Metrics) {
        let mut visits: BTreeMap<&SessionId, Visit> = BTreeMap::new();
        for position in positions {
            let Some(id) = &self.owners[*position].session else { continue };
            let visit = visits.entry(id).or_default();
            visit.page_views += u64::from(self.events[*position].name == "page_view");
            visit.bought |= self.events[*position].name == "purchase";
        }
        let mut people: BTreeMap<String, Vec<Visit>> = BTreeMap::new();
        for (id, visit) in visits {
            let person = match &self.sessions[id].known_user {
                Some(user) => format!("user {user}"),
                None => format!("client {:?}", id.client),
            };
            people.entry(person).or_default().push(visit);
        }
        let [_, sessions, page_views] = self.settings.thresholds;
        for visits in people.values().filter(|visits| visits.len() as u64 >= sessions) {
            metrics.repeat_visitors += 1;
            let hot = visits.iter().any(|visit| visit.page_views >= page_views)
                && visits.iter().all(|visit| !visit.bought);
            metrics.hot_visitors += u64::from(hot);
        }
    }
}

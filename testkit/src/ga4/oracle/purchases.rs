//! The export does not de-duplicate purchases: of each transaction the earliest event counts.

use std::collections::{BTreeSet, HashSet};

use crate::ga4::event::Event;

/// Positions of the purchases that count: `events` are in order, so the first of an id is its earliest. Purchases without an id
/// all count.
pub(super) fn elect(events: &[Event]) -> BTreeSet<usize> {
    let mut seen = HashSet::new();
    let purchases = events.iter().enumerate().filter(|(_, event)| event.name == "purchase");
    let kept = purchases.filter(|(_, event)| match event.transaction_id() {
        Some(id) => seen.insert(id.to_owned()),
        None => true,
    });
    kept.map(|(position, _)| position).collect()
}

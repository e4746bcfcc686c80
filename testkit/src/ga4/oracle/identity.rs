//! Which rows are one event.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use crate::ga4::event::Event;

/// Rows equal in everything that tells events apart are one event. Also returns how many rows that dropped.
pub(super) fn without_duplicates(events: impl IntoIterator<Item = Event>) -> (Vec<Event>, usize) {
    let mut seen = HashSet::new();
    let mut dropped = 0;
    let mut kept = Vec::new();
    for event in events {
        if seen.insert(identity(&event)) {
            kept.push(event);
        } else {
            dropped += 1;
        }
    }
    (kept, dropped)
}

/// Everything of the event that its sender chose; params in the order of their keys, because the export's own order varies.
fn identity(event: &Event) -> [u8; 32] {
    let mut params: Vec<_> = event.params.iter().collect();
    params.sort_by(|one, other| one.key.cmp(&other.key));
    let text = format!(
        "{:?}",
        (
            (&event.stream, &event.pseudo_id, &event.user_id, &event.name, event.micros),
            (event.batch, event.bundle, params, &event.items, &event.ecommerce),
        )
    );
    Sha256::digest(text).into()
}

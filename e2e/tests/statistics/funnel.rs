//! The ordered funnel, the plain way.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use common::kernel::DateRange;
use testkit::ga4::oracle::Oracle;

/// For each step the sessions that took it after they first took the one before.
pub fn sessions(oracle: &Oracle, range: DateRange, steps: &[String]) -> Vec<i64> {
    let within = |date: NaiveDate| range.contains(date);
    let mut taken = BTreeMap::new();
    let mut counts = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let mut now = BTreeMap::new();
        // In the order of their happening, also within one instant.
        let events = oracle.events().iter().enumerate();
        for (place, event) in events.filter(|(_, event)| event.name == *step) {
            let Some(session) = event.session().filter(|_| within(event.date)) else { continue };
            if at == 0 || taken.get(&session).is_some_and(|before| place > *before) {
                now.entry(session).or_insert(place);
            }
        }
        counts.push(now.len() as i64);
        taken = now;
    }
    counts
}

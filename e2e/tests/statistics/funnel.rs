//! The ordered funnel, the plain way.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use common::kernel::DateRange;
use testkit::ga4::oracle::Oracle;

/// For each step the sessions that took it later than they first took the one before.
pub fn sessions(oracle: &Oracle, range: DateRange, steps: &[String]) -> Vec<i64> {
    let within = |date: NaiveDate| range.contains(date);
    let mut taken = BTreeMap::new();
    let mut counts = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let mut now = BTreeMap::new();
        for event in oracle.events().iter().filter(|event| event.name == *step) {
            let Some(session) = event.session().filter(|_| within(event.date)) else { continue };
            let after = at == 0 || taken.get(&session).is_some_and(|micros| event.micros > *micros);
            if after {
                let first = now.entry(session).or_insert(event.micros);
                *first = event.micros.min(*first);
            }
        }
        counts.push(now.len() as i64);
        taken = now;
    }
    counts
}

//! How far a step is, told by the step and carried to the database by the heartbeat.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// A step's progress at one instant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProgressSnapshot {
    /// What the step is at, for people: `download`, `load`.
    pub phase: String,
    pub rows_done: u64,
    /// 0 while unknown.
    pub rows_total: u64,
    pub bytes: u64,
}

impl ProgressSnapshot {
    /// From 0 to 100; none while the total is unknown.
    #[must_use]
    pub fn percent(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a percentage needs no 64 bits")]
        let percent = |total: u64| 100.0 * self.rows_done.min(total) as f64 / total as f64;
        (self.rows_total > 0).then(|| percent(self.rows_total))
    }
}

/// A step's handle on its progress. Counters only grow, over a resume too.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    phase: Mutex<String>,
    rows_done: AtomicU64,
    rows_total: AtomicU64,
    bytes: AtomicU64,
    /// Counts the reports, so that the heartbeat sees that the step is alive.
    moves: AtomicU64,
}

impl Progress {
    /// Goes on from what an earlier attempt had reported.
    pub(super) fn resume(earlier: Option<ProgressSnapshot>) -> Self {
        let progress = Self::default();
        if let Some(earlier) = earlier {
            progress.phase(&earlier.phase);
            progress.rows_done(earlier.rows_done);
            progress.rows_total(earlier.rows_total);
            progress.bytes(earlier.bytes);
        }
        progress
    }

    pub fn phase(&self, name: &str) {
        let mut phase = self.0.phase.lock().unwrap_or_else(PoisonError::into_inner);
        if *phase != name {
            name.clone_into(&mut phase);
        }
        drop(phase);
        self.moved();
    }

    /// Rows handled so far, not since the last call.
    pub fn rows_done(&self, rows: u64) {
        self.0.rows_done.fetch_max(rows, Ordering::Relaxed);
        self.moved();
    }

    pub fn rows_total(&self, rows: u64) {
        self.0.rows_total.fetch_max(rows, Ordering::Relaxed);
        self.moved();
    }

    /// Bytes read so far, not since the last call.
    pub fn bytes(&self, bytes: u64) {
        self.0.bytes.fetch_max(bytes, Ordering::Relaxed);
        self.moved();
    }

    #[must_use]
    pub fn snapshot(&self) -> ProgressSnapshot {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ProgressSnapshot {
            phase: self.0.phase.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            rows_done: load(&self.0.rows_done),
            rows_total: load(&self.0.rows_total),
            bytes: load(&self.0.bytes),
        }
    }

    fn moved(&self) {
        self.0.moves.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn moves(&self) -> u64 {
        self.0.moves.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_never_goes_back_over_a_resume() {
        let first = Progress::default();
        first.rows_total(100);
        first.rows_done(60);
        let second = Progress::resume(Some(first.snapshot()));
        second.rows_done(10);
        assert_eq!(second.snapshot().rows_done, 60);
        second.rows_done(61);
        assert_eq!(second.snapshot().percent(), Some(61.0));
    }

    #[test]
    fn percent_is_unknown_without_a_total() {
        assert_eq!(ProgressSnapshot::default().percent(), None);
    }

    #[test]
    fn every_report_counts_as_a_move() {
        let progress = Progress::default();
        let before = progress.moves();
        progress.rows_done(0);
        assert!(progress.moves() > before);
    }
}

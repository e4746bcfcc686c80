//! When a running step will probably be done.

use std::time::Duration;

use super::ProgressSnapshot;

/// What is left, at the pace of this attempt: what earlier ones did says nothing about it. None
/// without a total or before the first rows.
pub(super) fn remaining(
    before: u64,
    now: &ProgressSnapshot,
    elapsed: Duration,
) -> Option<Duration> {
    let done = now.rows_done.checked_sub(before).filter(|done| *done > 0)?;
    if now.rows_total == 0 {
        return None;
    }
    let left = now.rows_total.saturating_sub(now.rows_done);
    #[expect(clippy::cast_precision_loss, reason = "an estimate needs no 64 bits")]
    let seconds = elapsed.as_secs_f64() * left as f64 / done as f64;
    Duration::try_from_secs_f64(seconds.ceil()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(rows_done: u64, rows_total: u64) -> ProgressSnapshot {
        ProgressSnapshot { rows_done, rows_total, ..ProgressSnapshot::default() }
    }

    #[test]
    fn a_resumed_step_is_judged_by_its_own_pace() {
        let minute = Duration::from_secs(60);
        assert_eq!(remaining(0, &progress(60, 100), minute), Some(Duration::from_secs(40)));
        assert_eq!(remaining(50, &progress(60, 100), minute), Some(Duration::from_secs(240)));
        assert_eq!(remaining(0, &progress(100, 100), minute), Some(Duration::ZERO));
    }

    #[test]
    fn nothing_is_guessed_from_nothing() {
        let second = Duration::from_secs(1);
        assert_eq!(remaining(0, &progress(0, 100), second), None);
        assert_eq!(remaining(60, &progress(60, 100), second), None);
        assert_eq!(remaining(0, &progress(5, 0), second), None);
    }
}

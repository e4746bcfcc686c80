//! Which of the slots that have come are run. Pure: the scheduler stores what this decides.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::Slots;
use crate::kernel::ScheduleId;

/// A slot that nobody looked at for longer was missed. Deploys are shorter.
pub const ON_TIME: TimeDelta = TimeDelta::minutes(15);

/// What happens to slots that came while no scheduler ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissedPolicy {
    Skip,
    /// One run for all of them.
    RunOnce,
    /// The newest ones, this many at most, each by itself.
    CatchUp(u32),
}

/// What happens to a slot while the job of an earlier one is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverlapPolicy {
    Skip,
    Allow,
}

/// What to do about a schedule now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Oldest first.
    pub run: Vec<DateTime<Utc>>,
    /// The newest slot that has come, run or not.
    pub last: Option<DateTime<Utc>>,
    /// The first one that has not come yet.
    pub next: Option<DateTime<Utc>>,
}

/// Decides about every slot from `from` on that is due at `now`. `delay` is the jitter of a slot.
#[must_use]
pub fn decide(
    slots: &Slots,
    from: DateTime<Utc>,
    now: DateTime<Utc>,
    missed: MissedPolicy,
    delay: impl Fn(DateTime<Utc>) -> Duration,
) -> Decision {
    let most = if let MissedPolicy::CatchUp(most) = missed { most as usize } else { 1 };
    let (mut late, mut run) = (VecDeque::new(), Vec::new());
    let (mut last, mut next) = (None, Some(from));
    while let Some(slot) = next {
        let due = slot + TimeDelta::from_std(delay(slot)).unwrap_or_default();
        if due > now {
            break;
        }
        if now - due <= ON_TIME {
            run.push(slot);
        } else {
            late.push_back(slot);
            if late.len() > most {
                late.pop_front();
            }
        }
        last = Some(slot);
        next = slots.next(slot);
    }
    let caught_up = match missed {
        MissedPolicy::Skip => Vec::new(),
        // The run that is on time is the one.
        MissedPolicy::RunOnce if !run.is_empty() => Vec::new(),
        MissedPolicy::RunOnce => late.into_iter().collect(),
        MissedPolicy::CatchUp(0) => Vec::new(),
        MissedPolicy::CatchUp(_) => late.into_iter().collect(),
    };
    Decision { run: caught_up.into_iter().chain(run).collect(), last, next }
}

/// How long after its slot a run starts: always the same for the same slot, so that every
/// scheduler agrees, and evenly spread over the schedules of one minute.
#[must_use]
pub fn jitter(schedule: ScheduleId, slot: DateTime<Utc>, seconds: u32) -> Duration {
    if seconds == 0 {
        return Duration::ZERO;
    }
    let digest = Sha256::new()
        .chain_update(schedule.uuid().as_bytes())
        .chain_update(slot.timestamp().to_be_bytes())
        .finalize();
    let number = digest.iter().take(8).fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
    Duration::from_secs(number % (u64::from(seconds) + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Hourly, after 26 hours of silence and a half.
    fn after_a_long_night(missed: MissedPolicy) -> Decision {
        let slots = Slots::parse("0 * * * *", "UTC").unwrap();
        let (from, now) = (utc("2026-11-19T00:00:00Z"), utc("2026-11-20T01:30:00Z"));
        decide(&slots, from, now, missed, |_| Duration::ZERO)
    }

    #[test]
    fn the_policy_says_how_many_missed_slots_run() {
        for (missed, runs) in [
            (MissedPolicy::Skip, 0),
            (MissedPolicy::RunOnce, 1),
            (MissedPolicy::CatchUp(0), 0),
            (MissedPolicy::CatchUp(5), 5),
            (MissedPolicy::CatchUp(26), 26),
            (MissedPolicy::CatchUp(100), 26),
        ] {
            let Decision { run, last, next } = after_a_long_night(missed);
            assert_eq!(run.len(), runs, "{missed:?}");
            assert!(run.is_sorted());
            assert_eq!(run.last().copied().or(last), Some(utc("2026-11-20T01:00:00Z")));
            assert_eq!(next, Some(utc("2026-11-20T02:00:00Z")));
        }
    }

    #[test]
    fn a_slot_that_is_on_time_runs_whatever_was_missed() {
        let slots = Slots::parse("0 * * * *", "UTC").unwrap();
        let now = utc("2026-11-20T05:01:00Z");
        for missed in [MissedPolicy::Skip, MissedPolicy::RunOnce] {
            let decision =
                decide(&slots, utc("2026-11-20T02:00:00Z"), now, missed, |_| Duration::ZERO);
            assert_eq!(decision.run, [utc("2026-11-20T05:00:00Z")]);
        }
    }

    #[test]
    fn jitter_delays_a_slot_by_its_own_time() {
        let slots = Slots::parse("0 * * * *", "UTC").unwrap();
        let from = utc("2026-11-20T02:00:00Z");
        let late = |_| Duration::from_secs(90);
        let early = decide(&slots, from, utc("2026-11-20T02:01:29Z"), MissedPolicy::Skip, late);
        assert_eq!(early, Decision { run: vec![], last: None, next: Some(from) });
        let due = decide(&slots, from, utc("2026-11-20T02:01:30Z"), MissedPolicy::Skip, late);
        assert_eq!(due.run, [from]);
        let id = ScheduleId::mint();
        assert_eq!(jitter(id, from, 600), jitter(id, from, 600));
        let spread: std::collections::HashSet<_> =
            (0..50).map(|_| jitter(ScheduleId::mint(), from, 600)).collect();
        assert!(spread.len() > 25 && spread.iter().all(|delay| delay.as_secs() <= 600));
    }
}

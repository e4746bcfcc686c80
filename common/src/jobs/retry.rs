//! Whether a failed step gets another attempt, and when.

use std::time::Duration;

use rand::Rng;

use super::{Class, Failure};
use crate::kernel::Backoff;

/// Whatever a source asks for: one mistaken answer must not put a step off for days.
const LONGEST_PATIENCE: Duration = Duration::from_secs(60 * 60);

/// What follows a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Again {
        after: Duration,
    },
    /// Every attempt was used up: a dead letter keeps the payload for someone to redrive.
    Exhausted,
    Failed,
}

pub(super) fn decide(
    failure: &Failure,
    attempt: i32,
    max_attempts: i32,
    backoff: &Backoff,
    random: &mut impl Rng,
) -> Verdict {
    match failure.class {
        Class::Permanent | Class::Configuration => Verdict::Failed,
        Class::Transient if attempt >= max_attempts => Verdict::Exhausted,
        Class::Transient => {
            let delay = backoff.delay(attempt.unsigned_abs(), random);
            let asked = failure.retry_after.unwrap_or_default().min(LONGEST_PATIENCE);
            Verdict::Again { after: delay.max(asked) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{ErrorCode, StepError};
    use rand::{SeedableRng, rngs::StdRng};

    const BACKOFF: Backoff = Backoff { base: Duration::from_secs(1), cap: Duration::from_secs(60) };

    fn verdict(error: StepError, attempt: i32) -> Verdict {
        let StepError::Failed(failure) = error else { panic!("a failure") };
        decide(&failure, attempt, 3, &BACKOFF, &mut StdRng::seed_from_u64(7))
    }

    #[test]
    fn only_transient_failures_are_tried_again() {
        let code = ErrorCode::SourceUnavailable;
        assert_eq!(verdict(StepError::permanent(code, "no"), 1), Verdict::Failed);
        assert_eq!(verdict(StepError::configuration(code, "no"), 1), Verdict::Failed);
        assert!(matches!(verdict(StepError::transient(code, "no"), 2), Verdict::Again { .. }));
        assert_eq!(verdict(StepError::transient(code, "no"), 3), Verdict::Exhausted);
    }

    #[test]
    fn the_source_may_ask_for_more_patience() {
        let patience = Duration::from_secs(600);
        let error = StepError::transient(ErrorCode::SourceRateLimited, "later");
        let asked = verdict(error.with_retry_after(patience), 1);
        assert_eq!(asked, Verdict::Again { after: patience });
    }

    #[test]
    fn no_source_puts_a_step_off_for_more_than_an_hour() {
        let error = StepError::transient(ErrorCode::SourceRateLimited, "in a year");
        let asked = verdict(error.with_retry_after(Duration::from_secs(365 * 86_400)), 1);
        assert_eq!(asked, Verdict::Again { after: LONGEST_PATIENCE });
    }
}

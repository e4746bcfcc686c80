//! Runs the steps of one test against one deadline.

use std::fmt;
use std::time::{Duration, Instant};

use super::{ConnectionReport, LIMIT, Outcome, Step, StepReport};
use crate::net::blocked_address;

/// Why a step failed. Told to whoever tests: no secret, and no address of ours, may be in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub code: &'static str,
    pub detail: String,
}

impl Fault {
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// Of a name that does not resolve, or leads where nothing of ours may be reached from outside.
    pub fn resolving(host: &str, error: &std::io::Error) -> Self {
        match blocked_address(error) {
            // Which address it is would tell what our own resolver knows.
            Some(_) => Self::new(
                "blocked_address",
                format!("{host} leads to an address that is not public"),
            ),
            None => Self::new("not_resolved", format!("{host} cannot be resolved")),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

/// A test under way.
#[derive(Debug)]
pub struct Trial {
    begun: Instant,
    limit: Duration,
    steps: Vec<StepReport>,
}

impl Default for Trial {
    fn default() -> Self {
        Self::within(LIMIT)
    }
}

impl Trial {
    #[must_use]
    pub fn within(limit: Duration) -> Self {
        Self { begun: Instant::now(), limit, steps: Vec::new() }
    }

    /// Time that is left.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.limit.saturating_sub(self.begun.elapsed())
    }

    /// Tries `work` and notes how it went. None when it failed: then the test is over.
    pub async fn step<T>(
        &mut self,
        step: Step,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Option<T> {
        let begun = Instant::now();
        let outcome = tokio::time::timeout(self.left(), work).await.unwrap_or_else(|_| {
            Err(Fault::new("timeout", "the other side did not answer in time"))
        });
        let fault = outcome.as_ref().err();
        self.steps.push(StepReport {
            step,
            outcome: if fault.is_none() { Outcome::Passed } else { Outcome::Failed },
            duration_ms: milliseconds(begun.elapsed()),
            code: fault.map(|fault| fault.code.to_owned()),
            detail: fault.map(|fault| fault.detail.clone()),
        });
        outcome.ok()
    }

    /// Notes a step that this connection does not have, and why.
    pub fn skip(&mut self, step: Step, code: &'static str, detail: &str) {
        self.steps.push(skipped(step, code, detail));
    }

    /// The report; those of `all` that were not reached are noted as such.
    #[must_use]
    pub fn finish(mut self, all: &[Step]) -> ConnectionReport {
        let missing: Vec<Step> = all
            .iter()
            .copied()
            .filter(|step| !self.steps.iter().any(|tried| tried.step == *step))
            .collect();
        self.steps.extend(
            missing.into_iter().map(|step| skipped(step, "not_reached", "an earlier step failed")),
        );
        let ended = |outcome| self.steps.iter().any(|step| step.outcome == outcome);
        ConnectionReport {
            passed: ended(Outcome::Passed) && !ended(Outcome::Failed),
            duration_ms: milliseconds(self.begun.elapsed()),
            steps: self.steps,
        }
    }
}

fn skipped(step: Step, code: &str, detail: &str) -> StepReport {
    StepReport {
        step,
        outcome: Outcome::Skipped,
        duration_ms: 0,
        code: Some(code.to_owned()),
        detail: Some(detail.to_owned()),
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_tried_after_the_first_failure() {
        let mut trial = Trial::default();
        assert_eq!(trial.step(Step::Dns, async { Ok(7) }).await, Some(7));
        let failed = async { Err::<(), _>(Fault::new("unreachable", "nobody answers")) };
        assert_eq!(trial.step(Step::Tcp, failed).await, None);
        let report = trial.finish(&[Step::Dns, Step::Tcp, Step::Auth]);
        assert!(!report.passed);
        assert_eq!(report.failure().map(|step| step.step), Some(Step::Tcp));
        let outcomes: Vec<Outcome> = report.steps.iter().map(|step| step.outcome).collect();
        assert_eq!(outcomes, [Outcome::Passed, Outcome::Failed, Outcome::Skipped]);
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_with_the_time_that_is_left() {
        let mut trial = Trial::within(Duration::from_millis(50));
        let silence = std::future::pending::<Result<(), Fault>>();
        assert_eq!(trial.step(Step::Auth, silence).await, None);
        assert_eq!(trial.finish(&[]).steps[0].code.as_deref(), Some("timeout"));
    }
}

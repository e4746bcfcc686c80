//! A circuit breaker: after repeated failures callers are refused at once, until a single probe succeeds.
//!
//! Closed → open after `failures` within `window`; open → half-open after `open_for`; half-open lets exactly one
//! probe through, which closes or opens it again. A probe whose caller vanished counts as failed.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::NetSettings;
use crate::kernel::{SharedClock, saturating_i64};

/// When a breaker opens, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct BreakerSettings {
    /// Failures that open it.
    pub failures: usize,
    /// Within this time.
    pub window: TimeDelta,
    /// Time it stays open before a probe.
    pub open_for: TimeDelta,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self { failures: 5, window: TimeDelta::seconds(30), open_for: TimeDelta::seconds(10) }
    }
}

impl From<&NetSettings> for BreakerSettings {
    fn from(settings: &NetSettings) -> Self {
        let time = |milliseconds: u64| TimeDelta::milliseconds(saturating_i64(milliseconds));
        Self {
            failures: settings.circuit_failures,
            window: time(settings.circuit_window_ms),
            open_for: time(settings.circuit_open_ms),
        }
    }
}

/// Refused: the other side failed too often just now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is failing; not called until {retry_at}")]
pub struct Open {
    /// The breaker's name.
    pub name: &'static str,
    /// When a probe may be tried.
    pub retry_at: DateTime<Utc>,
}

impl Open {
    /// Time until a probe may be tried.
    #[must_use]
    pub fn wait(&self, now: DateTime<Utc>) -> Duration {
        (self.retry_at - now).to_std().unwrap_or_default()
    }
}

/// Guards the calls to one outside system. Clones share its state.
#[derive(Clone)]
pub struct Breaker {
    name: &'static str,
    settings: BreakerSettings,
    clock: SharedClock,
    state: Arc<Mutex<State>>,
    /// One of many of its name: then the metric counts those that are not closed.
    one_of_many: bool,
}

#[derive(Debug)]
enum State {
    Closed {
        failures: VecDeque<DateTime<Utc>>,
    },
    Open {
        until: DateTime<Utc>,
    },
    /// The generation tells this probe's report from late reports of calls that began before.
    HalfOpen {
        probe: u64,
    },
}

/// Permission for one call. Report its outcome; a probe dropped without a report counts as failed.
#[must_use = "report the outcome of the call"]
#[derive(Debug)]
pub struct Call {
    breaker: Breaker,
    probe: Option<u64>,
    reported: bool,
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breaker")
            .field("name", &self.name)
            .field("state", &*self.state())
            .finish_non_exhaustive()
    }
}

impl Breaker {
    /// A closed breaker. `name` labels the metric `circuit_state` (0 closed, 1 half-open, 2 open).
    pub fn new(name: &'static str, settings: BreakerSettings, clock: SharedClock) -> Self {
        let breaker = Self::silent(name, settings, clock, false);
        breaker.show(&breaker.state());
        breaker
    }

    pub(super) fn silent(
        name: &'static str,
        settings: BreakerSettings,
        clock: SharedClock,
        one_of_many: bool,
    ) -> Self {
        let state = Arc::new(Mutex::new(State::Closed { failures: VecDeque::new() }));
        Self { name, settings, clock, state, one_of_many }
    }

    /// True when nothing speaks against the other side; then forgetting the breaker forgets nothing.
    pub(super) fn at_rest(&self) -> bool {
        matches!(&*self.state(), State::Closed { failures } if failures.is_empty())
    }

    /// Makes one call; `at_fault` tells the other side's failures from its proper refusals.
    ///
    /// # Errors
    /// What the call fails with, or that it may not be made.
    pub async fn guard<T, E: From<Open>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
        at_fault: impl FnOnce(&E) -> bool,
    ) -> Result<T, E> {
        let call = self.enter()?;
        let outcome = work.await;
        match &outcome {
            Err(error) if at_fault(error) => call.failed(),
            Ok(_) | Err(_) => call.succeeded(),
        }
        outcome
    }

    /// Asks to make one call.
    ///
    /// # Errors
    /// [`Open`] when it may not be made now.
    pub fn enter(&self) -> Result<Call, Open> {
        let now = self.clock.now();
        let mut state = self.state();
        let probe = match &*state {
            State::Closed { .. } => None,
            State::Open { until } if now < *until => return Err(self.refuse(*until)),
            State::Open { .. } => {
                let probe = rand::random();
                *state = State::HalfOpen { probe };
                self.show(&state);
                Some(probe)
            }
            State::HalfOpen { .. } => return Err(self.refuse(now + self.settings.open_for)),
        };
        Ok(Call { breaker: self.clone(), probe, reported: false })
    }

    fn refuse(&self, retry_at: DateTime<Utc>) -> Open {
        metrics::counter!("circuit_refusals_total", "circuit" => self.name).increment(1);
        Open { name: self.name, retry_at }
    }

    fn report(&self, probe: Option<u64>, succeeded: bool) {
        let now = self.clock.now();
        let mut state = self.state();
        let was_closed = matches!(&*state, State::Closed { .. });
        match (&mut *state, probe) {
            (State::HalfOpen { probe: current }, Some(probe)) if *current == probe => {
                *state = if succeeded {
                    State::Closed { failures: VecDeque::new() }
                } else {
                    State::Open { until: now + self.settings.open_for }
                };
            }
            (State::Closed { failures }, None) if !succeeded => {
                failures.push_back(now);
                while failures.front().is_some_and(|first| *first + self.settings.window <= now) {
                    failures.pop_front();
                }
                if failures.len() >= self.settings.failures {
                    *state = State::Open { until: now + self.settings.open_for };
                }
            }
            // A late report of a call that began in an earlier state decides nothing.
            _ => return,
        }
        let closed = matches!(&*state, State::Closed { .. });
        if self.one_of_many && was_closed != closed {
            let change = if closed { -1.0 } else { 1.0 };
            metrics::gauge!("circuits_open", "circuit" => self.name).increment(change);
        }
        if was_closed && !closed {
            tracing::warn!(circuit = self.name, "circuit opened");
        }
        self.show(&state);
    }

    fn show(&self, state: &State) {
        if self.one_of_many {
            return;
        }
        let value = match state {
            State::Closed { .. } => 0.0,
            State::HalfOpen { .. } => 1.0,
            State::Open { .. } => 2.0,
        };
        metrics::gauge!("circuit_state", "circuit" => self.name).set(value);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is one assignment, so a panic leaves a whole state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    /// The other side answered as it should, or refused for a reason of ours.
    pub fn succeeded(mut self) {
        self.reported = true;
        self.breaker.report(self.probe, true);
    }

    /// The other side failed: no connection, time-out, 5xx.
    pub fn failed(mut self) {
        self.reported = true;
        self.breaker.report(self.probe, false);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // Without a report nobody would end the half-open state; an ordinary call that was cancelled says nothing.
        if !self.reported && self.probe.is_some() {
            self.breaker.report(self.probe, false);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::{Clock, ManualClock};

    fn breaker(clock: &ManualClock) -> Breaker {
        let settings = BreakerSettings {
            failures: 3,
            window: TimeDelta::seconds(10),
            open_for: TimeDelta::seconds(5),
        };
        Breaker::new("test", settings, Arc::new(clock.clone()))
    }

    #[test]
    fn opens_after_failures_and_closes_after_one_good_probe() {
        let clock = ManualClock::at(DateTime::UNIX_EPOCH);
        let breaker = breaker(&clock);
        for _ in 0..3 {
            breaker.enter().unwrap().failed();
        }
        assert_eq!(breaker.enter().unwrap_err().retry_at.timestamp(), 5);
        clock.advance(TimeDelta::seconds(5));
        let probe = breaker.enter().unwrap();
        assert!(breaker.enter().is_err(), "a second probe");
        probe.succeeded();
        let one = breaker.enter().unwrap();
        let two = breaker.enter().unwrap();
        one.succeeded();
        two.succeeded();
    }

    #[test]
    fn old_failures_do_not_count() {
        let clock = ManualClock::at(DateTime::UNIX_EPOCH);
        let breaker = breaker(&clock);
        for _ in 0..5 {
            breaker.enter().unwrap().failed();
            clock.advance(TimeDelta::seconds(6));
        }
        assert!(breaker.enter().is_ok_and(|call| {
            call.succeeded();
            true
        }));
    }

    #[test]
    fn a_vanished_probe_opens_again() {
        let clock = ManualClock::at(DateTime::UNIX_EPOCH);
        let breaker = breaker(&clock);
        for _ in 0..3 {
            breaker.enter().unwrap().failed();
        }
        clock.advance(TimeDelta::seconds(5));
        drop(breaker.enter().unwrap());
        assert!(breaker.enter().is_err());
        clock.advance(TimeDelta::seconds(5));
        breaker.enter().unwrap().succeeded();
    }

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Enter,
        Succeed(usize),
        Fail(usize),
        Vanish(usize),
        Wait(i64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            3 => Just(Step::Enter),
            2 => (0_usize..8).prop_map(Step::Succeed),
            4 => (0_usize..8).prop_map(Step::Fail),
            1 => (0_usize..8).prop_map(Step::Vanish),
            2 => (0_i64..7).prop_map(Step::Wait),
        ];
        prop::collection::vec(step, 0..200)
    }

    proptest! {
        /// Whatever the order of calls and reports: at most one probe is under way, nothing enters before the
        /// open time is over, and with three failures in a window the breaker has opened.
        #[test]
        fn holds_its_promises(steps in steps()) {
            let clock = ManualClock::at(DateTime::UNIX_EPOCH);
            let breaker = breaker(&clock);
            let mut under_way: Vec<Call> = Vec::new();
            for step in steps {
                let open_until = match &*breaker.state() {
                    State::Open { until } => Some(*until),
                    _ => None,
                };
                let report = |under_way: &mut Vec<Call>, at: usize| {
                    (!under_way.is_empty()).then(|| under_way.swap_remove(at % under_way.len()))
                };
                match step {
                    Step::Enter => match breaker.enter() {
                        Ok(call) => {
                            prop_assert!(open_until.is_none_or(|until| clock.now() >= until));
                            under_way.push(call);
                        }
                        Err(_) => {
                            let waits = open_until.is_some_and(|until| clock.now() < until);
                            let probing = matches!(&*breaker.state(), State::HalfOpen { .. });
                            prop_assert!(waits || probing);
                        }
                    },
                    Step::Succeed(at) => report(&mut under_way, at).into_iter().for_each(Call::succeeded),
                    Step::Fail(at) => report(&mut under_way, at).into_iter().for_each(Call::failed),
                    Step::Vanish(at) => drop(report(&mut under_way, at)),
                    Step::Wait(seconds) => clock.advance(TimeDelta::seconds(seconds)),
                }
                let current = match &*breaker.state() {
                    State::HalfOpen { probe } => Some(*probe),
                    State::Closed { failures } => {
                        prop_assert!(failures.len() < 3);
                        None
                    }
                    State::Open { .. } => None,
                };
                let probes = under_way.iter().filter(|call| call.probe.is_some() && call.probe == current).count();
                prop_assert_eq!(probes, usize::from(current.is_some()));
            }
        }
    }
}

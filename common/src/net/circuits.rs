//! One breaker for each server of a kind: a tenant's broken server must not keep the others' from being called.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Breaker, BreakerSettings};
use crate::kernel::SharedClock;

/// Above this many servers those that nothing speaks against are forgotten.
const SERVERS: usize = 1_000;

/// The breakers of all servers of one kind. Clones share them.
#[derive(Clone)]
pub struct Circuits {
    name: &'static str,
    settings: BreakerSettings,
    clock: SharedClock,
    by_server: Arc<Mutex<HashMap<String, Breaker>>>,
}

impl fmt::Debug for Circuits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Circuits").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Circuits {
    /// `name` labels the metric `circuits_open`, which counts the servers that are not called for now; servers' own
    /// names are tenants' business and stay out of metrics.
    #[must_use]
    pub fn new(name: &'static str, settings: BreakerSettings, clock: SharedClock) -> Self {
        metrics::gauge!("circuits_open", "circuit" => name).set(0.0);
        Self { name, settings, clock, by_server: Arc::default() }
    }

    /// The breaker of one server, named by host and port.
    #[must_use]
    pub fn of(&self, server: impl fmt::Display) -> Breaker {
        let mut by_server = self.by_server.lock().unwrap_or_else(PoisonError::into_inner);
        if by_server.len() > SERVERS {
            by_server.retain(|_, breaker| !breaker.at_rest());
        }
        by_server
            .entry(server.to_string())
            .or_insert_with(|| Breaker::silent(self.name, self.settings, self.clock.clone(), true))
            .clone()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::kernel::ManualClock;

    #[test]
    fn one_broken_server_keeps_nobody_from_the_others() {
        let clock = Arc::new(ManualClock::at(DateTime::UNIX_EPOCH));
        let settings = BreakerSettings { failures: 2, ..BreakerSettings::default() };
        let circuits = Circuits::new("test", settings, clock);
        for _ in 0..2 {
            circuits.of("a:22").enter().unwrap().failed();
        }
        assert_eq!(circuits.of("a:22").enter().unwrap_err().name, "test");
        circuits.of("b:22").enter().unwrap().succeeded();
    }

    #[test]
    fn what_speaks_against_a_server_is_not_forgotten() {
        let clock = Arc::new(ManualClock::at(DateTime::UNIX_EPOCH));
        let circuits = Circuits::new("test", BreakerSettings::default(), clock);
        circuits.of("bad:22").enter().unwrap().failed();
        for number in 0..=2 * SERVERS {
            circuits.of(number).enter().unwrap().succeeded();
        }
        assert!(circuits.by_server.lock().unwrap().len() <= SERVERS + 2);
        assert!(!circuits.of("bad:22").at_rest());
    }
}

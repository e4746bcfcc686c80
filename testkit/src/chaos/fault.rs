//! What can happen.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// `kill -9` of a worker, and another one in its place.
    Kill { worker: usize },
    /// SIGSTOP of a worker, SIGCONT after a while.
    Pause { worker: usize, during: Duration },
    /// Every connection to Postgres ends.
    Cut,
    /// No byte passes between the workers and Postgres.
    Hold { during: Duration },
    /// Postgres stops, in good order or not, and starts again.
    Restart { crash: bool },
}

/// Workers that run at the same time.
pub(super) const WORKERS: usize = 3;

impl Fault {
    pub(super) fn draw(random: &mut StdRng) -> Self {
        let worker = random.random_range(0..WORKERS);
        // Some are shorter than a lease and some longer.
        let during = Duration::from_millis(random.random_range(300..6_000));
        match random.random_range(0..100) {
            0..40 => Self::Kill { worker },
            40..65 => Self::Pause { worker, during },
            65..85 => Self::Cut,
            85..95 => Self::Hold { during: during / 2 },
            _ => Self::Restart { crash: random.random() },
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Kill { .. } => "kill -9",
            Self::Pause { .. } => "SIGSTOP and SIGCONT",
            Self::Cut => "connections cut",
            Self::Hold { .. } => "connections held",
            Self::Restart { crash: false } => "Postgres restarted",
            Self::Restart { crash: true } => "Postgres crashed",
        }
    }
}

/// How often each happened.
#[derive(Debug, Default)]
pub(super) struct Counts(BTreeMap<&'static str, u32>);

impl Counts {
    pub(super) fn add(&mut self, fault: &Fault) {
        *self.0.entry(fault.name()).or_default() += 1;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<_> = self.0.iter().map(|(name, count)| format!("{count} {name}")).collect();
        f.write_str(&counts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn a_seed_always_brings_the_same_faults() {
        let faults = |seed| {
            let mut random = StdRng::seed_from_u64(seed);
            (0..200).map(|_| Fault::draw(&mut random)).collect::<Vec<_>>()
        };
        assert_eq!(faults(7), faults(7));
        assert_ne!(faults(7), faults(8));
        let mut counts = Counts::default();
        faults(7).iter().for_each(|fault| counts.add(fault));
        assert_eq!(counts.0.len(), 6, "every kind of fault: {counts}");
    }
}

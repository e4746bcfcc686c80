//! Exponential back-off with full jitter.

use std::time::Duration;

use rand::Rng;

/// Delays of `base · 2ⁿ`, capped, each drawn evenly from zero to that bound
/// (the "full jitter" of the AWS Architecture Blog, 2015).
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    pub base: Duration,
    pub cap: Duration,
}

impl Backoff {
    /// The bound before jitter for the attempt after `failures` failures, from 1.
    #[must_use]
    pub fn bound(&self, failures: u32) -> Duration {
        let doubled = 2u32.saturating_pow(failures.saturating_sub(1));
        self.base.saturating_mul(doubled).min(self.cap)
    }

    /// A delay to wait after `failures` failures.
    pub fn delay(&self, failures: u32, random: &mut impl Rng) -> Duration {
        self.bound(failures).mul_f64(random.random::<f64>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    const POLICY: Backoff = Backoff { base: Duration::from_secs(1), cap: Duration::from_secs(32) };

    #[test]
    fn bound_doubles_up_to_the_cap() {
        let bounds: Vec<_> = (1..=7).map(|n| POLICY.bound(n).as_secs()).collect();
        assert_eq!(bounds, [1, 2, 4, 8, 16, 32, 32]);
    }

    proptest! {
        #[test]
        fn delay_never_exceeds_its_bound(seed: u64, failures: u32) {
            let mut random = StdRng::seed_from_u64(seed);
            prop_assert!(POLICY.delay(failures, &mut random) <= POLICY.bound(failures));
        }
    }
}

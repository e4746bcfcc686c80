//! One limit, by the generic cell rate algorithm: a burst, refilled evenly.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use moka::sync::Cache;

use super::shown::{Shown, show, show_refusal};
use crate::http::ApiError;
use crate::kernel::SharedClock;

/// Keys whose use is remembered, the most used ones first: whoever floods with ever new keys costs no more memory,
/// and does not make the process forget a key that is used in earnest.
const KEYS: u64 = 20_000;

/// The quota is used up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at most {burst} of these in {window_seconds} s")]
pub struct TooMany {
    burst: u32,
    window_seconds: u64,
    /// Until one more request passes.
    pub retry_after_seconds: u64,
}

impl From<TooMany> for ApiError {
    fn from(error: TooMany) -> Self {
        Self::too_many(error.retry_after_seconds, error.to_string())
    }
}

type Usage = RateLimiter<NotKeyed, InMemoryState, Ticks, StateInformationMiddleware>;

/// One limit, for example "5 connection tests a minute for each tenant".
pub struct RateLimit {
    name: &'static str,
    burst: NonZeroU32,
    window: Duration,
    quota: Quota,
    usage: Cache<String, Arc<Usage>>,
    clock: Ticks,
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit")
            .field("name", &self.name)
            .field("burst", &self.burst)
            .finish_non_exhaustive()
    }
}

impl RateLimit {
    /// `burst` requests at once, refilled evenly over `window`.
    pub fn new(
        name: &'static str,
        burst: NonZeroU32,
        window: Duration,
        clock: SharedClock,
    ) -> Self {
        // A window too short to divide means no limit worth the name; one nanosecond keeps it defined.
        let refill = (window / burst.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(refill)
            .unwrap_or_else(|| Quota::per_second(burst))
            .allow_burst(burst);
        // After a window without requests the whole burst is there again: nothing is lost by forgetting.
        let usage = Cache::builder().max_capacity(KEYS).time_to_idle(window).build();
        Self { name, burst, window, quota, usage, clock: Ticks(clock) }
    }

    /// As [`Self::count`], for handlers.
    ///
    /// # Errors
    /// 429 with `Retry-After` when the quota is used up.
    pub fn check(&self, key: impl fmt::Display) -> Result<(), ApiError> {
        Ok(self.count(key)?)
    }

    /// Counts one request of `key` (a tenant, a session, an address).
    ///
    /// # Errors
    /// When the quota is used up.
    pub fn count(&self, key: impl fmt::Display) -> Result<(), TooMany> {
        let fresh =
            || Arc::new(RateLimiter::new(self.quota, InMemoryState::default(), self.clock.clone()));
        let usage = self.usage.get_with(key.to_string(), fresh);
        match usage.check() {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let used = self.burst.get().saturating_sub(remaining);
                show(remaining, || self.shown(remaining, self.window / self.burst.get() * used));
                Ok(())
            }
            Err(refused) => {
                let wait = refused.wait_time_from(self.clock.now());
                show_refusal(|| self.shown(0, wait));
                Err(TooMany {
                    burst: self.burst.get(),
                    window_seconds: self.window.as_secs(),
                    retry_after_seconds: whole_seconds(wait).max(1),
                })
            }
        }
    }

    fn shown(&self, remaining: u32, until: Duration) -> Shown {
        Shown {
            remaining,
            limit: format!("\"{}\";r={remaining};t={}", self.name, whole_seconds(until)),
            policy: format!("\"{}\";q={};w={}", self.name, self.burst, self.window.as_secs()),
        }
    }
}

/// Rounded up: a client that waits this long is not refused again.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// Our clock as the limiter reads it.
#[derive(Debug, Clone)]
struct Ticks(SharedClock);

impl GovernorClock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        // Before 1970 and after 2554 every request counts as made at the same instant.
        Nanos::from(
            self.0
                .now()
                .timestamp_nanos_opt()
                .and_then(|nanos| u64::try_from(nanos).ok())
                .unwrap_or(0),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::kernel::{ManualClock, SystemClock};

    #[test]
    fn refills_evenly_and_tells_when() {
        let clock = ManualClock::at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let limit = RateLimit::new(
            "tests",
            NonZeroU32::new(5).unwrap(),
            Duration::from_secs(60),
            Arc::new(clock.clone()),
        );
        for _ in 0..5 {
            limit.check("alpha").unwrap();
        }
        let refused = limit.check("alpha").unwrap_err();
        assert_eq!(refused.status().as_u16(), 429);
        assert_eq!(refused.headers()[0].1, "12");
        limit.check("beta").unwrap();
        clock.advance(TimeDelta::seconds(11));
        assert!(limit.check("alpha").is_err());
        clock.advance(TimeDelta::seconds(1));
        limit.check("alpha").unwrap();
        assert!(limit.check("alpha").is_err());
    }

    #[test]
    fn ever_new_keys_take_no_more_memory_and_reset_nobody() {
        let burst = NonZeroU32::new(3).unwrap();
        let limit =
            RateLimit::new("tests", burst, Duration::from_secs(3_600), Arc::new(SystemClock));
        for flood in 0..KEYS * 5 {
            limit.count(flood).unwrap();
            if flood % 100 == 0 {
                let _ = limit.count("guesser");
            }
        }
        limit.usage.run_pending_tasks();
        assert!(limit.usage.entry_count() <= KEYS, "{}", limit.usage.entry_count());
        limit.count("guesser").unwrap_err();
    }
}

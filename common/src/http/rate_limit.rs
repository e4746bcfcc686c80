//! Rate limits, counted in the memory of one process: with N processes behind a balancer a caller gets up to N
//! times the quota. That is enough against floods and guessing; what must hold exactly is counted in the database.

use std::cell::RefCell;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use poem::Response;
use poem::http::{HeaderName, HeaderValue};

use super::ApiError;
use crate::kernel::SharedClock;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Above this many keys those that are full again are forgotten.
const KEYS: usize = 10_000;

tokio::task_local! {
    /// State of the tightest limit the current request was counted against; the envelope shows it.
    static SHOWN: RefCell<Option<Shown>>;
}

#[derive(Debug, Clone)]
struct Shown {
    remaining: u32,
    limit: String,
    policy: String,
}

/// One limit, for example "5 connection tests a minute for each tenant".
pub struct RateLimit {
    name: &'static str,
    burst: NonZeroU32,
    window: Duration,
    limiter: RateLimiter<String, HashMapStateStore<String>, Ticks, StateInformationMiddleware>,
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
        let clock = Ticks(clock);
        // A window too short to divide means no limit worth the name; one nanosecond keeps it defined.
        let refill = (window / burst.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(refill)
            .unwrap_or_else(|| Quota::per_second(burst))
            .allow_burst(burst);
        let limiter = RateLimiter::new(quota, HashMapStateStore::default(), clock.clone());
        Self { name, burst, window, limiter, clock }
    }

    /// Counts one request of `key` (a tenant, a session, an address).
    ///
    /// # Errors
    /// 429 with `Retry-After` when the quota is used up.
    pub fn check(&self, key: impl fmt::Display) -> Result<(), ApiError> {
        if self.limiter.len() > KEYS {
            self.limiter.retain_recent();
        }
        match self.limiter.check_key(&key.to_string()) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let used = self.burst.get().saturating_sub(remaining);
                self.show(remaining, self.window / self.burst.get() * used);
                Ok(())
            }
            Err(refused) => {
                let wait = refused.wait_time_from(self.clock.now());
                self.show(0, wait);
                let seconds = whole_seconds(wait).max(1);
                let detail =
                    format!("at most {} of these in {} s", self.burst, self.window.as_secs());
                Err(ApiError::too_many(seconds, detail))
            }
        }
    }

    fn show(&self, remaining: u32, until: Duration) {
        let shown = Shown {
            remaining,
            limit: format!("\"{}\";r={remaining};t={}", self.name, whole_seconds(until)),
            policy: format!("\"{}\";q={};w={}", self.name, self.burst, self.window.as_secs()),
        };
        // Outside a request (a CLI verb, a test) there is nobody to show it to.
        let _ = SHOWN.try_with(|slot| {
            let mut slot = slot.borrow_mut();
            if slot.as_ref().is_none_or(|tightest| shown.remaining < tightest.remaining) {
                *slot = Some(shown);
            }
        });
    }
}

/// Rounded up: a client that waits this long is not refused again.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// Runs a request so that the limits it meets are remembered.
pub(crate) async fn observed<F: Future>(work: F) -> F::Output {
    SHOWN.scope(RefCell::new(None), work).await
}

/// Adds `RateLimit` and `RateLimit-Policy` for the tightest limit the request met.
pub(crate) fn reveal(response: &mut Response) {
    let shown = SHOWN.try_with(|slot| slot.borrow().clone()).ok().flatten();
    let Some(shown) = shown else { return };
    for (name, value) in [(RATE_LIMIT, shown.limit), (RATE_LIMIT_POLICY, shown.policy)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
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
    use crate::kernel::ManualClock;

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
}

//! When an open cart counts as abandoned. Decided at read, so that new thresholds rewrite nothing.

use chrono::{DateTime, TimeDelta, Utc};

/// The tenant's thresholds, fixed to how far the data reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbandonmentRule {
    /// Last cart events before this instant are old enough, in Unix microseconds.
    pub before_micros: i64,
    /// A purchase this long after the last cart event still recovers the cart.
    pub window_micros: i64,
}

/// The last state of a session's cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CartState {
    pub open: bool,
    pub last_cart_micros: i64,
    /// First purchase by the session, its client or its known user.
    pub recovered_micros: Option<i64>,
}

impl AbandonmentRule {
    #[must_use]
    pub fn new(data_through: DateTime<Utc>, cart_grace: TimeDelta, window: TimeDelta) -> Self {
        Self {
            before_micros: (data_through - cart_grace).timestamp_micros(),
            window_micros: window.num_microseconds().unwrap_or(i64::MAX),
        }
    }

    /// The same condition stands in `store/cart.sql`; a test holds the two together.
    #[must_use]
    pub fn abandoned(&self, cart: &CartState) -> bool {
        cart.open
            && cart.last_cart_micros < self.before_micros
            && cart
                .recovered_micros
                .is_none_or(|at| at.saturating_sub(cart.last_cart_micros) > self.window_micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;
    const HOUR: i64 = 60 * MINUTE;

    fn rule() -> AbandonmentRule {
        let through = DateTime::from_timestamp_micros(100 * HOUR).unwrap();
        AbandonmentRule::new(through, TimeDelta::minutes(60), TimeDelta::hours(24))
    }

    fn cart(last_cart_micros: i64, recovered_micros: Option<i64>) -> CartState {
        CartState { open: true, last_cart_micros, recovered_micros }
    }

    #[test]
    fn a_cart_is_abandoned_once_it_rested_for_the_grace_time() {
        assert!(rule().abandoned(&cart(99 * HOUR - 1, None)));
        assert!(!rule().abandoned(&cart(99 * HOUR, None)));
    }

    #[test]
    fn a_purchase_within_the_window_recovers_it() {
        assert!(!rule().abandoned(&cart(10 * HOUR, Some(34 * HOUR))));
        assert!(rule().abandoned(&cart(10 * HOUR, Some(34 * HOUR + 1))));
    }

    #[test]
    fn a_purchase_in_the_session_before_the_last_cart_event_recovers_it_too() {
        assert!(!rule().abandoned(&cart(10 * HOUR, Some(9 * HOUR))));
    }

    #[test]
    fn an_emptied_cart_is_not_abandoned() {
        assert!(!rule().abandoned(&CartState { open: false, ..cart(HOUR, None) }));
    }
}

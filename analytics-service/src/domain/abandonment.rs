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

/// Why a cart that was abandoned is not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// By the session, its client or its known user.
    Bought {
        at_micros: i64,
    },
    Emptied,
    /// No loaded day has it any more.
    Unloaded,
}

impl AbandonmentRule {
    #[must_use]
    pub fn new(data_through: DateTime<Utc>, cart_grace: TimeDelta, window: TimeDelta) -> Self {
        Self {
            before_micros: (data_through - cart_grace).timestamp_micros(),
            window_micros: window.num_microseconds().unwrap_or(i64::MAX),
        }
    }

    /// The same condition stands in `store/query/cart.rs` and `store/sql/abandoned_carts.sql`; tests hold them together.
    #[must_use]
    pub fn abandoned(&self, cart: &CartState) -> bool {
        cart.last_cart_micros < self.before_micros && self.gone(Some(cart)).is_none()
    }

    /// What became of a cart, if it is none to ask about. One that does not rest long enough yet may still become one.
    #[must_use]
    pub fn gone(&self, cart: Option<&CartState>) -> Option<Gone> {
        let Some(cart) = cart else { return Some(Gone::Unloaded) };
        let in_time = |at: &i64| at.saturating_sub(cart.last_cart_micros) <= self.window_micros;
        match cart.recovered_micros.filter(in_time) {
            Some(at_micros) => Some(Gone::Bought { at_micros }),
            None => (!cart.open).then_some(Gone::Emptied),
        }
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

    #[test]
    fn what_became_of_a_cart_is_told() {
        let bought = cart(10 * HOUR, Some(34 * HOUR));
        assert_eq!(rule().gone(Some(&bought)), Some(Gone::Bought { at_micros: 34 * HOUR }));
        let emptied = CartState { open: false, ..cart(HOUR, None) };
        assert_eq!(rule().gone(Some(&emptied)), Some(Gone::Emptied));
        assert_eq!(rule().gone(None), Some(Gone::Unloaded));
        let touched_again = cart(99 * HOUR, None);
        assert!(!rule().abandoned(&touched_again));
        assert_eq!(rule().gone(Some(&touched_again)), None, "it is still there");
    }
}

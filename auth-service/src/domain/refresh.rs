//! What presenting a refresh token means.

use chrono::{DateTime, TimeDelta, Utc};

/// A client that refreshes in several places at once, or whose answer got lost, comes again
/// within this time after the first use.
pub const GRACE: TimeDelta = TimeDelta::seconds(10);

/// What is stored about a presented token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    pub used_at: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
    /// The token, its family or its session was revoked.
    pub revoked: bool,
}

/// What is done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A successor is handed out.
    Rotate,
    /// It is in two hands: the family ends.
    Reuse,
    Refuse,
}

/// Judges a token at an instant.
#[must_use]
pub fn judge(token: Presented, now: DateTime<Utc>) -> Verdict {
    if token.revoked || now >= token.expires_at {
        return Verdict::Refuse;
    }
    match token.used_at {
        None => Verdict::Rotate,
        Some(used) if now - used <= GRACE => Verdict::Rotate,
        Some(_) => Verdict::Reuse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_token_is_good_for_ten_seconds_more() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let fresh =
            Presented { used_at: None, expires_at: now + TimeDelta::days(1), revoked: false };
        let used =
            |seconds| Presented { used_at: Some(now - TimeDelta::seconds(seconds)), ..fresh };
        for (token, verdict) in [
            (fresh, Verdict::Rotate),
            (used(0), Verdict::Rotate),
            (used(10), Verdict::Rotate),
            (used(11), Verdict::Reuse),
            (Presented { expires_at: now, ..fresh }, Verdict::Refuse),
            (Presented { expires_at: now, ..used(60) }, Verdict::Refuse),
            (Presented { revoked: true, ..fresh }, Verdict::Refuse),
            (Presented { revoked: true, ..used(60) }, Verdict::Refuse),
        ] {
            assert_eq!(judge(token, now), verdict, "{token:?}");
        }
    }
}

//! The life of one message to one recipient.

use std::fmt;
use std::str::FromStr;

/// `queued → sending → sent | written | failed`, or `skipped`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// Not handed over yet, or refused for now.
    Queued,
    /// On its way. Found in this state by a later attempt, nobody knows whether it arrived.
    Sending,
    /// Taken by the mail server.
    Sent,
    /// Written to a file, because no mail server is configured.
    Written,
    Failed,
    /// Not sent on purpose.
    Skipped,
}

/// A state that this binary does not know.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no state of a delivery")]
pub struct UnknownState(String);

impl DeliveryState {
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Sending, Self::Sent, Self::Written, Self::Failed, Self::Skipped];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Written => "written",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    /// Nothing is left to do.
    #[must_use]
    pub const fn settled(self) -> bool {
        matches!(self, Self::Sent | Self::Written | Self::Skipped)
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DeliveryState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| UnknownState(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_reads_back() {
        for state in DeliveryState::ALL {
            assert_eq!(state.as_str().parse::<DeliveryState>().unwrap(), state);
        }
        assert!("lost".parse::<DeliveryState>().is_err());
    }
}

//! The states of jobs and steps, as the database and the API spell them.

use std::fmt;
use std::str::FromStr;

/// A state text this binary does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a known state")]
pub struct UnknownState(pub String);

macro_rules! states {
    ($(#[$doc:meta])* $name:ident { $($variant:ident => $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($variant),+ }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl FromStr for $name {
            type Err = UnknownState;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    other => Err(UnknownState(other.to_owned())),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

states! {
    /// Where a whole job stands.
    JobState {
        Pending => "pending",
        Running => "running",
        Paused => "paused",
        Succeeded => "succeeded",
        SucceededWithRejects => "succeeded_with_rejects",
        Failed => "failed",
        Cancelled => "cancelled",
    }
}

states! {
    /// Where one step stands.
    StepState {
        Waiting => "waiting",
        Ready => "ready",
        Running => "running",
        Done => "done",
        Failed => "failed",
        Skipped => "skipped",
        Cancelled => "cancelled",
    }
}

impl JobState {
    /// No step of the job will ever run again.
    #[must_use]
    pub const fn finished(self) -> bool {
        !matches!(self, Self::Pending | Self::Running | Self::Paused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_round_trip_through_text() {
        assert!(JobState::ALL.iter().all(|s| s.as_str().parse() == Ok(*s)));
        assert!(StepState::ALL.iter().all(|s| s.as_str().parse() == Ok(*s)));
        assert_eq!("done".parse::<JobState>(), Err(UnknownState("done".to_owned())));
    }
}

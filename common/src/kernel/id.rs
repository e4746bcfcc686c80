//! Identifiers. Each is a UUIDv7 in its own type, so that a job id cannot stand where a tenant id
//! belongs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Text that is no UUID.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a valid identifier")]
pub struct ParseIdError;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new identifier, ordered by creation time.
            #[must_use]
            pub fn mint() -> Self {
                Self(Uuid::now_v7())
            }

            #[must_use]
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self).map_err(|_| ParseIdError)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

ids! {
    /// A company that uses the product. Everything else belongs to one.
    TenantId,
    /// Someone who logs in, known by issuer and subject.
    PersonId,
    /// A browser session.
    SessionId,
    /// One login between its start and the provider's answer.
    AttemptId,
    /// A token signing key.
    KeyId,
    /// A machine's credential.
    ApiKeyId,
    /// A way into a tenant for someone who is no member yet.
    InvitationId,
    /// A graph of steps.
    JobId,
    /// One leased piece of a job.
    StepId,
    /// A step that used up its attempts.
    DeadLetterId,
    /// A job that comes again and again.
    ScheduleId,
    /// One copy of a source table into staging.
    LoadId,
    /// One rendering of a report for one period.
    ReportRunId,
    /// One message to one recipient.
    DeliveryId,
    /// Something to do that remembers what happened to it.
    ActionItemId,
    /// One HTTP request, in every log line it causes.
    RequestId,
}

impl TenantId {
    /// The reserved tenant that owns jobs and events without one.
    pub const SYSTEM: Self = Self(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_round_trips_through_text() {
        let id = TenantId::mint();
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn id_refuses_other_text() {
        assert_eq!("tenant-1".parse::<TenantId>(), Err(ParseIdError));
    }
}

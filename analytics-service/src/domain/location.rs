//! What a location code is to the tenant, and how many locations it may have.

/// The code of sessions without a branch.
pub const UNASSIGNED: &str = "(unassigned)";

/// Locations of the master data that are read at once.
pub const MOST_LOCATIONS: usize = 20_000;

/// More locations than can be looked at together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the master data has more than {MOST_LOCATIONS} locations")]
pub struct TooManyLocations;

/// Whether master data knows a code that was observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LocationState {
    Known,
    /// Observed, but in no master data.
    Unknown,
    /// Not a code: what belongs to no branch.
    Unassigned,
}

impl LocationState {
    #[must_use]
    pub fn of(code: &str, in_master_data: bool) -> Self {
        match code {
            UNASSIGNED => Self::Unassigned,
            _ if in_master_data => Self::Known,
            _ => Self::Unknown,
        }
    }
}

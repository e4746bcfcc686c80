//! What a location code is to the tenant.

/// The code of sessions without a branch.
pub const UNASSIGNED: &str = "(unassigned)";

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

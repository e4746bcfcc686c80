//! The states of a tenant, and the ways between them.

use chrono::{DateTime, TimeDelta, Utc};

/// Whether a tenant works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Active,
    /// All access stops and no job starts.
    Suspended,
    /// As suspended, until its rows are erased.
    Deleting,
    /// Only its audit trail is left.
    Deleted,
}

/// What an operator wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    Suspend,
    /// Also takes a deletion back, as long as nothing was erased.
    Resume,
    /// Erases everything after the grace period.
    Delete {
        grace: TimeDelta,
    },
}

/// A state and, for a deletion, the end of its grace period.
pub type Life = (State, Option<DateTime<Utc>>);

/// The tenant's rows are gone, or are going right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLate;

impl State {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
        }
    }

    /// None for a state this binary does not know.
    #[must_use]
    pub fn stored(text: &str) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Deleting, Self::Deleted]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// What becomes of a tenant; none when it is so already.
///
/// # Errors
/// [`TooLate`] after the grace period.
pub fn next(before: Life, wish: Wish, now: DateTime<Utc>) -> Result<Option<Life>, TooLate> {
    let (state, delete_after) = before;
    let erasing = state == State::Deleting && delete_after.is_none_or(|end| now >= end);
    if state == State::Deleted || erasing {
        return Err(TooLate);
    }
    let after = match (wish, state) {
        (Wish::Suspend, State::Active) => (State::Suspended, None),
        (Wish::Resume, State::Suspended | State::Deleting) => (State::Active, None),
        (Wish::Delete { grace }, State::Active | State::Suspended) => {
            (State::Deleting, Some(now + grace))
        }
        // A deletion under way is more than a suspension, and keeps its date.
        _ => before,
    };
    Ok((after != before).then_some(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deletion_can_be_taken_back_until_its_grace_is_over() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let (later, grace) = (now + TimeDelta::days(30), TimeDelta::days(30));
        let (active, suspended) = ((State::Active, None), (State::Suspended, None));
        let deleting = (State::Deleting, Some(later));
        let delete = Wish::Delete { grace };
        for (before, wish, at, expected) in [
            (active, Wish::Suspend, now, Ok(Some(suspended))),
            (suspended, Wish::Suspend, now, Ok(None)),
            (suspended, Wish::Resume, now, Ok(Some(active))),
            (active, Wish::Resume, now, Ok(None)),
            (active, delete, now, Ok(Some(deleting))),
            (suspended, delete, now, Ok(Some(deleting))),
            (deleting, delete, now + TimeDelta::days(1), Ok(None)),
            (deleting, Wish::Suspend, now, Ok(None)),
            (deleting, Wish::Resume, now, Ok(Some(active))),
            (deleting, Wish::Resume, later, Err(TooLate)),
            ((State::Deleted, None), Wish::Resume, now, Err(TooLate)),
        ] {
            assert_eq!(next(before, wish, at), expected, "{before:?} {wish:?}");
        }
    }
}

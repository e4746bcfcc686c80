//! How far an item is.

use super::UnknownWord;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Draft,
    /// To be done.
    Incomplete,
    /// Somebody is at it.
    InProgress,
    Complete,
    /// Nobody will do it, for the reason in the note.
    Cancelled,
    /// It need not be done any more.
    Skipped,
}

impl Status {
    pub const ALL: [Self; 6] = [
        Self::Draft,
        Self::Incomplete,
        Self::InProgress,
        Self::Complete,
        Self::Cancelled,
        Self::Skipped,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Incomplete => "incomplete",
            Self::InProgress => "in_progress",
            Self::Complete => "complete",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }

    /// Nobody has begun, and somebody still may.
    #[must_use]
    pub const fn not_started(self) -> bool {
        matches!(self, Self::Draft | Self::Incomplete)
    }
}

impl TryFrom<String> for Status {
    type Error = UnknownWord;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownWord(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_reads_back() {
        for status in Status::ALL {
            assert_eq!(Status::try_from(status.as_str().to_owned()), Ok(status));
        }
        assert_eq!(Status::try_from("lost".to_owned()), Err(UnknownWord("lost".to_owned())));
    }
}

//! Branch-scoped membership: whose data a member sees.

use std::sync::Arc;

/// The branches a member may see, by location code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Locations {
    #[default]
    All,
    Only(Arc<[String]>),
}

impl Locations {
    /// As stored with the membership; NULL means all.
    #[must_use]
    pub fn stored(codes: Option<Vec<String>>) -> Self {
        codes.map_or(Self::All, |codes| Self::Only(codes.into()))
    }

    /// Whether data of this branch may be shown.
    #[must_use]
    pub fn permit(&self, code: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(codes) => codes.iter().any(|known| known == code),
        }
    }

    /// False when the whole tenant's data may be shown.
    #[must_use]
    pub const fn restricted(&self) -> bool {
        matches!(self, Self::Only(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_scoped_member_sees_their_branches_only() {
        let two = Locations::stored(Some(vec!["B1".to_owned(), "B2".to_owned()]));
        assert!(two.restricted() && two.permit("B1") && two.permit("B2"));
        assert!(!two.permit("B3") && !two.permit("") && !two.permit("b1"));
        let none = Locations::stored(Some(Vec::new()));
        assert!(none.restricted() && !none.permit("B1"));
        let all = Locations::stored(None);
        assert!(!all.restricted() && all.permit("anything"));
    }
}

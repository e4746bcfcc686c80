//! What a member of a tenant may do.

use std::fmt;
use std::str::FromStr;

/// Owner > admin > analyst > viewer. A service account does what an analyst does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Owner,
    Admin,
    Analyst,
    Viewer,
    ServiceAccount,
}

/// Text that names no role.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a role")]
pub struct UnknownRole;

impl Role {
    pub const ALL: [Self; 5] =
        [Self::Owner, Self::Admin, Self::Analyst, Self::Viewer, Self::ServiceAccount];

    /// True when this role may do whatever `needed` may.
    #[must_use]
    pub const fn covers(self, needed: Self) -> bool {
        self.rank() >= needed.rank()
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Owner => 4,
            Self::Admin => 3,
            Self::Analyst | Self::ServiceAccount => 2,
            Self::Viewer => 1,
        }
    }

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Analyst => "analyst",
            Self::Viewer => "viewer",
            Self::ServiceAccount => "service_account",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_cover_the_ones_below_them() {
        for (role, covered) in [
            (Role::Owner, vec![Role::Owner, Role::Admin, Role::Analyst, Role::Viewer]),
            (Role::Admin, vec![Role::Admin, Role::Analyst, Role::Viewer]),
            (Role::Analyst, vec![Role::Analyst, Role::Viewer]),
            (Role::ServiceAccount, vec![Role::Analyst, Role::Viewer]),
            (Role::Viewer, vec![Role::Viewer]),
        ] {
            for needed in [Role::Owner, Role::Admin, Role::Analyst, Role::Viewer] {
                assert_eq!(role.covers(needed), covered.contains(&needed), "{role} {needed}");
            }
        }
    }

    #[test]
    fn role_round_trips_through_text() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert_eq!("root".parse::<Role>(), Err(UnknownRole));
    }
}

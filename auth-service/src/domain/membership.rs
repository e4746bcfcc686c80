//! Who may change whose place in a tenant, and what must not happen.

use common::auth::Role;

use super::branches::check_locations;
use super::issue::Issue;

/// A person's place in a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub role: Role,
    pub suspended: bool,
    /// Branch codes; none means all.
    pub locations: Option<Vec<String>>,
}

/// A change of a place that is not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody would be left who may do everything.
    LastOwner,
    /// Only owners make, change and remove owners.
    OwnersOnly,
    Unacceptable(Issue),
}

impl Place {
    /// As answers and the audit trail say it: whether they see all branches, and else which.
    #[must_use]
    pub fn branches(&self) -> (bool, &[String]) {
        (self.locations.is_none(), self.locations.as_deref().unwrap_or_default())
    }

    const fn owns(&self) -> bool {
        matches!(self.role, Role::Owner) && !self.suspended
    }
}

/// Judges a change, or a removal when `after` is none. `other_owners` counts the owners besides
/// this one who are not suspended.
///
/// # Errors
/// Why the change is not made.
pub fn check_change(
    actor: Role,
    before: &Place,
    after: Option<&Place>,
    other_owners: i64,
) -> Result<(), Refusal> {
    let touches_owner =
        before.role == Role::Owner || after.is_some_and(|place| place.role == Role::Owner);
    if touches_owner && actor != Role::Owner {
        return Err(Refusal::OwnersOnly);
    }
    if let Some(place) = after {
        check_locations(place.role, place.locations.as_deref()).map_err(Refusal::Unacceptable)?;
    }
    if before.owns() && !after.is_some_and(Place::owns) && other_owners == 0 {
        return Err(Refusal::LastOwner);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(role: Role) -> Place {
        Place { role, suspended: false, locations: None }
    }

    #[test]
    fn the_last_owner_stays() {
        let owner = place(Role::Owner);
        let admin = place(Role::Admin);
        let suspended = Place { suspended: true, ..owner.clone() };
        for after in [None, Some(&admin), Some(&suspended)] {
            assert_eq!(check_change(Role::Owner, &owner, after, 0), Err(Refusal::LastOwner));
            assert_eq!(check_change(Role::Owner, &owner, after, 1), Ok(()));
        }
        // A suspended owner holds nothing up.
        assert_eq!(check_change(Role::Owner, &suspended, None, 0), Ok(()));
    }

    #[test]
    fn only_owners_touch_owners() {
        let (owner, admin) = (place(Role::Owner), place(Role::Admin));
        assert_eq!(check_change(Role::Admin, &owner, None, 5), Err(Refusal::OwnersOnly));
        assert_eq!(check_change(Role::Admin, &admin, Some(&owner), 5), Err(Refusal::OwnersOnly));
        assert_eq!(check_change(Role::Admin, &admin, Some(&place(Role::Viewer)), 1), Ok(()));
    }
}

//! Who may change whose place in a tenant, and what must not happen.

use common::auth::Role;

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

/// Most branches that one membership names.
const MOST_LOCATIONS: usize = 500;

impl Place {
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

/// Who runs a tenant sees all of it.
///
/// # Errors
/// What is wrong with the branches.
pub fn check_locations(role: Role, locations: Option<&[String]>) -> Result<(), Issue> {
    let Some(codes) = locations else { return Ok(()) };
    let issue = |code, detail: &str| Err(Issue::new("/locations", code, detail));
    if role.covers(Role::Admin) {
        return issue("not_for_role", "owners and admins see all branches; send null");
    }
    if codes.is_empty() {
        return issue("empty", "name at least one branch, or send null for all");
    }
    if codes.len() > MOST_LOCATIONS {
        return issue("too_many", "more than 500 branches; send null for all");
    }
    if codes.iter().any(|code| code.is_empty() || code.len() > 200) {
        return issue("malformed", "a branch code has 1 to 200 bytes");
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

    #[test]
    fn branches_are_for_analysts_and_viewers() {
        let codes =
            |codes: &[&str]| Some(codes.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>());
        for (role, locations, code) in [
            (Role::Viewer, codes(&["B1"]), None),
            (Role::Analyst, codes(&["B1", "B2"]), None),
            (Role::Admin, None, None),
            (Role::Admin, codes(&["B1"]), Some("not_for_role")),
            (Role::Viewer, codes(&[]), Some("empty")),
            (Role::Viewer, codes(&[""]), Some("malformed")),
        ] {
            let checked = check_locations(role, locations.as_deref());
            assert_eq!(checked.err().map(|issue| issue.code), code, "{role} {locations:?}");
        }
    }
}

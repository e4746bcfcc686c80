//! Which branches a member sees, as requests and answers say it: a list that is never null, beside a word for all.

use common::auth::Role;

use super::issue::Issue;

/// Most branches that one membership names.
const MOST_LOCATIONS: usize = 500;

const POINTER: &str = "/locations";

/// The word for all and the list, each if it was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AskedBranches {
    pub all: Option<bool>,
    pub codes: Option<Vec<String>>,
}

impl AskedBranches {
    /// None when neither was sent. The inner none means all branches.
    ///
    /// # Errors
    /// When the two contradict each other, or name no branch.
    pub fn settle(self) -> Result<Option<Option<Vec<String>>>, Issue> {
        match (self.all, self.codes) {
            (None, None) => Ok(None),
            (Some(true), None) => Ok(Some(None)),
            (Some(true), Some(codes)) if codes.is_empty() => Ok(Some(None)),
            (Some(true), Some(_)) => {
                let detail = "leave the list empty, or do not send `all_locations`: true";
                Err(Issue::new(POINTER, "contradiction", detail))
            }
            (Some(false), None) => {
                let detail = "name the branches, or send `all_locations`: true";
                Err(Issue::new(POINTER, "required", detail))
            }
            (None | Some(false), Some(codes)) => Ok(Some(Some(codes))),
        }
    }
}

/// Who runs a tenant sees all of it.
///
/// # Errors
/// What is wrong with the branches.
pub fn check_locations(role: Role, locations: Option<&[String]>) -> Result<(), Issue> {
    let Some(codes) = locations else { return Ok(()) };
    let issue = |code, detail: &str| Err(Issue::new(POINTER, code, detail));
    if role.covers(Role::Admin) {
        return issue(
            "not_for_role",
            "owners and admins see all branches; send `all_locations`: true",
        );
    }
    if codes.is_empty() {
        return issue("empty", "name at least one branch, or send `all_locations`: true");
    }
    if codes.len() > MOST_LOCATIONS {
        return issue("too_many", "more than 500 branches; send `all_locations`: true");
    }
    if codes.iter().any(|code| code.is_empty() || code.len() > 200) {
        return issue("malformed", "a branch code has 1 to 200 bytes");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(codes: &[&str]) -> Option<Vec<String>> {
        Some(codes.iter().map(|code| (*code).to_owned()).collect())
    }

    #[test]
    fn the_word_for_all_and_the_list_are_read_together() {
        for (all, sent, settled) in [
            (None, None, Ok(None)),
            (Some(true), None, Ok(Some(None))),
            (Some(true), codes(&[]), Ok(Some(None))),
            (None, codes(&["B1"]), Ok(Some(codes(&["B1"])))),
            (Some(false), codes(&["B1"]), Ok(Some(codes(&["B1"])))),
            // Refused by the rule below, never taken for all.
            (None, codes(&[]), Ok(Some(codes(&[])))),
            (Some(false), codes(&[]), Ok(Some(codes(&[])))),
            (Some(true), codes(&["B1"]), Err("contradiction")),
            (Some(false), None, Err("required")),
        ] {
            let asked = AskedBranches { all, codes: sent };
            let found = asked.clone().settle().map_err(|issue| issue.code);
            assert_eq!(found, settled, "{asked:?}");
        }
    }

    #[test]
    fn branches_are_for_analysts_and_viewers() {
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

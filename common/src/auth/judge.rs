//! What a rule demands of a caller.

use super::rule::Terms;
use super::{Access, AuthError, Caller, Principal, Scope};

/// Someone whose credential is good, before the route's rule was asked.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) caller: Caller,
    /// False when the member or the tenant is suspended.
    pub(super) active: bool,
    /// What an API key may be used for; empty for people.
    pub(super) scopes: Vec<Scope>,
}

impl Candidate {
    /// # Errors
    /// The first demand that is not met.
    pub(super) fn judge(&self, terms: Terms) -> Result<(), AuthError> {
        if !self.active {
            return Err(AuthError::Suspended);
        }
        if matches!(terms.access, Access::Service | Access::Signature) {
            return Err(AuthError::NoRule);
        }
        if let Access::Role(needed) = terms.access
            && !self.caller.role.covers(needed)
        {
            return Err(AuthError::RoleTooLow { needed });
        }
        if matches!(self.caller.principal, Principal::ApiKey { .. })
            && !terms.scope.is_some_and(|needed| self.scopes.contains(&needed))
        {
            return Err(AuthError::ScopeMissing { needed: terms.scope });
        }
        if self.caller.locations.restricted() && !terms.branches {
            return Err(AuthError::LimitedToBranches);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{Locations, Role};
    use crate::kernel::{ApiKeyId, PersonId, SessionId, TenantId, TenantScope};

    fn person(role: Role, locations: Locations) -> Candidate {
        let principal = Principal::Person {
            person_id: PersonId::mint(),
            session_id: SessionId::mint(),
            email: None,
        };
        let scope = TenantScope::new(TenantId::mint());
        Candidate {
            caller: Caller { principal, scope, role, locations },
            active: true,
            scopes: Vec::new(),
        }
    }

    fn machine(scopes: Vec<Scope>) -> Candidate {
        let mut candidate = person(Role::ServiceAccount, Locations::All);
        candidate.caller.principal = Principal::ApiKey { api_key_id: ApiKeyId::mint() };
        Candidate { scopes, ..candidate }
    }

    #[test]
    fn each_demand_is_judged() {
        let read = Terms {
            access: Access::Role(Role::Viewer),
            scope: Some(Scope::DataRead),
            branches: false,
        };
        let write =
            Terms { access: Access::Role(Role::Analyst), scope: Some(Scope::DataWrite), ..read };
        let keyless = Terms { scope: None, ..read };
        let branch = || Locations::stored(Some(vec!["B1".to_owned()]));
        let viewer = || person(Role::Viewer, Locations::All);
        assert_eq!(viewer().judge(read), Ok(()));
        assert_eq!(viewer().judge(keyless), Ok(()), "scopes are for keys");
        assert_eq!(viewer().judge(write), Err(AuthError::RoleTooLow { needed: Role::Analyst }));
        assert_eq!(Candidate { active: false, ..viewer() }.judge(read), Err(AuthError::Suspended));
        assert_eq!(machine(vec![Scope::DataRead]).judge(read), Ok(()));
        for (terms, needed) in [(write, Some(Scope::DataWrite)), (keyless, None)] {
            assert_eq!(
                machine(vec![Scope::DataRead]).judge(terms),
                Err(AuthError::ScopeMissing { needed })
            );
        }
        let limited = person(Role::Analyst, branch());
        assert_eq!(limited.judge(write), Err(AuthError::LimitedToBranches));
        assert_eq!(limited.judge(Terms { branches: true, ..read }), Ok(()));
    }
}

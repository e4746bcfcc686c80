//! The answer to "who calls".

use crate::kernel::{ApiKeyId, PersonId, SessionId, TenantId, TenantScope};

use super::{Locations, Role};

/// Who or what a checked credential stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    Person {
        person_id: PersonId,
        session_id: SessionId,
        email: Option<String>,
    },
    /// A machine with a key of the tenant.
    ApiKey {
        api_key_id: ApiKeyId,
    },
}

impl Principal {
    /// How the audit trail and `requested_by` columns name it.
    #[must_use]
    pub fn actor(&self) -> String {
        match self {
            Self::Person { person_id, .. } => format!("person:{person_id}"),
            Self::ApiKey { api_key_id } => format!("api_key:{api_key_id}"),
        }
    }
}

/// Someone who may act in one tenant, whose credential was checked for this very request.
#[derive(Debug, Clone)]
pub struct Caller {
    pub principal: Principal,
    pub scope: TenantScope,
    pub role: Role,
    /// The branches whose data this caller may see. Other than all of them only on routes whose
    /// rule says that they restrict their answer.
    pub locations: Locations,
}

impl Caller {
    #[must_use]
    pub const fn tenant_id(&self) -> TenantId {
        self.scope.tenant_id()
    }

    /// How the audit trail and `requested_by` columns name this caller.
    #[must_use]
    pub fn actor(&self) -> String {
        self.principal.actor()
    }

    /// None for a machine.
    #[must_use]
    pub const fn person_id(&self) -> Option<PersonId> {
        match &self.principal {
            Principal::Person { person_id, .. } => Some(*person_id),
            Principal::ApiKey { .. } => None,
        }
    }
}

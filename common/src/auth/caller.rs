//! The answer to "who calls".

use crate::kernel::{PersonId, SessionId, TenantId, TenantScope};

use super::Role;

/// A member of one tenant whose credential was checked for this very request.
#[derive(Debug, Clone)]
pub struct Caller {
    pub person_id: PersonId,
    pub scope: TenantScope,
    pub role: Role,
    pub session_id: SessionId,
    pub email: Option<String>,
}

impl Caller {
    #[must_use]
    pub const fn tenant_id(&self) -> TenantId {
        self.scope.tenant_id()
    }

    /// How the audit trail and `requested_by` columns name this caller.
    #[must_use]
    pub fn actor(&self) -> String {
        format!("person:{}", self.person_id)
    }
}

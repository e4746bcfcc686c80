//! The proof that work belongs to one tenant.

use std::fmt;

use super::TenantId;

/// Permission to act inside one tenant: the only key to [`crate::db::Db::tenant`].
///
/// The bearer checker makes one from a verified credential and the claimer from a leased step;
/// `common::auth` also for a proved login and for housekeeping over all tenants. Nothing else can,
/// but for [`TenantScope::for_operator`].
#[derive(Clone, PartialEq, Eq)]
pub struct TenantScope {
    tenant_id: TenantId,
}

impl TenantScope {
    /// The reserved tenant of what belongs to no other: nobody's data lies there.
    pub const SYSTEM: Self = Self::new(TenantId::SYSTEM);

    /// For modules of this crate that verified a credential or leased a step.
    pub(crate) const fn new(tenant_id: TenantId) -> Self {
        Self { tenant_id }
    }

    /// For someone with a shell on the server and the database password: administrative
    /// commands, and tests. Clippy refuses it elsewhere.
    #[must_use]
    pub const fn for_operator(tenant_id: TenantId) -> Self {
        Self::new(tenant_id)
    }

    #[must_use]
    pub const fn tenant_id(&self) -> TenantId {
        self.tenant_id
    }
}

impl fmt::Debug for TenantScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantScope({})", self.tenant_id)
    }
}

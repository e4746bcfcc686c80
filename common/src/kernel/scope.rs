//! The proof that work belongs to one tenant.

use std::fmt;

use super::TenantId;

/// Permission to act inside one tenant: the only key to [`crate::db::Db::tenant`].
///
/// The bearer checker makes one from a verified credential, the claimer from a leased step, the
/// scheduler from a schedule, and erasure from a tenant that is to go; `common::auth` also for a
/// proved login, an invitation, an endpoint for webhooks and housekeeping over all tenants.
/// Other crates make one with [`TenantScope::for_operator`] only.
#[derive(Clone, PartialEq, Eq)]
pub struct TenantScope {
    tenant_id: TenantId,
}

impl TenantScope {
    /// The reserved tenant of what belongs to no other: nobody's data lies there.
    pub const SYSTEM: Self = Self::new(TenantId::SYSTEM);

    /// For the modules of this crate that the type names.
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

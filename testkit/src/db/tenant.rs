//! The two tenants that every test database has.

use common::kernel::{TenantId, TenantScope};
use uuid::Uuid;

pub(super) struct Tenant {
    id: u128,
    slug: &'static str,
    name: &'static str,
}

pub(super) const ALPHA: Tenant =
    Tenant { id: 0x0190_0000_0000_7000_8000_0000_0000_00a1, slug: "alpha", name: "Alpha" };
pub(super) const BETA: Tenant =
    Tenant { id: 0x0190_0000_0000_7000_8000_0000_0000_00b2, slug: "beta", name: "Beta" };

/// The statement that adds a tenant named like its slug; `slug` is the test's own.
pub(super) fn insert(id: Uuid, slug: &str) -> String {
    format!("insert into tenant (tenant_id, slug, name) values ('{id}', '{slug}', '{slug}')")
}

#[expect(clippy::disallowed_methods, reason = "testkit may name a tenant")]
pub(super) fn scope(id: Uuid) -> TenantScope {
    TenantScope::for_operator(TenantId::from_uuid(id))
}

impl Tenant {
    pub(super) fn insert(&self) -> String {
        let Self { slug, name, .. } = self;
        let id = Uuid::from_u128(self.id);
        format!("insert into tenant (tenant_id, slug, name) values ('{id}', '{slug}', '{name}')")
    }

    pub(super) fn scope(&self) -> TenantScope {
        scope(Uuid::from_u128(self.id))
    }
}

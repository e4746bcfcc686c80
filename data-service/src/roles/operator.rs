//! The operator's way into a tenant: a shell on the server and the database password.

use anyhow::Context;
use common::db::Db;
use common::kernel::{JobId, TenantId, TenantScope};

use crate::store::operator;

pub(super) async fn scope_of_slug(db: &Db, slug: &str) -> anyhow::Result<TenantScope> {
    let found = operator::tenant_by_slug(db, slug).await?;
    found.map(scope).with_context(|| format!("there is no tenant `{slug}`"))
}

pub(super) async fn scope_of_job(db: &Db, job: JobId) -> anyhow::Result<TenantScope> {
    let found = operator::tenant_of_job(db, job).await?;
    found.map(scope).with_context(|| format!("there is no job {job}"))
}

#[expect(clippy::disallowed_methods, reason = "an administrative command names its tenant")]
fn scope(tenant: TenantId) -> TenantScope {
    TenantScope::for_operator(tenant)
}

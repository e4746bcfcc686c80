//! What an operator looks up before the tenant is known.

use common::db::{Db, DbError, sql};
use common::kernel::{JobId, TenantId};
use uuid::Uuid;

/// The tenant with this short name.
///
/// # Errors
/// When the database refuses.
pub async fn tenant_by_slug(db: &Db, slug: &str) -> Result<Option<TenantId>, DbError> {
    let mut tx = db.worker().await?;
    let found: Option<Uuid> = sql::query_scalar("SELECT tenant_id FROM tenant WHERE slug = $1")
        .bind(slug)
        .fetch_optional(tx.conn())
        .await?;
    Ok(found.map(TenantId::from_uuid))
}

/// The tenant that a job belongs to.
///
/// # Errors
/// When the database refuses.
pub async fn tenant_of_job(db: &Db, job: JobId) -> Result<Option<TenantId>, DbError> {
    let mut tx = db.worker().await?;
    let found: Option<Uuid> = sql::query_scalar("SELECT tenant_id FROM job WHERE job_id = $1")
        .bind(job.uuid())
        .fetch_optional(tx.conn())
        .await?;
    Ok(found.map(TenantId::from_uuid))
}

//! Tenants that someone may act in though no request of theirs was checked: a login that was
//! just proved, an invitation that was just presented, a webhook that came in.

use uuid::Uuid;

use crate::db::{Db, DbError, sql};
use crate::kernel::{PersonId, TenantId, TenantScope};

/// The tenants a person belongs to. Only for a person whose login was proved.
///
/// # Errors
/// What the database refused.
pub async fn scopes_of_person(db: &Db, person: PersonId) -> Result<Vec<TenantScope>, DbError> {
    let mut tx = db.lookup().await?;
    let tenants: Vec<Uuid> =
        sql::query_scalar("SELECT tenant_id FROM membership WHERE person_id = $1 ORDER BY 1")
            .bind(person.uuid())
            .fetch_all(tx.conn())
            .await?;
    Ok(tenants.into_iter().map(scope).collect())
}

/// The tenant that the bearer of this invitation is invited to, whatever became of it since.
///
/// # Errors
/// What the database refused.
pub async fn scope_of_invitation(
    db: &Db,
    token_hash: &[u8],
) -> Result<Option<TenantScope>, DbError> {
    let mut tx = db.lookup().await?;
    let tenant: Option<Uuid> =
        sql::query_scalar("SELECT tenant_id FROM invitation WHERE token_hash = $1")
            .bind(token_hash)
            .fetch_optional(tx.conn())
            .await?;
    Ok(tenant.map(scope))
}

/// The tenant of an endpoint for webhooks, unless it is suspended. Whoever names the endpoint has proved nothing yet:
/// nothing is shown or written before their signature is checked.
///
/// # Errors
/// What the database refused.
pub async fn scope_of_webhook_endpoint(
    db: &Db,
    endpoint: Uuid,
) -> Result<Option<TenantScope>, DbError> {
    let mut tx = db.lookup().await?;
    let tenant: Option<Uuid> = sql::query_scalar(
        "SELECT w.tenant_id FROM webhook_endpoint w JOIN tenant t USING (tenant_id)
         WHERE w.webhook_endpoint_id = $1 AND t.state = 'active'",
    )
    .bind(endpoint)
    .fetch_optional(tx.conn())
    .await?;
    Ok(tenant.map(scope))
}

/// Every tenant but the system's own, for background work that keeps house over all of them.
///
/// # Errors
/// What the database refused.
pub async fn every_tenant(db: &Db) -> Result<Vec<TenantScope>, DbError> {
    let mut tx = db.lookup().await?;
    let tenants: Vec<Uuid> = sql::query_scalar(
        "SELECT tenant_id FROM tenant WHERE state <> 'deleted' AND tenant_id <> $1 ORDER BY 1",
    )
    .bind(TenantId::SYSTEM.uuid())
    .fetch_all(tx.conn())
    .await?;
    Ok(tenants.into_iter().map(scope).collect())
}

const fn scope(tenant: Uuid) -> TenantScope {
    TenantScope::new(TenantId::from_uuid(tenant))
}

//! Table `webhook_endpoint`.

use chrono::{DateTime, Utc};
use common::crypto::Sealed;
use common::db::{DbError, TenantTx, sql};
use sqlx::types::Json;
use uuid::Uuid;

/// An endpoint, its secrets sealed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EndpointRow {
    pub webhook_endpoint_id: Uuid,
    pub name: String,
    pub property_id: i64,
    pub enabled: bool,
    pub secret: Json<Sealed>,
    pub previous_secret: Option<Json<Sealed>>,
    pub previous_secret_until: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl EndpointRow {
    /// Whether the secret before the current one is still good.
    #[must_use]
    pub fn overlapping(&self, now: DateTime<Utc>) -> bool {
        self.previous_secret_until.is_some_and(|until| now < until)
    }
}

/// All of the tenant's, by name.
///
/// # Errors
/// When the database refuses.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<EndpointRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT webhook_endpoint_id, name, property_id, enabled, secret, previous_secret,
           previous_secret_until, version, created_at, updated_at
         FROM webhook_endpoint WHERE tenant_id = $1 ORDER BY name",
    )
    .bind(tenant)
    .fetch_all(tx.conn())
    .await?)
}

/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut TenantTx, id: Uuid) -> Result<Option<EndpointRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT webhook_endpoint_id, name, property_id, enabled, secret, previous_secret,
           previous_secret_until, version, created_at, updated_at
         FROM webhook_endpoint WHERE tenant_id = $1 AND webhook_endpoint_id = $2",
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(tx.conn())
    .await?)
}

/// As [`find`]; nobody else changes it until the transaction ends.
///
/// # Errors
/// When the database refuses.
pub async fn lock(tx: &mut TenantTx, id: Uuid) -> Result<Option<EndpointRow>, DbError> {
    let tenant = tx.tenant();
    sql::query(
        "SELECT 1 FROM webhook_endpoint WHERE tenant_id = $1 AND webhook_endpoint_id = $2
         FOR NO KEY UPDATE",
    )
    .bind(tenant)
    .bind(id)
    .execute(tx.conn())
    .await?;
    find(tx, id).await
}

/// # Errors
/// When the name is taken, the property unknown, or the database refuses.
pub async fn insert(tx: &mut TenantTx, row: &EndpointRow) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "INSERT INTO webhook_endpoint (tenant_id, webhook_endpoint_id, name, property_id, enabled,
           secret, version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(tenant)
    .bind(row.webhook_endpoint_id)
    .bind(&row.name)
    .bind(row.property_id)
    .bind(row.enabled)
    .bind(&row.secret)
    .bind(row.version)
    .bind(row.created_at)
    .bind(row.updated_at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes what can change of an endpoint.
///
/// # Errors
/// When the name is taken or the database refuses.
pub async fn update(tx: &mut TenantTx, row: &EndpointRow) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "UPDATE webhook_endpoint
         SET name = $3, enabled = $4, secret = $5, previous_secret = $6, previous_secret_until = $7,
           version = $8, updated_at = $9
         WHERE tenant_id = $1 AND webhook_endpoint_id = $2",
    )
    .bind(tenant)
    .bind(row.webhook_endpoint_id)
    .bind(&row.name)
    .bind(row.enabled)
    .bind(&row.secret)
    .bind(&row.previous_secret)
    .bind(row.previous_secret_until)
    .bind(row.version)
    .bind(row.updated_at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What came by it stays until its time.
///
/// # Errors
/// When the database refuses.
pub async fn remove(tx: &mut TenantTx, id: Uuid) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query("DELETE FROM webhook_endpoint WHERE tenant_id = $1 AND webhook_endpoint_id = $2")
        .bind(tenant)
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(())
}

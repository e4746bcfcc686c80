//! Table `webhook_delivery`: what was sent, and what became of it.

use chrono::{DateTime, Utc};
use common::db::{DbError, TenantTx, sql};
use uuid::Uuid;

/// What became of a delivery whose signature was good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryStatus {
    Accepted,
    /// What it said could not be read, or was not acceptable.
    Refused,
}

impl DeliveryStatus {
    /// A word that this binary does not know took no effect.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        if text == "accepted" { Self::Accepted } else { Self::Refused }
    }
}

/// A delivery as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DeliveryRow {
    pub webhook_delivery_id: Uuid,
    pub webhook_id: String,
    pub received_at: DateTime<Utc>,
    pub status: String,
    pub events: i32,
    pub fault_code: Option<String>,
    pub fault_pointer: Option<String>,
}

/// A delivery that is being worked on.
#[derive(Debug, Clone, Copy)]
pub struct NewDelivery<'d> {
    pub webhook_delivery_id: Uuid,
    pub webhook_endpoint_id: Uuid,
    pub webhook_id: &'d str,
    pub received_at: DateTime<Utc>,
}

/// Takes the delivery in, unless it was before; then waits until that has ended. True when it is new.
///
/// # Errors
/// When the database refuses.
pub async fn accept(
    tx: &mut TenantTx,
    delivery: &NewDelivery<'_>,
    events: usize,
) -> Result<bool, DbError> {
    let tenant = tx.tenant();
    let inserted = sql::query(
        "INSERT INTO webhook_delivery (tenant_id, webhook_delivery_id, webhook_endpoint_id,
           webhook_id, received_at, status, events)
         VALUES ($1, $2, $3, $4, $5, 'accepted', $6)
         ON CONFLICT (tenant_id, webhook_endpoint_id, webhook_id) WHERE status = 'accepted'
         DO NOTHING",
    )
    .bind(tenant)
    .bind(delivery.webhook_delivery_id)
    .bind(delivery.webhook_endpoint_id)
    .bind(delivery.webhook_id)
    .bind(delivery.received_at)
    .bind(i32::try_from(events).unwrap_or(i32::MAX))
    .execute(tx.conn())
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Id and number of events of the delivery that was accepted under this name.
///
/// # Errors
/// When there is none or the database refuses.
pub async fn accepted(
    tx: &mut TenantTx,
    endpoint: Uuid,
    webhook_id: &str,
) -> Result<(Uuid, i32), DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT webhook_delivery_id, events FROM webhook_delivery
         WHERE tenant_id = $1 AND webhook_endpoint_id = $2 AND webhook_id = $3
           AND status = 'accepted'",
    )
    .bind(tenant)
    .bind(endpoint)
    .bind(webhook_id)
    .fetch_one(tx.conn())
    .await?)
}

/// Writes down why a delivery took no effect.
///
/// # Errors
/// When the database refuses.
pub async fn refuse(
    tx: &mut TenantTx,
    delivery: &NewDelivery<'_>,
    code: &str,
    pointer: &str,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "INSERT INTO webhook_delivery (tenant_id, webhook_delivery_id, webhook_endpoint_id,
           webhook_id, received_at, status, events, fault_code, fault_pointer)
         VALUES ($1, $2, $3, $4, $5, 'refused', 0, $6, $7)",
    )
    .bind(tenant)
    .bind(delivery.webhook_delivery_id)
    .bind(delivery.webhook_endpoint_id)
    .bind(delivery.webhook_id)
    .bind(delivery.received_at)
    .bind(code)
    .bind(pointer)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Deliveries of an endpoint, the newest first, after `after`.
///
/// # Errors
/// When the database refuses.
pub async fn page(
    tx: &mut TenantTx,
    endpoint: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<DeliveryRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT webhook_delivery_id, webhook_id, received_at, status, events, fault_code,
           fault_pointer
         FROM webhook_delivery
         WHERE tenant_id = $1 AND webhook_endpoint_id = $2
           AND ($3::uuid IS NULL OR webhook_delivery_id < $3)
         ORDER BY webhook_delivery_id DESC LIMIT $4",
    )
    .bind(tenant)
    .bind(endpoint)
    .bind(after)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// Removes at most `limit` deliveries that came before; answers how many.
///
/// # Errors
/// When the database refuses.
pub async fn forget(tx: &mut TenantTx, before: DateTime<Utc>, limit: i64) -> Result<u64, DbError> {
    let tenant = tx.tenant();
    let forgotten = sql::query(
        "DELETE FROM webhook_delivery
         WHERE tenant_id = $1 AND webhook_delivery_id IN (
           SELECT webhook_delivery_id FROM webhook_delivery
           WHERE tenant_id = $1 AND received_at < $2 ORDER BY received_at LIMIT $3)",
    )
    .bind(tenant)
    .bind(before)
    .bind(limit)
    .execute(tx.conn())
    .await?;
    Ok(forgotten.rows_affected())
}

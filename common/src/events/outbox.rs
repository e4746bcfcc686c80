//! The outbox: events that are true and not yet delivered.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::db::{DbError, TenantTx, sql};
use crate::telemetry::Origin;

/// Something that happened to one aggregate of the transaction's tenant.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// Such as `tenant.config_changed`.
    pub kind: &'a str,
    /// Raised when the payload's form changes.
    pub schema_version: i32,
    /// The service that tells it.
    pub source: &'a str,
    pub aggregate_type: &'a str,
    pub aggregate_id: String,
    /// The aggregate's version after the change; it orders the aggregate's events.
    pub sequence: i64,
    /// As in the audit trail.
    pub actor: &'a str,
    /// Never a secret.
    pub payload: Value,
}

/// Writes the event into the caller's transaction and returns its id.
///
/// # Errors
/// What the database refused.
pub async fn publish(tx: &mut TenantTx, event: &Event<'_>) -> Result<Uuid, DbError> {
    let tenant = tx.tenant();
    let id = Uuid::now_v7();
    let Origin { request_id, traceparent } = Origin::current();
    let metadata = json!({
        "actor": event.actor,
        "source": event.source,
        "request_id": request_id,
        "traceparent": traceparent,
    });
    sql::query(
        "INSERT INTO outbox (tenant_id, id, aggregatetype, aggregateid, type, schema_version,
                             sequence, correlation_id, payload, metadata)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $2, $8, $9)",
    )
    .bind(tenant)
    .bind(id)
    .bind(event.aggregate_type)
    .bind(&event.aggregate_id)
    .bind(event.kind)
    .bind(event.schema_version)
    .bind(event.sequence)
    .bind(&event.payload)
    .bind(metadata)
    .execute(tx.conn())
    .await?;
    Ok(id)
}

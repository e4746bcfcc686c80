//! Writing to the trail.

use std::net::IpAddr;

use serde_json::Value;
use uuid::Uuid;

use crate::db::{DbError, TenantTx, sql};
use crate::telemetry::current_request_id;

/// One line of the trail. Never put a secret into it.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// `person:<id>`, `api_key:<id>`, `service:<name>`, `operator` or `stranger`.
    pub actor: &'a str,
    /// Such as `configuration.changed`.
    pub action: &'a str,
    /// What was acted on, such as `tenant_setting` or `job:<id>`.
    pub object: &'a str,
    /// `ok`, `denied` or `failed`.
    pub result: &'a str,
    pub detail: Value,
    pub ip: Option<IpAddr>,
    /// When left out, that of the request which is worked on.
    pub request_id: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// Something that was done.
    #[must_use]
    pub const fn done(actor: &'a str, action: &'a str, object: &'a str) -> Self {
        Self {
            actor,
            action,
            object,
            result: "ok",
            detail: Value::Null,
            ip: None,
            request_id: None,
        }
    }
}

/// Appends to the trail of the transaction's tenant: the line stands exactly when what it tells
/// of stands.
///
/// # Errors
/// What the database refused.
pub async fn record(tx: &mut TenantTx, entry: &Entry<'_>) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let detail = if entry.detail.is_null() {
        Value::Object(serde_json::Map::new())
    } else {
        entry.detail.clone()
    };
    let caused_by = current_request_id();
    sql::query(
        "INSERT INTO audit_entry
           (tenant_id, audit_entry_id, actor, action, object, result, detail, ip, request_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8::inet, $9)",
    )
    .bind(tenant)
    .bind(Uuid::now_v7())
    .bind(entry.actor)
    .bind(entry.action)
    .bind(entry.object)
    .bind(entry.result)
    .bind(detail)
    .bind(entry.ip.map(|ip| ip.to_string()))
    .bind(entry.request_id.or(caused_by.as_deref()))
    .execute(tx.conn())
    .await?;
    Ok(())
}

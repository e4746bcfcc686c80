//! Reading the trail of one tenant.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::db::{DbError, TenantTx, sql};

/// One line as it was written.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub audit_entry_id: Uuid,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub action: String,
    pub object: String,
    pub result: String,
    pub detail: Value,
    pub ip: Option<IpAddr>,
    pub request_id: Option<String>,
}

/// Which lines are wanted; what is none is not asked about.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub actor: Option<String>,
    pub action: Option<String>,
    pub object: Option<String>,
    pub result: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    audit_entry_id: Uuid,
    at: DateTime<Utc>,
    actor: String,
    action: String,
    object: String,
    result: String,
    detail: Value,
    ip: Option<String>,
    request_id: Option<String>,
}

/// Newest first, after `after`.
///
/// # Errors
/// What the database refused.
pub async fn list(
    tx: &mut TenantTx,
    filter: &Filter,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Recorded>, DbError> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sql::query_as(
        "SELECT audit_entry_id, at, actor, action, object, result, detail, host(ip) AS ip,
                request_id
         FROM audit_entry
         WHERE tenant_id = $1
           AND ($2::timestamptz IS NULL OR (at, audit_entry_id) < ($2, $3))
           AND ($5::text IS NULL OR actor = $5) AND ($6::text IS NULL OR action = $6)
           AND ($7::text IS NULL OR object = $7) AND ($8::text IS NULL OR result = $8)
         ORDER BY at DESC, audit_entry_id DESC LIMIT $4",
    )
    .bind(tenant)
    .bind(after.map(|(at, _)| at))
    .bind(after.map(|(_, id)| id))
    .bind(limit)
    .bind(&filter.actor)
    .bind(&filter.action)
    .bind(&filter.object)
    .bind(&filter.result)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Recorded::from).collect())
}

impl From<Row> for Recorded {
    fn from(row: Row) -> Self {
        Self {
            audit_entry_id: row.audit_entry_id,
            at: row.at,
            actor: row.actor,
            action: row.action,
            object: row.object,
            result: row.result,
            detail: row.detail,
            ip: row.ip.and_then(|ip| ip.parse().ok()),
            request_id: row.request_id,
        }
    }
}

//! The versioned settings and the connections of one tenant.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use common::db::{DbError, TenantTx, sql};
use common::kernel::PersonId;
use common::tenant_config::{ConnectionKind, StoredSecret};
use serde_json::Value;
use sqlx::types::Json;

/// The settings row.
#[derive(Debug, sqlx::FromRow)]
pub struct SettingsRow {
    pub version: i64,
    pub document: Value,
    pub updated_at: DateTime<Utc>,
}

/// A connection, its secrets still sealed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConnectionRow {
    pub settings: Value,
    pub secrets: BTreeMap<String, StoredSecret>,
}

/// Whether others may change the settings while the transaction lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    None,
    ForChange,
}

/// # Errors
/// What the database refused.
pub async fn settings(tx: &mut TenantTx, lock: Lock) -> Result<Option<SettingsRow>, DbError> {
    let tenant = tx.tenant();
    let text = match lock {
        Lock::None => {
            "SELECT version, document, updated_at FROM tenant_setting WHERE tenant_id = $1"
        }
        Lock::ForChange => {
            "SELECT version, document, updated_at FROM tenant_setting WHERE tenant_id = $1 FOR UPDATE"
        }
    };
    Ok(sql::query_as(text).bind(tenant).fetch_optional(tx.conn()).await?)
}

#[derive(sqlx::FromRow)]
struct KindRow {
    kind: String,
    settings: Value,
    secrets: Json<BTreeMap<String, StoredSecret>>,
}

/// # Errors
/// What the database refused, or secrets of an unknown form.
pub async fn connections(
    tx: &mut TenantTx,
) -> Result<BTreeMap<ConnectionKind, ConnectionRow>, DbError> {
    let tenant = tx.tenant();
    let rows: Vec<KindRow> =
        sql::query_as("SELECT kind, settings, secrets FROM connection WHERE tenant_id = $1")
            .bind(tenant)
            .fetch_all(tx.conn())
            .await?;
    let typed = |row: KindRow| {
        let kind = ConnectionKind::ALL.into_iter().find(|kind| kind.as_str() == row.kind)?;
        Some((kind, ConnectionRow { settings: row.settings, secrets: row.secrets.0 }))
    };
    Ok(rows.into_iter().filter_map(typed).collect())
}

/// Stores the next version and returns its number.
///
/// # Errors
/// What the database refused.
pub async fn save_settings(
    tx: &mut TenantTx,
    document: &Value,
    by: Option<PersonId>,
    now: DateTime<Utc>,
) -> Result<i64, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_scalar(
        "UPDATE tenant_setting
         SET version = version + 1, document = $2, updated_at = $3, updated_by = $4
         WHERE tenant_id = $1 RETURNING version",
    )
    .bind(tenant)
    .bind(document)
    .bind(now)
    .bind(by.map(PersonId::uuid))
    .fetch_one(tx.conn())
    .await?)
}

/// Stores the secrets of a connection in another wrapping; they count as unchanged.
///
/// # Errors
/// What the database refused.
pub async fn save_secrets(
    tx: &mut TenantTx,
    kind: ConnectionKind,
    secrets: &BTreeMap<String, StoredSecret>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query("UPDATE connection SET secrets = $3 WHERE tenant_id = $1 AND kind = $2")
        .bind(tenant)
        .bind(kind.as_str())
        .bind(Json(secrets))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Stores a connection, or removes it.
///
/// # Errors
/// What the database refused.
pub async fn save_connection(
    tx: &mut TenantTx,
    kind: ConnectionKind,
    connection: Option<&ConnectionRow>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let statement = match connection {
        None => sql::query("DELETE FROM connection WHERE tenant_id = $1 AND kind = $2")
            .bind(tenant)
            .bind(kind.as_str()),
        Some(row) => sql::query(
            "INSERT INTO connection (tenant_id, kind, settings, secrets, updated_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant_id, kind) DO UPDATE SET
               settings = excluded.settings, secrets = excluded.secrets,
               updated_at = excluded.updated_at",
        )
        .bind(tenant)
        .bind(kind.as_str())
        .bind(row.settings.clone())
        .bind(Json(row.secrets.clone()))
        .bind(now),
    };
    statement.execute(tx.conn()).await?;
    Ok(())
}

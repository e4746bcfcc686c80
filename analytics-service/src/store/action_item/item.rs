//! Table `action_item`: written together with the events that make it what it is.

use chrono::{DateTime, Utc};
use common::db::{DbError, TenantTx, sql};
use common::kernel::ActionItemId;
use serde_json::Value;
use uuid::Uuid;

use crate::domain::action_item::{ActionItem, ContactReference, Kind, NewItem, Status};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ActionItemRow {
    pub action_item_id: Uuid,
    pub version: i32,
    #[sqlx(try_from = "String")]
    pub kind: Kind,
    pub natural_key: String,
    pub property_id: Option<i64>,
    pub title: String,
    #[sqlx(try_from = "String")]
    pub status: Status,
    pub location: String,
    pub client_key: Option<Uuid>,
    pub known_user: Option<String>,
    pub customer: Option<String>,
    pub evidence: Value,
    pub due_at: Option<DateTime<Utc>>,
    pub note: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
}

impl From<ActionItemRow> for ActionItem {
    fn from(row: ActionItemRow) -> Self {
        Self {
            version: row.version,
            made: NewItem {
                kind: row.kind,
                natural_key: row.natural_key,
                property_id: row.property_id,
                title: row.title,
                location: row.location,
                contact: ContactReference {
                    client_key: row.client_key,
                    known_user: row.known_user,
                    customer_code: row.customer,
                },
                evidence: row.evidence,
            },
            status: row.status,
            due_at: row.due_at,
            note: row.note,
            created_at: row.created_at,
            updated_at: row.updated_at,
            closed_at: row.closed_at,
        }
    }
}

/// Those of the items that there are, kept from everybody else until the transaction ends.
///
/// # Errors
/// When the database refuses.
pub async fn lock(tx: &mut TenantTx, ids: &[Uuid]) -> Result<Vec<ActionItemRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT * FROM action_item WHERE tenant_id = $1 AND action_item_id = ANY ($2)
         ORDER BY action_item_id FOR UPDATE",
    )
    .bind(tenant)
    .bind(ids)
    .fetch_all(tx.conn())
    .await?)
}

/// `$1` tenant, `$2` property, `$3` kind, `$4` where the part before ended or NULL, `$5` limit.
pub const NOT_STARTED: &str = "SELECT action_item_id, natural_key FROM action_item
     WHERE tenant_id = $1 AND property_id = $2 AND kind = $3
       AND status IN ('draft', 'incomplete')
       AND ($4::uuid IS NULL OR action_item_id > $4)
     ORDER BY action_item_id LIMIT $5";

/// Ids and natural keys of items that nobody has begun, by id.
///
/// # Errors
/// When the database refuses.
pub async fn not_started(
    tx: &mut TenantTx,
    kind: Kind,
    property_id: i64,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<(Uuid, String)>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(NOT_STARTED)
        .bind(tenant)
        .bind(property_id)
        .bind(kind.as_str())
        .bind(after)
        .bind(limit)
        .fetch_all(tx.conn())
        .await?)
}

/// Writes items as their events left them.
///
/// # Errors
/// When the database refuses.
pub async fn put(tx: &mut TenantTx, items: &[(ActionItemId, ActionItem)]) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let made = || items.iter().map(|(_, item)| &item.made);
    let item = || items.iter().map(|(_, item)| item);
    sql::query(include_str!("../sql/put_action_items.sql"))
        .bind(tenant)
        .bind(items.iter().map(|(id, _)| id.uuid()).collect::<Vec<_>>())
        .bind(item().map(|item| item.version).collect::<Vec<_>>())
        .bind(made().map(|made| made.kind.as_str()).collect::<Vec<_>>())
        .bind(made().map(|made| made.natural_key.as_str()).collect::<Vec<_>>())
        .bind(made().map(|made| made.property_id).collect::<Vec<_>>())
        .bind(made().map(|made| made.title.as_str()).collect::<Vec<_>>())
        .bind(item().map(|item| item.status.as_str()).collect::<Vec<_>>())
        .bind(made().map(|made| made.location.as_str()).collect::<Vec<_>>())
        .bind(made().map(|made| made.contact.client_key).collect::<Vec<_>>())
        .bind(made().map(|made| made.contact.known_user.as_deref()).collect::<Vec<_>>())
        .bind(made().map(|made| made.contact.customer_code.as_deref()).collect::<Vec<_>>())
        .bind(made().map(|made| made.evidence.clone()).collect::<Vec<_>>())
        .bind(item().map(|item| item.due_at).collect::<Vec<_>>())
        .bind(item().map(|item| item.note.as_deref()).collect::<Vec<_>>())
        .bind(item().map(|item| item.created_at).collect::<Vec<_>>())
        .bind(item().map(|item| item.updated_at).collect::<Vec<_>>())
        .bind(item().map(|item| item.closed_at).collect::<Vec<_>>())
        .execute(tx.conn())
        .await?;
    Ok(())
}

//! Table `action_item` with what master data knows about whom and where.

use chrono::{DateTime, Utc};
use common::db::{DbError, TenantTx, sql};
use common::kernel::ActionItemId;
use uuid::Uuid;

use super::ActionItemRow;
use crate::domain::action_item::{Kind, Status};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ShownRow {
    #[sqlx(flatten)]
    pub item: ActionItemRow,
    pub location_name: Option<String>,
    /// Customers with the observed user id.
    pub candidates: i64,
    pub contact_code: Option<String>,
    pub contact_name: Option<String>,
    pub contact_email: Option<String>,
    pub contact_phone: Option<String>,
}

/// Which items.
#[derive(Debug, Clone, Default)]
pub struct ItemFilter {
    pub status: Option<Status>,
    pub kind: Option<Kind>,
    /// Of one of these branches; of any when none.
    pub locations: Option<Vec<String>>,
}

/// Where a page ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ItemPosition {
    pub created_at: DateTime<Utc>,
    pub action_item_id: Uuid,
}

impl ShownRow {
    #[must_use]
    pub const fn position(&self) -> ItemPosition {
        let ActionItemRow { created_at, action_item_id, .. } = self.item;
        ItemPosition { created_at, action_item_id }
    }
}

/// Items, the latest first.
///
/// # Errors
/// When the database refuses.
pub async fn page(
    tx: &mut TenantTx,
    filter: &ItemFilter,
    after: Option<ItemPosition>,
    limit: i64,
) -> Result<Vec<ShownRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(concat!(
        include_str!("../sql/shown_action_item.sql"),
        "  AND ($2::text IS NULL OR a.status = $2)
           AND ($3::text IS NULL OR a.kind = $3)
           AND ($4::text[] IS NULL OR a.location = ANY ($4))
           AND ($5::timestamptz IS NULL OR (a.created_at, a.action_item_id) < ($5, $6))
         ORDER BY a.created_at DESC, a.action_item_id DESC LIMIT $7"
    ))
    .bind(tenant)
    .bind(filter.status.map(Status::as_str))
    .bind(filter.kind.map(Kind::as_str))
    .bind(filter.locations.as_deref())
    .bind(after.map(|position| position.created_at))
    .bind(after.map(|position| position.action_item_id))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut TenantTx, id: ActionItemId) -> Result<Option<ShownRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(concat!(
        include_str!("../sql/shown_action_item.sql"),
        "  AND a.action_item_id = $2"
    ))
    .bind(tenant)
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?)
}

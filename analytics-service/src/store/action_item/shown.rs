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

/// Master data is looked up for what a page shows, and for nothing else.
macro_rules! shown {
    ($items:expr) => {
        concat!("WITH page AS (", $items, ")\n", include_str!("../sql/shown_action_item.sql"))
    };
}

/// `$1` tenant, `$2` status and `$3` kind or NULL, `$4` and `$5` where the page before ended or NULL, `$6` limit.
pub const PAGE: &str = shown!(
    "SELECT * FROM action_item
     WHERE tenant_id = $1
       AND ($2::text IS NULL OR status = $2)
       AND ($3::text IS NULL OR kind = $3)
       AND ($4::timestamptz IS NULL OR (created_at, action_item_id) < ($4, $5))
     ORDER BY created_at DESC, action_item_id DESC LIMIT $6"
);

/// As [`PAGE`], `$7` branches: the latest of each, and of these the latest.
pub const PAGE_OF_BRANCHES: &str = shown!(
    "SELECT i.* FROM (SELECT DISTINCT unnest($7::text[]) AS code) AS branch
     CROSS JOIN LATERAL (
       SELECT * FROM action_item
       WHERE tenant_id = $1 AND location = branch.code
         AND ($2::text IS NULL OR status = $2)
         AND ($3::text IS NULL OR kind = $3)
         AND ($4::timestamptz IS NULL OR (created_at, action_item_id) < ($4, $5))
       ORDER BY created_at DESC, action_item_id DESC LIMIT $6
     ) AS i
     ORDER BY i.created_at DESC, i.action_item_id DESC LIMIT $6"
);

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
    let text = if filter.locations.is_some() { PAGE_OF_BRANCHES } else { PAGE };
    let asked = sql::query_as(text)
        .bind(tenant)
        .bind(filter.status.map(Status::as_str))
        .bind(filter.kind.map(Kind::as_str))
        .bind(after.map(|position| position.created_at))
        .bind(after.map(|position| position.action_item_id))
        .bind(limit);
    let asked = match &filter.locations {
        Some(locations) => asked.bind(locations),
        None => asked,
    };
    Ok(asked.fetch_all(tx.conn()).await?)
}

/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut TenantTx, id: ActionItemId) -> Result<Option<ShownRow>, DbError> {
    let tenant = tx.tenant();
    let text = shown!("SELECT * FROM action_item WHERE tenant_id = $1 AND action_item_id = $2");
    Ok(sql::query_as(text).bind(tenant).bind(id.uuid()).fetch_optional(tx.conn()).await?)
}

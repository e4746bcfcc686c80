//! One item and what happened to it.

use common::db::{DbError, TenantTx};
use common::kernel::ActionItemId;

use super::ShownItem;
use crate::domain::action_item::{ActionItem, Cause, Recorded, Status};
use crate::store::action_item;

/// An event, who made it happen, and the status it led to.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    pub recorded: Recorded,
    pub cause: Cause,
    pub status: Status,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ItemWithHistory {
    pub shown: ShownItem,
    /// Oldest first.
    pub history: Vec<Moment>,
}

/// None when the tenant has no such item.
///
/// # Errors
/// When the database refuses.
pub async fn show(tx: &mut TenantTx, id: ActionItemId) -> Result<Option<ItemWithHistory>, DbError> {
    let Some(row) = action_item::find(tx, id).await? else { return Ok(None) };
    let (mut item, mut history) = (None, Vec::new());
    for (recorded, cause) in action_item::history(tx, id).await? {
        item = ActionItem::after(item, &recorded);
        let status = item.as_ref().map_or(Status::Incomplete, |item| item.status);
        history.push(Moment { recorded, cause, status });
    }
    Ok(Some(ItemWithHistory { shown: row.into(), history }))
}

//! Commands to items: what follows from them is written, as events and as the items they lead to, in one transaction.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use common::db::{DbError, TenantTx};
use common::kernel::ActionItemId;
use uuid::Uuid;

use crate::domain::action_item::{ActionItem, Cause, Command, Recorded, apply};
use crate::store::action_item;

/// Does one command to each of the items, and answers how many it changed. An item that somebody else made a moment
/// before is there: making it changes nothing.
///
/// # Errors
/// When the database refuses.
pub async fn execute(
    tx: &mut TenantTx,
    commands: &HashMap<ActionItemId, Command>,
    cause: &Cause,
    now: DateTime<Utc>,
) -> Result<u64, DbError> {
    let mut ids: Vec<ActionItemId> = commands.keys().copied().collect();
    // All who write several items at once write them in this order.
    ids.sort_unstable();
    let uuids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let locked = action_item::lock(tx, &uuids).await?.into_iter();
    let mut items: HashMap<ActionItemId, ActionItem> =
        locked.map(|row| (ActionItemId::from_uuid(row.action_item_id), row.into())).collect();
    let (mut events, mut changed) = (Vec::new(), Vec::new());
    for id in ids {
        let Some(command) = commands.get(&id) else { continue };
        let mut item = items.remove(&id);
        for event in apply(item.as_ref(), command) {
            let version = item.as_ref().map_or(0, |item| item.version) + 1;
            let recorded = Recorded { version, at: now, event };
            item = ActionItem::after(item, &recorded);
            events.push((id, recorded));
        }
        changed.extend(item.map(|item| (id, item)));
    }
    if events.is_empty() {
        return Ok(0);
    }
    let added = action_item::append(tx, &events, cause).await?;
    changed.retain(|(id, _)| added.contains(id));
    action_item::put(tx, &changed).await?;
    Ok(changed.len() as u64)
}

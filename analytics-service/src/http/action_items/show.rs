//! `GET /action-items/{action_item_id}`

use common::auth::{Caller, Role};
use common::http::{ApiError, ClientIp};
use common::kernel::ActionItemId;
use poem_openapi::Object;

use super::body::ActionItemBody;
use super::history::EventBody;
use super::path_of;
use crate::app::action_items;
use crate::http::Services;
use crate::http::contacts::note_shown;

#[derive(Debug, Object)]
#[oai(rename = "ActionItemWithHistory")]
pub(super) struct ItemWithHistoryBody {
    #[oai(flatten)]
    item: ActionItemBody,
    /// What happened to it, oldest first.
    history: Vec<EventBody>,
}

pub(super) async fn show(
    services: &Services,
    caller: &Caller,
    ip: ClientIp,
    id: ActionItemId,
) -> Result<ItemWithHistoryBody, ApiError> {
    let mut tx = services.db.tenant(&caller.scope).await?;
    let found = action_items::show(&mut tx, id).await?;
    // An item of somebody else's branch is as unknown as none.
    let found = found
        .filter(|found| caller.locations.permit(&found.shown.item.made.location))
        .ok_or_else(ApiError::not_found)?;
    let masked = caller.role == Role::Viewer;
    if !masked {
        let shown = found.shown.contact.iter();
        note_shown(&mut tx, caller, ip, &format!("GET {}", path_of(id)), shown).await?;
    }
    tx.commit().await?;
    Ok(ItemWithHistoryBody {
        item: ActionItemBody::new(found.shown, masked),
        history: found.history.into_iter().map(Into::into).collect(),
    })
}

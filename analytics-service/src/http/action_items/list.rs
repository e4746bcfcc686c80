//! `GET /action-items`

use common::auth::{Caller, Locations, Role};
use common::http::cursor::Listing;
use common::http::{ApiError, ClientIp, Limit, Paging};
use poem_openapi::Object;

use super::body::ActionItemBody;
use crate::app::action_items::{self, ItemFilter};
use crate::http::Services;
use crate::http::contacts::note_shown;

#[derive(Debug, Object)]
#[oai(rename = "ActionItems")]
pub(super) struct ActionItemsBody {
    /// Latest first.
    action_items: Vec<ActionItemBody>,
    /// For the next page, with the same filters; null on the last.
    next_cursor: Option<String>,
}

/// The branches to look at: the one that is named, else all that the caller may see. One they may not see is as unknown
/// as none.
pub(super) fn within(
    caller: &Caller,
    named: Option<String>,
) -> Result<Option<Vec<String>>, ApiError> {
    match (named, &caller.locations) {
        (Some(code), allowed) if allowed.permit(&code) => Ok(Some(vec![code])),
        (Some(_), _) => Err(ApiError::not_found()),
        (None, Locations::All) => Ok(None),
        (None, Locations::Only(codes)) => Ok(Some(codes.to_vec())),
    }
}

pub(super) async fn list(
    services: &Services,
    caller: &Caller,
    ip: ClientIp,
    filter: &ItemFilter,
    limit: Limit,
    cursor: Option<&str>,
) -> Result<ActionItemsBody, ApiError> {
    let listing = Listing::new(caller.tenant_id(), "/action-items")
        .with("sort", "-created_at")
        .with("status", filter.status)
        .with("kind", filter.kind)
        .with("locations", &filter.locations);
    let paging = Paging::new(&services.cursor_key, listing, limit);
    let after = paging.after(cursor)?;
    let mut tx = services.db.tenant(&caller.scope).await?;
    let page = action_items::list(&mut tx, filter, after, limit.get()).await?;
    let masked = caller.role == Role::Viewer;
    if !masked {
        let shown = page.items.iter().filter_map(|item| item.contact.as_ref());
        note_shown(&mut tx, caller, ip, "GET /analytics/v1/action-items", shown).await?;
    }
    tx.commit().await?;
    let next_cursor = paging.next_cursor(page.next)?;
    let bodies = page.items.into_iter().map(|item| ActionItemBody::new(item, masked));
    Ok(ActionItemsBody { action_items: bodies.collect(), next_cursor })
}

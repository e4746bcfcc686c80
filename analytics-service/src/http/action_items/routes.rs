//! `/action-items`: the routes of one resource; what each does is in its own file.

use std::sync::Arc;

use common::auth::Authenticated;
use common::http::{ApiError, ClientIp, Limit};
use common::kernel::ActionItemId;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use uuid::Uuid;

use super::body::{KindWord, StatusWord};
use super::list::{ActionItemsBody, list, within};
use super::show::{ItemWithHistoryBody, show};
use crate::app::action_items::ItemFilter;
use crate::http::Services;
use crate::http::private::Private;
use crate::http::stats::named;
use crate::http::tag::Tag;

#[derive(Debug)]
pub struct ActionItemsApi {
    services: Arc<Services>,
}

impl ActionItemsApi {
    pub(in crate::http) fn new(services: &Arc<Services>) -> Self {
        Self { services: services.clone() }
    }
}

#[OpenApi(prefix_path = "/action-items", tag = "Tag::Tasks")]
impl ActionItemsApi {
    /// Things to do, latest first
    ///
    /// The nightly job makes an item of each cart that was abandoned in the last seven complete days, once. When the cart
    /// was bought after all, or is gone, the item is skipped with a note, unless somebody began with it. A member of
    /// single branches sees the items of these.
    #[oai(path = "/", method = "get", operation_id = "list_action_items")]
    #[expect(clippy::too_many_arguments, reason = "one argument for each parameter of the route")]
    async fn list(
        &self,
        caller: Authenticated,
        ip: Data<&ClientIp>,
        status: Query<Option<StatusWord>>,
        kind: Query<Option<KindWord>>,
        /// Location code, or `(unassigned)`.
        location: Query<Option<String>>,
        #[oai(default)] limit: Query<Limit>,
        /// From `next_cursor`.
        cursor: Query<Option<String>>,
    ) -> Result<Private<ActionItemsBody>, ApiError> {
        let filter = ItemFilter {
            status: status.0.map(Into::into),
            kind: kind.0.map(Into::into),
            locations: within(&caller.0, named(location.0)?)?,
        };
        let (services, cursor) = (&self.services, cursor.0.as_deref());
        list(services, &caller.0, *ip.0, &filter, limit.0, cursor).await.map(Private)
    }

    /// One thing to do, and what happened to it
    #[oai(path = "/:action_item_id", method = "get", operation_id = "show_action_item")]
    async fn show(
        &self,
        caller: Authenticated,
        ip: Data<&ClientIp>,
        action_item_id: Path<Uuid>,
    ) -> Result<Private<ItemWithHistoryBody>, ApiError> {
        let id = ActionItemId::from_uuid(action_item_id.0);
        show(&self.services, &caller.0, *ip.0, id).await.map(Private)
    }
}

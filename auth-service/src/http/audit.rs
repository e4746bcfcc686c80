//! `GET /audit`: the trail of a tenant.

use common::audit::Filter;
use common::auth::Authenticated;
use common::http::cursor::Listing;
use common::http::{ApiResult, Limit, Paging};
use poem_openapi::OpenApi;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;

use super::api::{State, Tag};
use crate::app::audit_trail;
use crate::wire::{AuditEntry, AuditPage, AuditResult, Position};

pub(super) struct AuditApi(pub(super) State);

#[OpenApi(tag = "Tag::Audit")]
impl AuditApi {
    /// Read the audit trail
    ///
    /// Newest first. Nobody can change or delete a line.
    #[oai(path = "/audit", method = "get", operation_id = "listAudit")]
    #[expect(clippy::too_many_arguments, reason = "one argument for each parameter of the route")]
    async fn list(
        &self,
        caller: Authenticated,
        /// Such as `person:<id>`.
        actor: Query<Option<String>>,
        /// Such as `login.succeeded`.
        action: Query<Option<String>>,
        /// Such as `configuration`.
        object: Query<Option<String>>,
        result: Query<Option<AuditResult>>,
        cursor: Query<Option<String>>,
        #[oai(default)] limit: Query<Limit>,
    ) -> ApiResult<Json<AuditPage>> {
        let filter = Filter {
            actor: actor.0,
            action: action.0,
            object: object.0,
            result: result.0.map(|result| result.as_str().to_owned()),
        };
        let listing = Listing::new(caller.0.tenant_id(), "audit").with("filter", &filter);
        let paging = Paging::new(self.0.cursor_key()?, listing, limit.0);
        let after = paging.after::<Position>(cursor.0.as_deref())?.map(Into::into);
        let found =
            audit_trail(self.0.app()?, &caller.0.scope, &filter, after, paging.rows()).await?;
        let (found, next_cursor) =
            paging.cut(found, |line| Position(line.at, line.audit_entry_id))?;
        let entries = found.into_iter().map(AuditEntry::from).collect();
        Ok(Json(AuditPage { entries, next_cursor }))
    }
}

//! `/members`: the people of a tenant.

use common::auth::Authenticated;
use common::http::cursor::Listing;
use common::http::{ApiResult, Limit, Paging};
use common::kernel::PersonId;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use super::api::{State, Tag};
use super::client::Client;
use crate::app::{Asker, change_member, list_members, remove_member};
use crate::wire::{MemberBody, MemberPage, MemberPatch, Position};

pub(super) struct MembersApi(pub(super) State);

#[derive(ApiResponse)]
enum Removed {
    /// They have no place in the tenant any more, on every service.
    #[oai(status = 204)]
    Done,
}

#[OpenApi(prefix_path = "/members", tag = "Tag::Members")]
impl MembersApi {
    /// List members
    ///
    /// Oldest first.
    #[oai(path = "/", method = "get", operation_id = "listMembers")]
    async fn list(
        &self,
        caller: Authenticated,
        cursor: Query<Option<String>>,
        #[oai(default)] limit: Query<Limit>,
    ) -> ApiResult<Json<MemberPage>> {
        let listing = Listing::new(caller.0.tenant_id(), "members");
        let paging = Paging::new(self.0.cursor_key()?, listing, limit.0);
        let after = paging.after::<Position>(cursor.0.as_deref())?.map(Into::into);
        let found = list_members(self.0.app()?, &caller.0.scope, after, paging.rows()).await?;
        let (members, next_cursor) =
            paging.cut(found, |m| Position(m.created_at, m.person_id.uuid()))?;
        let members = members.into_iter().map(MemberBody::from).collect();
        Ok(Json(MemberPage { members, next_cursor }))
    }

    /// Change a member
    ///
    /// Role, suspension and branches; they act on every service within two seconds. Only owners
    /// touch owners, and the last owner stays one.
    #[oai(path = "/:person_id", method = "patch", operation_id = "changeMember")]
    async fn change(
        &self,
        caller: Authenticated,
        client: Client<'_>,
        person_id: Path<Uuid>,
        change: Json<MemberPatch>,
    ) -> ApiResult<Json<MemberBody>> {
        let asker = Asker { caller: &caller.0, visitor: client.0 };
        let person = PersonId::from_uuid(person_id.0);
        let member = change_member(self.0.app()?, asker, person, change.0.into()).await?;
        Ok(Json(member.into()))
    }

    /// Remove a member
    #[oai(path = "/:person_id", method = "delete", operation_id = "removeMember")]
    async fn remove(
        &self,
        caller: Authenticated,
        client: Client<'_>,
        person_id: Path<Uuid>,
    ) -> ApiResult<Removed> {
        let asker = Asker { caller: &caller.0, visitor: client.0 };
        remove_member(self.0.app()?, asker, PersonId::from_uuid(person_id.0)).await?;
        Ok(Removed::Done)
    }
}

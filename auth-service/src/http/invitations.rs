//! `/invitations`: ways into a tenant.

use common::auth::{Authenticated, LoggedIn};
use common::http::cursor::Listing;
use common::http::{ApiError, ApiResult, Limit, Paging};
use common::kernel::InvitationId;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use super::api::{State, Tag};
use super::client::Client;
use crate::app::{Asker, accept_invitation, invite, list_invitations, revoke_invitation};
use crate::wire::{
    AcceptedInvitation, Invitation, InvitationAcceptance, InvitationPage, InvitationRequest,
    NewInvitation, Position,
};

pub(super) struct InvitationsApi(pub(super) State);

#[derive(ApiResponse)]
enum Made {
    /// The invitation, with its token for this once.
    #[oai(status = 201)]
    Invitation(Json<NewInvitation>),
}

#[derive(ApiResponse)]
enum Revoked {
    /// Nobody can accept it any more.
    #[oai(status = 204)]
    Done,
}

#[OpenApi(prefix_path = "/invitations", tag = "Tag::Members")]
impl InvitationsApi {
    /// Invite someone
    ///
    /// Whoever opens `accept_url` and logs in becomes a member, once.
    #[oai(path = "/", method = "post", operation_id = "createInvitation")]
    async fn create(
        &self,
        caller: Authenticated,
        client: Client<'_>,
        wanted: Json<InvitationRequest>,
    ) -> ApiResult<Made> {
        let app = self.0.app()?;
        let asker = Asker { caller: &caller.0, visitor: client.0 };
        let made = invite(app, asker, wanted.0.into()).await?;
        Ok(Made::Invitation(Json(NewInvitation::new(&made, &app.config.http.public_url))))
    }

    /// List invitations
    ///
    /// Newest first, with what became of them.
    #[oai(path = "/", method = "get", operation_id = "listInvitations")]
    async fn list(
        &self,
        caller: Authenticated,
        cursor: Query<Option<String>>,
        #[oai(default)] limit: Query<Limit>,
    ) -> ApiResult<Json<InvitationPage>> {
        let listing = Listing::new(caller.0.tenant_id(), "invitations");
        let paging = Paging::new(self.0.cursor_key()?, listing, limit.0);
        let after = paging.after::<Position>(cursor.0.as_deref())?.map(Into::into);
        let found = list_invitations(self.0.app()?, &caller.0.scope, after, paging.rows()).await?;
        let (found, next_cursor) =
            paging.cut(found, |i| Position(i.row.created_at, i.row.invitation_id))?;
        let invitations = found.into_iter().map(Invitation::from).collect();
        Ok(Json(InvitationPage { invitations, next_cursor }))
    }

    /// Revoke an invitation
    #[oai(path = "/:invitation_id", method = "delete", operation_id = "revokeInvitation")]
    async fn revoke(
        &self,
        caller: Authenticated,
        client: Client<'_>,
        invitation_id: Path<Uuid>,
    ) -> ApiResult<Revoked> {
        let asker = Asker { caller: &caller.0, visitor: client.0 };
        let id = InvitationId::from_uuid(invitation_id.0);
        revoke_invitation(self.0.app()?, asker, id).await?;
        Ok(Revoked::Done)
    }

    /// Accept an invitation
    ///
    /// For someone who is logged in already; needs the session cookie.
    #[oai(path = "/accept", method = "post", operation_id = "acceptInvitation")]
    async fn accept(
        &self,
        caller: LoggedIn,
        client: Client<'_>,
        acceptance: Json<InvitationAcceptance>,
    ) -> ApiResult<Json<AcceptedInvitation>> {
        if !caller.by_cookie {
            let detail = "an access token is for the tenants it was made for; use the session";
            return Err(ApiError::forbidden(detail));
        }
        let person = caller.session.person_id;
        let accepted =
            accept_invitation(self.0.app()?, person, &acceptance.0.token, client.0).await?;
        Ok(Json(AcceptedInvitation { tenant_id: accepted.uuid() }))
    }
}

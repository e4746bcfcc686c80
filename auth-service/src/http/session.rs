//! `/tokens`, `/sessions` and `POST /logout`: what a session is good for, and its end.

use common::auth::LoggedIn;
use common::http::{ApiError, ApiResult};
use common::kernel::{SessionId, TenantId};
use poem::http::header::SET_COOKIE;
use poem_openapi::param::Path;
use poem_openapi::payload::{Json, Response};
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use super::api::{State, Tag};
use super::client::Client;
use super::cookies::Cookies;
use crate::app::{
    begin_client_session, issue_token, living_sessions, logout, refresh, revoke_session,
};
use crate::wire::{AccessToken, RefreshRequest, SessionBody, Sessions, TokenRequest};

pub(super) struct SessionApi(pub(super) State);

#[derive(ApiResponse)]
enum Ended {
    /// The session ended, on every service.
    #[oai(status = 204)]
    Done,
}

#[OpenApi(tag = "Tag::Login")]
impl SessionApi {
    /// Get an access token
    ///
    /// For one of the session's tenants. The token is good for ten minutes on all three services.
    /// Needs the session cookie: an access token does not beget another. With `offline_access` a
    /// session of its own begins, for a client without a cookie.
    #[oai(path = "/tokens", method = "post", operation_id = "createToken")]
    async fn tokens(
        &self,
        caller: LoggedIn,
        client: Client<'_>,
        wanted: Json<TokenRequest>,
    ) -> ApiResult<Json<AccessToken>> {
        if !caller.by_cookie {
            return Err(ApiError::forbidden("a token is made from the session cookie only"));
        }
        let app = self.0.app()?;
        let TokenRequest { tenant_id, offline_access, client_name } = wanted.0;
        let (session, tenant) = (&caller.session, tenant_id.map(TenantId::from_uuid));
        if offline_access {
            let begun = begin_client_session(app, session, tenant, client_name, client.0).await?;
            return Ok(Json(begun.into()));
        }
        if client_name.is_some() {
            let detail = "names a client with `offline_access`";
            return Err(ApiError::invalid_field("/client_name", "not_applicable", detail));
        }
        let idle = app.config.session.idle();
        Ok(Json(issue_token(app, session, tenant, idle).await?.into()))
    }

    /// Refresh
    ///
    /// Trades a refresh token for an access token and the next refresh token. The old one may be
    /// sent again within ten seconds; after that its return ends the client's session.
    #[oai(path = "/tokens/refresh", method = "post", operation_id = "refreshToken")]
    async fn refresh(
        &self,
        client: Client<'_>,
        presented: Json<RefreshRequest>,
    ) -> ApiResult<Json<AccessToken>> {
        self.0.count_login(client.0.ip)?;
        let tenant = presented.0.tenant_id.map(TenantId::from_uuid);
        let app = self.0.app()?;
        Ok(Json(refresh(app, &presented.0.refresh_token, tenant, client.0).await?.into()))
    }

    /// List the person's sessions
    #[oai(path = "/sessions", method = "get", operation_id = "listSessions")]
    async fn sessions(&self, caller: LoggedIn) -> ApiResult<Json<Sessions>> {
        let current = caller.session.session_id.uuid();
        let living = living_sessions(self.0.app()?, &caller.session).await?;
        let sessions = living.into_iter().map(|s| SessionBody::new(s, current)).collect();
        Ok(Json(Sessions { sessions }))
    }

    /// End one of the person's sessions
    ///
    /// A lost laptop's, or a client's with all its refresh tokens.
    #[oai(path = "/sessions/:session_id", method = "delete", operation_id = "endSession")]
    async fn end_session(
        &self,
        caller: LoggedIn,
        client: Client<'_>,
        session_id: Path<Uuid>,
    ) -> ApiResult<Ended> {
        let wanted = SessionId::from_uuid(session_id.0);
        revoke_session(self.0.app()?, &caller.session, wanted, client.0).await?;
        Ok(Ended::Done)
    }

    /// Log out
    ///
    /// Ends the session and with it every access token that was made from it.
    #[oai(path = "/logout", method = "post", operation_id = "logout")]
    async fn logout(&self, caller: LoggedIn, client: Client<'_>) -> ApiResult<Response<Ended>> {
        let app = self.0.app()?;
        logout(app, &caller.session, client.0).await?;
        let cookies = Cookies::new(&app.config.http);
        let gone = cookies.drop(cookies.session_name());
        Ok(Response::new(Ended::Done).header(SET_COOKIE, gone))
    }
}

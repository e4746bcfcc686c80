//! `POST /tokens` and `POST /logout`: what a session is good for, and its end.

use common::auth::LoggedIn;
use common::http::{ApiError, ApiResult};
use common::kernel::TenantId;
use poem::http::header::SET_COOKIE;
use poem_openapi::payload::{Json, Response};
use poem_openapi::{ApiResponse, OpenApi};

use super::api::{State, Tag};
use super::cookies::Cookies;
use crate::app::{issue_token, logout};
use crate::wire::{AccessToken, TokenRequest};

pub(super) struct SessionApi(pub(super) State);

#[derive(ApiResponse)]
enum LoggedOut {
    /// The session ended, on every service.
    #[oai(status = 204)]
    Done,
}

#[OpenApi(tag = "Tag::Login")]
impl SessionApi {
    /// Get an access token
    ///
    /// For one of the session's tenants. The token is good for ten minutes on all three services.
    /// Needs the session cookie: an access token does not beget another.
    #[oai(path = "/tokens", method = "post", operation_id = "createToken")]
    async fn tokens(
        &self,
        caller: LoggedIn,
        wanted: Json<TokenRequest>,
    ) -> ApiResult<Json<AccessToken>> {
        if !caller.by_cookie {
            return Err(ApiError::forbidden("a token is made from the session cookie only"));
        }
        let tenant = wanted.0.tenant_id.map(TenantId::from_uuid);
        let issued = issue_token(self.0.app()?, &caller.session, tenant).await?;
        Ok(Json(issued.into()))
    }

    /// Log out
    ///
    /// Ends the session and with it every access token that was made from it.
    #[oai(path = "/logout", method = "post", operation_id = "logout")]
    async fn logout(&self, caller: LoggedIn) -> ApiResult<Response<LoggedOut>> {
        let app = self.0.app()?;
        logout(app, caller.session.session_id).await?;
        let cookies = Cookies::new(&app.config.http);
        let gone = cookies.drop(cookies.session_name());
        Ok(Response::new(LoggedOut::Done).header(SET_COOKIE, gone))
    }
}

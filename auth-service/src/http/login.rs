//! `GET /login` and `GET /callback`: the way to the identity provider and back.

use common::auth::cookie;
use common::http::ApiResult;
use poem::Request;
use poem::http::header::SET_COOKIE;
use poem_openapi::param::Query;
use poem_openapi::payload::Response;
use poem_openapi::{ApiResponse, OpenApi};

use super::api::{State, Tag};
use super::client::Client;
use super::cookies::Cookies;
use crate::app::{Callback, LOGIN_LIFETIME, begin_login, finish_login};

pub(super) struct LoginApi(pub(super) State);

/// A redirect of the browser.
#[derive(ApiResponse)]
enum Redirected {
    /// The browser is sent on. Cookies come with it.
    #[oai(status = 303)]
    To(
        /// Where to.
        #[oai(header = "Location")]
        String,
    ),
}

#[OpenApi(tag = "Tag::Login")]
impl LoginApi {
    /// Begin a login
    ///
    /// Sends the browser to the identity provider. Afterwards it comes back to `return_to`, a path
    /// on this origin; anything else counts as `/`.
    #[oai(path = "/login", method = "get", operation_id = "login")]
    async fn login(
        &self,
        client: Client<'_>,
        return_to: Query<Option<String>>,
        /// Token of an invitation, accepted when the person comes back.
        #[oai(validator(max_length = 200))]
        invitation: Query<Option<String>>,
    ) -> ApiResult<Response<Redirected>> {
        self.0.count_login(client.0.ip)?;
        let app = self.0.app()?;
        let begun = begin_login(app, return_to.0.as_deref(), invitation.0.as_deref()).await?;
        let cookies = Cookies::new(&app.config.http);
        let tie = cookies.keep(cookies.login_name(), begun.browser.expose(), LOGIN_LIFETIME);
        Ok(Response::new(Redirected::To(begun.url)).header(SET_COOKIE, tie))
    }

    /// Finish a login
    ///
    /// Where the identity provider sends the browser back to. Begins a session and redirects to
    /// what `return_to` named. The answer is good once, for ten minutes, in the browser that
    /// began the login.
    #[oai(path = "/callback", method = "get", operation_id = "callback")]
    #[expect(clippy::too_many_arguments, reason = "parameters that providers add must be known")]
    async fn callback(
        &self,
        request: &Request,
        client: Client<'_>,
        /// As sent to the provider.
        state: Query<String>,
        /// To be exchanged for an ID token.
        code: Query<Option<String>>,
        /// The provider's name for itself, RFC 9207.
        iss: Query<Option<String>>,
        /// Why the provider refused.
        error: Query<Option<String>>,
        /// Ignored.
        #[oai(name = "error_description")]
        _error_description: Query<Option<String>>,
        /// Ignored.
        #[oai(name = "error_uri")]
        _error_uri: Query<Option<String>>,
        /// Ignored.
        #[oai(name = "session_state")]
        _session_state: Query<Option<String>>,
        /// Ignored.
        #[oai(name = "scope")]
        _scope: Query<Option<String>>,
        /// Ignored.
        #[oai(name = "authuser")]
        _authuser: Query<Option<String>>,
        /// Ignored.
        #[oai(name = "prompt")]
        _prompt: Query<Option<String>>,
        /// Ignored.
        #[oai(name = "hd")]
        _hosted_domain: Query<Option<String>>,
    ) -> ApiResult<Response<Redirected>> {
        self.0.count_login(client.0.ip)?;
        let app = self.0.app()?;
        let cookies = Cookies::new(&app.config.http);
        let callback = Callback {
            state: state.0,
            code: code.0,
            iss: iss.0,
            error: error.0,
            browser: cookie(request, cookies.login_name()),
            previous_session: cookie(request, cookies.session_name()),
        };
        let finished = finish_login(app, callback, client.0).await?;
        let lifetime = app.config.session.absolute();
        let session = cookies.keep(cookies.session_name(), finished.token.expose(), lifetime);
        Ok(Response::new(Redirected::To(finished.return_to))
            .header(SET_COOKIE, session)
            .header(SET_COOKIE, cookies.drop(cookies.login_name())))
    }
}

//! Puts the resources together.

use std::sync::Arc;

use common::auth::Authenticator;
use common::config::ConfigError;
use common::http::{Ground, Health, ground, openapi_document};
use poem::endpoint::BoxEndpoint;
use poem::{EndpointExt, Response};
use poem_openapi::{OpenApiService, Tags};

use super::configuration::ConfigurationApi;
use super::keys::KeysApi;
use super::login::LoginApi;
use super::me::MeApi;
use super::session::SessionApi;
use crate::app::App;

/// First segment of every path.
pub const SERVICE: &str = "auth";

#[derive(Tags)]
pub(super) enum Tag {
    /// Logging in and out, access tokens.
    Login,
    /// What verifies access tokens.
    Keys,
    /// The caller.
    Me,
    /// A tenant's configuration.
    Configuration,
}

type Api = (LoginApi, SessionApi, KeysApi, MeApi, ConfigurationApi);

fn service(app: Option<Arc<App>>) -> OpenApiService<Api, ()> {
    let state = State(app);
    let api = (
        LoginApi(state.clone()),
        SessionApi(state.clone()),
        KeysApi(state.clone()),
        MeApi,
        ConfigurationApi(state),
    );
    OpenApiService::new(api, "Footfall identity", env!("CARGO_PKG_VERSION")).description(
        "Login with an OpenID Connect provider, access tokens for the three services, and tenant \
         configuration.",
    )
}

/// The application, absent only where nothing but the document is wanted.
#[derive(Debug, Clone)]
pub(super) struct State(Option<Arc<App>>);

impl State {
    pub(super) fn app(&self) -> Result<&Arc<App>, common::http::ApiError> {
        self.0.as_ref().ok_or_else(|| {
            common::http::ApiError::unavailable("starting", 1, "the service is not started yet")
        })
    }
}

/// The OpenAPI document as it is served.
#[must_use]
pub fn document() -> String {
    openapi_document(service(None), SERVICE)
}

/// Everything the `serve` role answers.
///
/// # Errors
/// When the HTTP settings are not usable.
pub fn routes(
    app: Arc<App>,
    authenticator: Arc<Authenticator>,
    health: Health,
) -> Result<BoxEndpoint<'static, Response>, ConfigError> {
    let options = Ground::new(SERVICE, &app.config.http, health);
    let endpoint = ground(service(Some(app)), options)?;
    Ok(endpoint.data(authenticator).map_to_response().boxed())
}

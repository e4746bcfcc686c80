//! Puts the resources together.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use common::auth::Authenticator;
use common::config::ConfigError;
use common::http::{
    ApiError, ApiResult, ClientIp, Ground, Health, RateLimit, ground, openapi_document,
};
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
    let state = State(app.map(|app| Arc::new(Shared::new(app))));
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

/// What the endpoints share.
#[derive(Debug)]
pub(super) struct Shared {
    app: Arc<App>,
    /// Counted by address: whoever logs in has nothing else to be known by.
    logins: RateLimit,
}

/// Beginnings and ends of logins from one address in a minute; an office may share one.
const LOGINS_A_MINUTE: NonZeroU32 = NonZeroU32::new(120).unwrap();

impl Shared {
    fn new(app: Arc<App>) -> Self {
        let minute = Duration::from_secs(60);
        let logins = RateLimit::new("login", LOGINS_A_MINUTE, minute, app.clock.clone());
        Self { app, logins }
    }
}

/// Absent only where nothing but the document is wanted.
#[derive(Debug, Clone)]
pub(super) struct State(Option<Arc<Shared>>);

impl State {
    pub(super) fn app(&self) -> ApiResult<&Arc<App>> {
        self.shared().map(|shared| &shared.app)
    }

    /// Counts a login of this address.
    pub(super) fn count_login(&self, ip: ClientIp) -> ApiResult<()> {
        let address = ip.0.map_or_else(|| "unknown".to_owned(), |ip| ip.to_string());
        self.shared()?.logins.check(address)
    }

    fn shared(&self) -> ApiResult<&Arc<Shared>> {
        let absent = || ApiError::unavailable("starting", 1, "the service is not started yet");
        self.0.as_ref().ok_or_else(absent)
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

//! Puts the resources together.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use common::auth::{Authenticator, Caller};
use common::config::ConfigError;
use common::http::cursor::CursorKey;
use common::http::{ApiError, ApiResult, Ground, Health, RateLimit, ground, openapi_document};
use common::kernel::{Secret, TenantId};
use poem::endpoint::BoxEndpoint;
use poem::{EndpointExt, Response};
use poem_openapi::{OpenApiService, Tags};

use super::api_keys::ApiKeysApi;
use super::audit::AuditApi;
use super::configuration::ConfigurationApi;
use super::connection_test::ConnectionTestApi;
use super::introspection::IntrospectionApi;
use super::invitations::InvitationsApi;
use super::keys::KeysApi;
use super::login::LoginApi;
use super::me::MeApi;
use super::members::MembersApi;
use super::session::SessionApi;
use super::tenant::TenantApi;
use crate::app::App;

/// First segment of every path.
pub const SERVICE: &str = "auth";

/// Real answers, with ids, times and secrets changed.
const EXAMPLES: &str = include_str!("examples.json");

#[derive(Tags)]
pub(super) enum Tag {
    /// Logging in and out, access tokens.
    Login,
    /// What verifies access tokens, and the keys of machines.
    Keys,
    /// The caller.
    Me,
    /// The people of a tenant and their invitations.
    Members,
    /// The caller's tenant.
    Tenant,
    /// A tenant's configuration.
    Configuration,
    /// Who did what.
    Audit,
}

type Api = (
    LoginApi,
    SessionApi,
    IntrospectionApi,
    KeysApi,
    ApiKeysApi,
    MeApi,
    MembersApi,
    InvitationsApi,
    TenantApi,
    ConfigurationApi,
    ConnectionTestApi,
    AuditApi,
);

fn service(app: Option<Arc<App>>) -> OpenApiService<Api, ()> {
    let state = State(app.map(|app| Arc::new(Shared::new(app))));
    let api = (
        LoginApi(state.clone()),
        SessionApi(state.clone()),
        IntrospectionApi(state.clone()),
        KeysApi(state.clone()),
        ApiKeysApi(state.clone()),
        MeApi,
        MembersApi(state.clone()),
        InvitationsApi(state.clone()),
        TenantApi(state.clone()),
        ConfigurationApi(state.clone()),
        ConnectionTestApi(state.clone()),
        AuditApi(state),
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
    /// Counted by caller.
    validations: RateLimit,
    /// Counted by tenant.
    exports: RateLimit,
    /// Counted by tenant: each makes us call where the tenant says.
    connection_tests: RateLimit,
    cursor_key: CursorKey,
}

/// An export reads all that is kept about a tenant.
const EXPORTS_A_MINUTE: u32 = 5;

impl Shared {
    fn new(app: Arc<App>) -> Self {
        let limits = app.config.limits;
        let limit = |name, a_minute| {
            let burst = NonZeroU32::new(a_minute).unwrap_or(NonZeroU32::MIN);
            RateLimit::new(name, burst, Duration::from_secs(60), app.clock.clone())
        };
        // From the key that seals: the configuration was refused if there is none.
        let crypto = &app.config.crypto;
        let cursor_key =
            CursorKey::derive(crypto.keys.get(&crypto.active).unwrap_or(&Secret::default()));
        Self {
            logins: limit("login", limits.logins_a_minute),
            validations: limit("validation", limits.validations_a_minute),
            exports: limit("export", EXPORTS_A_MINUTE),
            connection_tests: limit("connection-tests", limits.connection_tests_a_minute),
            cursor_key,
            app,
        }
    }
}

/// Absent only where nothing but the document is wanted.
#[derive(Debug, Clone)]
pub(super) struct State(Option<Arc<Shared>>);

impl State {
    pub(super) fn app(&self) -> ApiResult<&Arc<App>> {
        self.shared().map(|shared| &shared.app)
    }

    pub(super) fn cursor_key(&self) -> ApiResult<&CursorKey> {
        self.shared().map(|shared| &shared.cursor_key)
    }

    /// Counts an introspection of this caller.
    pub(super) fn count_validation(&self, caller: &Caller) -> ApiResult<()> {
        self.shared()?.validations.check(caller.actor())
    }

    /// Counts an export of the caller's tenant.
    pub(super) fn count_export(&self, caller: &Caller) -> ApiResult<()> {
        self.shared()?.exports.check(caller.tenant_id())
    }

    /// Counts a step of a login from this address.
    pub(super) fn count_login(&self, ip: Option<IpAddr>) -> ApiResult<()> {
        let address = ip.map_or_else(|| "unknown".to_owned(), |ip| ip.to_string());
        self.shared()?.logins.check(address)
    }

    /// Counts a test of one of the tenant's connections.
    pub(super) fn count_connection_test(&self, tenant: TenantId) -> ApiResult<()> {
        self.shared()?.connection_tests.check(tenant)
    }

    fn shared(&self) -> ApiResult<&Arc<Shared>> {
        let absent = || ApiError::unavailable("starting", 1, "the service is not started yet");
        self.0.as_ref().ok_or_else(absent)
    }
}

/// The OpenAPI document as it is served.
#[must_use]
pub fn document() -> String {
    openapi_document(service(None), SERVICE, EXAMPLES)
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
    let options = Ground::new(SERVICE, &app.config.http, health).examples(EXAMPLES);
    let endpoint = ground(service(Some(app)), options)?;
    Ok(endpoint.data(authenticator).map_to_response().boxed())
}

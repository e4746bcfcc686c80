//! The endpoints behind the common ground: authentication, limits, errors, documentation.

use std::sync::Arc;

use common::auth::{Authenticator, ServiceGate};
use common::config::{ConfigError, HttpSettings};
use common::http::{Ground, Health, ground, openapi_document};
use poem::endpoint::BoxEndpoint;
use poem::{EndpointExt, Response};

use super::rules::RULES;
use super::{NAME, SERVICE, Services, api};

/// Real answers. Those about statistics and carts are the generated shop's, written by the test that asks for them anew
/// (`e2e/tests/statistics/examples.rs`); of the others ids and times are changed.
const EXAMPLES: &str = include_str!("examples.json");

/// The whole web API.
///
/// # Errors
/// When the HTTP settings are not usable.
pub fn app(
    services: &Arc<Services>,
    settings: &HttpSettings,
    health: Health,
) -> Result<BoxEndpoint<'static, Response>, ConfigError> {
    let gate = ServiceGate::new(services.db.clone(), services.clock.clone(), NAME);
    let authenticator =
        Arc::new(Authenticator::new(services.db.clone(), services.clock.clone(), RULES, settings));
    let tokens = authenticator.clone();
    let health = health.check("signing_keys", move || {
        let tokens = tokens.clone();
        async move { tokens.ready().await }
    });
    let options = Ground::new(SERVICE, settings, health).examples(EXAMPLES);
    let endpoint = ground(api(services), options)?.data(authenticator).data(Arc::new(gate));
    Ok(endpoint.map_to_response().boxed())
}

/// The OpenAPI document as it is served.
#[must_use]
pub fn document(services: &Arc<Services>) -> String {
    openapi_document(api(services), SERVICE, EXAMPLES)
}

//! The endpoints behind the common ground: authentication, limits, errors, documentation.

use std::sync::Arc;

use common::auth::Authenticator;
use common::config::{ConfigError, HttpSettings};
use common::http::{Ground, Health, ground, openapi_document};
use common::kernel::SharedClock;
use poem::endpoint::BoxEndpoint;
use poem::{EndpointExt, Response};
use poem_openapi::OpenApiService;

use super::availability::ListAvailability;
use super::jobs::{CancelJob, JobEvents, Jobs, ShowJob};
use super::rules::RULES;
use super::{SERVICE, State};

type Api = (Jobs, ShowJob, CancelJob, JobEvents, ListAvailability);

/// The whole web API.
///
/// # Errors
/// When the HTTP settings are not usable.
pub fn app(
    state: &State,
    clock: SharedClock,
    settings: &HttpSettings,
    health: Health,
) -> Result<BoxEndpoint<'static, Response>, ConfigError> {
    let authenticator = Authenticator::new(state.db.clone(), clock, RULES, settings);
    let options = Ground::new(SERVICE, settings, health);
    Ok(ground(api(state), options)?.data(Arc::new(authenticator)).map_to_response().boxed())
}

/// The OpenAPI document as it is served.
#[must_use]
pub fn document(state: &State) -> String {
    openapi_document(api(state), SERVICE)
}

fn api(state: &State) -> OpenApiService<Api, ()> {
    let endpoints = (
        Jobs(state.clone()),
        ShowJob(state.clone()),
        CancelJob(state.clone()),
        JobEvents(state.clone()),
        ListAvailability(state.clone()),
    );
    OpenApiService::new(endpoints, "Footfall data-service", env!("CARGO_PKG_VERSION"))
        .description("Pulls GA4 exports and master data into Footfall, as jobs.")
}

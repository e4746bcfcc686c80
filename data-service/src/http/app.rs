//! The endpoints behind the common ground: authentication, limits, errors, documentation.

use std::sync::Arc;

use common::auth::Authenticator;
use common::config::{ConfigError, HttpSettings};
use common::http::{Ground, Health, ground, openapi_document};
use poem::endpoint::BoxEndpoint;
use poem::{EndpointExt, Response};
use poem_openapi::OpenApiService;

use super::availability::ListAvailability;
use super::dead_letters::{ListDeadLetters, RedriveDeadLetter, RedriveDeadLetters, ShowDeadLetter};
use super::job_pauses::{JobPauses, ListJobPauses};
use super::jobs::{CancelJob, JobEvents, Jobs, PauseJob, ResumeJob, RetryJob, ShowJob};
use super::rules::RULES;
use super::schedules::{OneSchedule, PauseSchedule, ResumeSchedule, Schedules};
use super::{SERVICE, State};

type Api = (
    (Jobs, ShowJob, CancelJob, PauseJob, ResumeJob, RetryJob, JobEvents),
    (ListJobPauses, JobPauses),
    (ListDeadLetters, ShowDeadLetter, RedriveDeadLetter, RedriveDeadLetters),
    (Schedules, OneSchedule, PauseSchedule, ResumeSchedule),
    ListAvailability,
);

/// The whole web API.
///
/// # Errors
/// When the HTTP settings are not usable.
pub fn app(
    state: &State,
    settings: &HttpSettings,
    health: Health,
) -> Result<BoxEndpoint<'static, Response>, ConfigError> {
    let authenticator = Authenticator::new(state.db.clone(), state.clock.clone(), RULES, settings);
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
        (
            Jobs(state.clone()),
            ShowJob(state.clone()),
            CancelJob(state.clone()),
            PauseJob(state.clone()),
            ResumeJob(state.clone()),
            RetryJob(state.clone()),
            JobEvents(state.clone()),
        ),
        (ListJobPauses(state.clone()), JobPauses(state.clone())),
        (
            ListDeadLetters(state.clone()),
            ShowDeadLetter(state.clone()),
            RedriveDeadLetter(state.clone()),
            RedriveDeadLetters(state.clone()),
        ),
        (
            Schedules(state.clone()),
            OneSchedule(state.clone()),
            PauseSchedule(state.clone()),
            ResumeSchedule(state.clone()),
        ),
        ListAvailability(state.clone()),
    );
    OpenApiService::new(endpoints, "Footfall data-service", env!("CARGO_PKG_VERSION"))
        .description("Pulls GA4 exports and master data into Footfall, as jobs.")
}

//! The endpoints behind the common ground: authentication, limits, errors, documentation.

use std::sync::Arc;

use common::auth::{Authenticator, ServiceGate};
use common::config::{ConfigError, HttpSettings};
use common::http::{Ground, Health, ground, openapi_document};
use poem::endpoint::BoxEndpoint;
use poem::{EndpointExt, Response};
use poem_openapi::OpenApiService;

use super::availability::ListAvailability;
use super::dead_letters::{ListDeadLetters, RedriveDeadLetter, RedriveDeadLetters, ShowDeadLetter};
use super::files::{DownloadRejects, ListFiles, ListRejects, ShowFile};
use super::first_connect::{CreateBackfill, EstimateBackfill, ListSourceDatasets};
use super::hooks::{self, ReceiveWebhook};
use super::internal::TestConnection;
use super::job_pauses::{JobPauses, ListJobPauses};
use super::jobs::{ControlJob, JobEvents, Jobs, ShowJob};
use super::param_drift::ListParamDrift;
use super::rules::RULES;
use super::schedules::{OneSchedule, PauseSchedule, ResumeSchedule, Schedules};
use super::tenant_export::ExportTenant;
use super::webhook_endpoints::{
    ListDeliveries, OneWebhookEndpoint, RotateSecret, WebhookEndpoints,
};
use super::{SERVICE, State};

/// Real answers, with ids and times changed.
const EXAMPLES: &str = include_str!("examples.json");

type Api = (
    (Jobs, ShowJob, ControlJob, JobEvents),
    (ListJobPauses, JobPauses),
    (ListDeadLetters, ShowDeadLetter, RedriveDeadLetter, RedriveDeadLetters),
    (Schedules, OneSchedule, PauseSchedule, ResumeSchedule),
    (ListFiles, ShowFile, ListRejects, DownloadRejects),
    (ListAvailability, ListParamDrift),
    (ListSourceDatasets, EstimateBackfill, CreateBackfill),
    (WebhookEndpoints, OneWebhookEndpoint, RotateSecret, ListDeliveries, ReceiveWebhook),
    (TestConnection, ExportTenant),
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
    let gate = ServiceGate::new(state.db.clone(), state.clock.clone(), crate::NAME);
    let authenticator =
        Arc::new(Authenticator::new(state.db.clone(), state.clock.clone(), RULES, settings));
    let tokens = authenticator.clone();
    let health = health.check("signing_keys", move || {
        let tokens = tokens.clone();
        async move { tokens.ready().await }
    });
    let (hooks, bytes) = hooks::BODY_LIMIT;
    let options =
        Ground::new(SERVICE, settings, health).examples(EXAMPLES).body_limit(hooks, bytes);
    let endpoint = ground(api(state), options)?.data(authenticator).data(Arc::new(gate));
    Ok(endpoint.map_to_response().boxed())
}

/// The OpenAPI document as it is served.
#[must_use]
pub fn document(state: &State) -> String {
    openapi_document(api(state), SERVICE, EXAMPLES)
}

fn api(state: &State) -> OpenApiService<Api, ()> {
    let endpoints = (
        (
            Jobs(state.clone()),
            ShowJob(state.clone()),
            ControlJob(state.clone()),
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
        (
            ListFiles(state.clone()),
            ShowFile(state.clone()),
            ListRejects(state.clone()),
            DownloadRejects(state.clone()),
        ),
        (ListAvailability(state.clone()), ListParamDrift(state.clone())),
        (
            ListSourceDatasets(state.clone()),
            EstimateBackfill(state.clone()),
            CreateBackfill(state.clone()),
        ),
        (
            WebhookEndpoints(state.clone()),
            OneWebhookEndpoint(state.clone()),
            RotateSecret(state.clone()),
            ListDeliveries(state.clone()),
            ReceiveWebhook(state.clone()),
        ),
        (TestConnection(state.clone()), ExportTenant::new(state.clone())),
    );
    OpenApiService::new(endpoints, "Footfall data-service", env!("CARGO_PKG_VERSION")).description(
        "Pulls GA4 exports and master data into Footfall, as jobs, and receives webhooks of shops.",
    )
}

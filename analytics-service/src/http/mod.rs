//! The web API: one endpoint a file.

mod action_items;
mod app;
mod cache;
mod conditional;
mod contacts;
mod health_database;
mod internal;
mod limits;
mod location;
mod private;
mod refusal;
mod reports;
pub mod rules;
mod services;
mod stats;
mod tag;
mod tasks;
mod turns;

use std::sync::Arc;

use poem_openapi::OpenApiService;

pub use app::{app, document};
pub use cache::AnswerCache;
pub use limits::Limits;
pub use services::Services;
pub use turns::Turns;

/// The name of the service in paths: `/analytics/v1`.
pub const SERVICE: &str = "analytics";

/// The service as others name it in tokens for it.
pub const NAME: &str = "analytics-service";

type Endpoints = (
    stats::OverviewApi,
    stats::SeriesApi,
    stats::LocationsApi,
    stats::BreakdownApi,
    stats::QueryApi,
    stats::FunnelApi,
    stats::RetentionApi,
    stats::ExportApi,
    stats::RealtimeApi,
    tasks::CartsApi,
    action_items::ActionItemsApi,
    reports::PreviewApi,
    reports::ReportRunsApi,
    health_database::DatabaseApi,
    internal::TestConnectionApi,
);

/// Every endpoint of the service.
#[must_use]
pub fn api(services: &Arc<Services>) -> OpenApiService<Endpoints, ()> {
    let endpoints = (
        stats::OverviewApi::new(services),
        stats::SeriesApi::new(services),
        stats::LocationsApi::new(services),
        stats::BreakdownApi::new(services),
        stats::QueryApi::new(services),
        stats::FunnelApi::new(services),
        stats::RetentionApi::new(services),
        stats::ExportApi::new(services),
        stats::RealtimeApi::new(services),
        tasks::CartsApi::new(services),
        action_items::ActionItemsApi::new(services),
        reports::PreviewApi::new(services),
        reports::ReportRunsApi::new(services),
        health_database::DatabaseApi::new(services),
        internal::TestConnectionApi::new(services),
    );
    OpenApiService::new(endpoints, "Footfall analytics-service", env!("CARGO_PKG_VERSION"))
        .description("Dashboard statistics, task lists and emailed reports.")
}

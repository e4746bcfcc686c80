//! `/stats`: numbers of a range of days.

mod answer;
mod breakdown;
mod checked_query;
mod export;
mod funnel;
mod locations;
mod metrics;
mod overview;
mod parameters;
mod query;
mod query_answer;
mod query_request;
mod realtime;
mod retention;
mod series;
mod series_metric;

pub(super) use breakdown::BreakdownApi;
pub(super) use export::ExportApi;
pub(super) use funnel::FunnelApi;
pub(super) use locations::{LocationKind, LocationsApi};
pub(super) use overview::OverviewApi;
pub(super) use parameters::{named, question, range_code, range_of};
pub(super) use query::QueryApi;
pub(super) use realtime::RealtimeApi;
pub(super) use retention::RetentionApi;
pub(super) use series::SeriesApi;

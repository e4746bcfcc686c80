//! `/stats`: numbers of a range of days.

mod answer;
mod locations;
mod metrics;
mod overview;
mod parameters;
mod series;
mod series_metric;

pub(super) use locations::{LocationKind, LocationsApi};
pub(super) use overview::OverviewApi;
pub(super) use parameters::{Compare, question, range_code, range_of};
pub(super) use series::SeriesApi;

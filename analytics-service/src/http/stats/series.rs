//! `GET /stats/series`

use std::sync::Arc;

use common::auth::Authenticated;
use common::http::{ApiError, IfNoneMatch};
use poem_openapi::param::Query;
use poem_openapi::{Enum, Object, OpenApi};

use super::answer::{Asked, answer};
use super::parameters::{Compare, question, range_of};
use super::series_metric::{SeriesMetric, SeriesValues, selection};
use crate::app::stats::{Basis, Found, MAX_BUCKETS, SessionBasis, series};
use crate::domain::freshness::{DayState, start_of};
use crate::domain::series::Bucket;
use crate::http::Services;
use crate::http::conditional::Conditional;
use crate::http::tag::Tag;
use crate::wire::{Day, StatsMeta};

/// Width of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
#[oai(rename_all = "snake_case")]
enum BucketWidth {
    /// A local day.
    #[default]
    Day,
}

/// On which day a session counts that touched several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
#[oai(rename_all = "snake_case")]
enum Sessions {
    /// On each day it was active.
    #[default]
    Active,
    /// On its first day within the range, so that the buckets add up to the overview.
    Started,
}

/// Whether a bucket can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
enum BucketState {
    Complete,
    /// Loaded, and the source may still change it.
    Partial,
    /// Passed, and not loaded.
    Missing,
    /// Not yet there.
    Future,
}

impl From<DayState> for BucketState {
    fn from(state: DayState) -> Self {
        match state {
            DayState::Complete => Self::Complete,
            DayState::Provisional => Self::Partial,
            DayState::Missing => Self::Missing,
            DayState::Future => Self::Future,
        }
    }
}

#[derive(Debug, Object)]
#[oai(rename = "SeriesBucket")]
struct BucketBody {
    /// The local day.
    date: Day,
    /// Its first instant, RFC 3339 with the property's offset.
    start: String,
    state: BucketState,
    /// The metrics asked for; null unless the day is loaded.
    values: Option<SeriesValues>,
}

impl BucketBody {
    fn new(basis: &Basis, bucket: &Bucket, selected: &[SeriesMetric]) -> Self {
        Self {
            date: bucket.day.into(),
            start: start_of(bucket.day, basis.zone).to_rfc3339(),
            state: bucket.state.into(),
            values: bucket.metrics.as_ref().map(|m| SeriesValues::new(m, selected)),
        }
    }
}

#[derive(Debug, Object)]
#[oai(rename = "StatsSeries")]
struct SeriesBody {
    /// Every day of the range, in order. Empty when `meta.empty` says why.
    buckets: Vec<BucketBody>,
    meta: StatsMeta,
}

#[derive(Debug)]
pub struct SeriesApi {
    services: Arc<Services>,
}

impl SeriesApi {
    pub(in crate::http) fn new(services: &Arc<Services>) -> Self {
        Self { services: services.clone() }
    }
}

#[OpenApi(prefix_path = "/stats", tag = "Tag::Statistics")]
impl SeriesApi {
    /// Metrics day by day
    #[oai(path = "/series", method = "get", operation_id = "stats_series")]
    #[expect(clippy::too_many_arguments, reason = "one argument for each parameter of the route")]
    async fn show(
        &self,
        caller: Authenticated,
        /// First local day.
        first: Query<Day>,
        /// Last local day, inclusive. At most 2,000 buckets.
        last: Query<Day>,
        /// Names of metrics with commas between them; all when left out.
        metrics: Query<Option<String>>,
        #[oai(default)] bucket: Query<BucketWidth>,
        #[oai(default)] sessions: Query<Sessions>,
        /// GA4 property number; required when the tenant has several.
        property: Query<Option<i64>>,
        /// Location code, or `(unassigned)`; all locations together when left out.
        location: Query<Option<String>>,
        #[oai(name = "If-None-Match")] if_none_match: IfNoneMatch,
    ) -> Result<Conditional<SeriesBody>, ApiError> {
        let BucketWidth::Day = bucket.0;
        let range = range_of(first.0, last.0)?;
        if range.days() > MAX_BUCKETS {
            let detail = format!("the range has more than {MAX_BUCKETS} buckets");
            return Err(ApiError::invalid_parameter("last", "too_many_buckets", detail));
        }
        let selected = selection(metrics.0.as_deref())?;
        let question = question(property.0, location.0, range, Compare::None)?;
        let basis_of = match sessions.0 {
            Sessions::Active => SessionBasis::Active,
            Sessions::Started => SessionBasis::Started,
        };
        let variant = format!("{selected:?} {basis_of:?}");
        let asked = Asked { route: "series", question: &question, variant };
        answer(&self.services, &caller.0, &if_none_match, asked, async |mut tx, found| {
            let buckets = match &found {
                Found::Property(basis) if basis.has_data(&range) => {
                    series(&mut tx, basis, &question, basis_of)
                        .await?
                        .iter()
                        .map(|bucket| BucketBody::new(basis, bucket, &selected))
                        .collect()
                }
                _ => Vec::new(),
            };
            let non_additive: Vec<&str> = selected
                .iter()
                .filter(|metric| !metric.adds_up(basis_of))
                .map(|metric| metric.name())
                .collect();
            let meta = StatsMeta::new(&found, &question, &non_additive);
            Ok(SeriesBody { buckets, meta })
        })
        .await
    }
}

//! `GET /stats/series`

use std::sync::Arc;

use common::auth::Authenticated;
use common::http::{ApiError, IfNoneMatch};
use common::tenant_config::WeekStart;
use poem_openapi::param::Query;
use poem_openapi::{Enum, Object, OpenApi};

use super::answer::{Asked, Branches, answer};
use super::parameters::{question, range_of};
use super::query_request::{Bucket as WidthParameter, Sessions};
use super::series_metric::{SeriesMetric, SeriesValues, selection};
use crate::app::stats::{Found, series};
use crate::domain::comparison::Comparison;
use crate::domain::freshness::DayState;
use crate::domain::query::bucket::cut;
use crate::domain::query::{BucketWidth, Metric, SessionBasis};
use crate::domain::series::Bucket;
use crate::http::Services;
use crate::http::conditional::Conditional;
use crate::http::tag::Tag;
use crate::wire::{Day, StatsMeta};

/// Whether a bucket can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub(super) enum BucketState {
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
    /// Its first local day.
    date: Day,
    /// Its first instant, RFC 3339 with the property's offset.
    start: String,
    /// The first instant after it.
    end: String,
    state: BucketState,
    /// The metrics asked for; null unless a day of it is loaded, and for hours still to come.
    values: Option<SeriesValues>,
}

impl BucketBody {
    fn new(bucket: &Bucket, selected: &[SeriesMetric]) -> Self {
        Self {
            date: bucket.span.days.first().into(),
            start: bucket.span.start.to_rfc3339(),
            end: bucket.span.end.to_rfc3339(),
            state: bucket.state.into(),
            values: bucket.metrics.as_ref().map(|m| SeriesValues::new(m, selected)),
        }
    }
}

#[derive(Debug, Object)]
#[oai(rename = "StatsSeries")]
struct SeriesBody {
    /// Every bucket of the range, in order. Empty when `meta.empty` says why.
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
    /// Metrics bucket by bucket
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
        /// Days when left out.
        bucket: Query<Option<WidthParameter>>,
        #[oai(default)] sessions: Query<Sessions>,
        /// GA4 property number; required when the tenant has several.
        property: Query<Option<i64>>,
        /// Location code, or `(unassigned)`; all locations together when left out.
        location: Query<Option<String>>,
        #[oai(name = "If-None-Match")] if_none_match: IfNoneMatch,
    ) -> Result<Conditional<SeriesBody>, ApiError> {
        let range = range_of(first.0, last.0)?;
        let selected = selection(metrics.0.as_deref())?;
        let question = question(property.0, location.0, range, Comparison::None)?;
        let width = bucket.0.map_or(BucketWidth::Day, Into::into);
        // Too many buckets are too many before anything is loaded, too.
        cut(&range, width, WeekStart::Monday, chrono_tz::UTC).map_err(|error| {
            ApiError::invalid_parameter("last", "too_many_buckets", error.to_string())
        })?;
        let basis_of = SessionBasis::from(sessions.0);
        let variant = format!("{selected:?} {basis_of:?} {width:?}");
        let metrics = selected.iter().filter_map(|m| Metric::named(m.name())).collect();
        let asked =
            Asked { route: "series", question: &question, variant, branches: Branches::Named };
        answer(&self.services, &caller.0, &if_none_match, asked, async |mut tx, found| {
            let buckets = match &found {
                Found::Property(basis) if basis.has_data(&range) => {
                    series(&mut tx, basis, &question, width, basis_of, metrics)
                        .await?
                        .iter()
                        .map(|bucket| BucketBody::new(bucket, &selected))
                        .collect()
                }
                _ => Vec::new(),
            };
            let non_additive: Vec<&str> = selected
                .iter()
                .filter(|metric| !metric.adds_up(basis_of))
                .map(|metric| metric.name())
                .collect();
            let mut meta = StatsMeta::new(&found, &question, &non_additive);
            if width.within_day() {
                "hour_rollup".clone_into(&mut meta.source);
            }
            Ok(SeriesBody { buckets, meta })
        })
        .await
    }
}

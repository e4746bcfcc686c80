//! `GET /stats/overview`

use std::sync::Arc;

use common::auth::Authenticated;
use common::http::{ApiError, IfNoneMatch};
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};

use super::answer::{Asked, Branches, answer};
use super::metrics::{CurrencyMetrics, OverviewMetrics};
use super::parameters::{Compare, comparison, question, range_of};
use crate::app::stats::{Found, Overview, Question, overview};
use crate::http::Services;
use crate::http::conditional::Conditional;
use crate::http::tag::Tag;
use crate::wire::{Day, StatsMeta};

#[derive(Debug, Object)]
#[oai(rename = "StatsOverview")]
struct OverviewBody {
    /// Null when no day of the range is loaded; `meta.empty` says why.
    metrics: Option<OverviewMetrics>,
    /// Money in currencies other than the tenant's.
    other_currencies: Vec<CurrencyMetrics>,
    meta: StatsMeta,
}

impl OverviewBody {
    fn new(found: &Found, question: &Question, overview: &Overview) -> Self {
        let Overview { current, previous, elapsed } = overview;
        let mut meta = StatsMeta::new(found, question, &[]);
        if let Some(comparison) = &mut meta.comparison {
            comparison.last_day_hours = elapsed.map(|elapsed| elapsed.hours);
        }
        Self {
            metrics: current.as_ref().map(|now| OverviewMetrics::new(now, previous.as_ref())),
            other_currencies: current
                .iter()
                .flat_map(|now| now.others.iter().map(Into::into))
                .collect(),
            meta,
        }
    }
}

#[derive(Debug)]
pub struct OverviewApi {
    services: Arc<Services>,
}

impl OverviewApi {
    pub(in crate::http) fn new(services: &Arc<Services>) -> Self {
        Self { services: services.clone() }
    }
}

#[OpenApi(prefix_path = "/stats", tag = "Tag::Statistics")]
impl OverviewApi {
    /// Metrics of a range of days, compared with another range
    #[oai(path = "/overview", method = "get", operation_id = "stats_overview")]
    #[expect(clippy::too_many_arguments, reason = "one argument for each parameter of the route")]
    async fn show(
        &self,
        caller: Authenticated,
        /// First local day.
        first: Query<Day>,
        /// Last local day, inclusive.
        last: Query<Day>,
        /// GA4 property number; required when the tenant has several.
        property: Query<Option<i64>>,
        /// Location code, or `(unassigned)`; all locations together when left out.
        location: Query<Option<String>>,
        /// What to compare with.
        #[oai(default)]
        compare: Query<Compare>,
        /// First day of a custom range.
        compare_first: Query<Option<Day>>,
        compare_last: Query<Option<Day>>,
        #[oai(name = "If-None-Match")] if_none_match: IfNoneMatch,
    ) -> Result<Conditional<OverviewBody>, ApiError> {
        let range = range_of(first.0, last.0)?;
        let comparison = comparison(compare.0, compare_first.0, compare_last.0)?;
        let question = question(property.0, location.0, range, comparison)?;
        let asked = Asked {
            route: "overview",
            question: &question,
            variant: String::new(),
            branches: Branches::Named,
        };
        answer(&self.services, &caller.0, &if_none_match, asked, async |mut tx, found| {
            let overview = match &found {
                Found::NoProperty => Overview::default(),
                Found::Property(basis) => overview(&mut tx, basis, &question).await?,
            };
            Ok(OverviewBody::new(&found, &question, &overview))
        })
        .await
    }
}

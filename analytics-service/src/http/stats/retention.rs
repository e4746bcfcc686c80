//! `GET /stats/retention`

use std::sync::Arc;

use chrono::Days;
use common::auth::Authenticated;
use common::http::{ApiError, IfNoneMatch};
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};

use super::answer::{Asked, Branches, answer};
use super::parameters::{question, range_of};
use crate::app::stats::{Cohort, Found, MAX_DAYS, retention};
use crate::domain::comparison::Comparison;
use crate::http::Services;
use crate::http::conditional::Conditional;
use crate::http::tag::Tag;
use crate::wire::{Day, StatsMeta};

/// The clients that were new on a day.
#[derive(Debug, Object)]
#[oai(rename = "RetentionCohort")]
struct CohortBody {
    date: Day,
    size: u64,
    /// How many of them were there on the day itself and on each day after; null for days that
    /// are not loaded.
    returned: Vec<Option<u64>>,
}

impl From<Cohort> for CohortBody {
    fn from(cohort: Cohort) -> Self {
        Self { date: cohort.date.into(), size: cohort.size, returned: cohort.returned }
    }
}

#[derive(Debug, Object)]
#[oai(rename = "StatsRetention")]
struct RetentionBody {
    /// One for each loaded day. Empty when `meta.empty` says why.
    cohorts: Vec<CohortBody>,
    meta: StatsMeta,
}

#[derive(Debug)]
pub struct RetentionApi {
    services: Arc<Services>,
}

impl RetentionApi {
    pub(in crate::http) fn new(services: &Arc<Services>) -> Self {
        Self { services: services.clone() }
    }
}

#[OpenApi(prefix_path = "/stats", tag = "Tag::Statistics")]
impl RetentionApi {
    /// Which new clients came back on which day
    #[oai(path = "/retention", method = "get", operation_id = "stats_retention")]
    #[expect(clippy::too_many_arguments, reason = "one argument for each parameter of the route")]
    async fn show(
        &self,
        caller: Authenticated,
        /// First local day on which clients were new.
        first: Query<Day>,
        /// Last of these days, inclusive.
        last: Query<Day>,
        /// Days after the first to follow them for.
        #[oai(default = "week", validator(minimum(value = "1"), maximum(value = "60")))]
        days: Query<u32>,
        /// GA4 property number; required when the tenant has several.
        property: Query<Option<i64>>,
        /// Location code, or `(unassigned)`; all locations together when left out.
        location: Query<Option<String>>,
        #[oai(name = "If-None-Match")] if_none_match: IfNoneMatch,
    ) -> Result<Conditional<RetentionBody>, ApiError> {
        let cohorts = range_of(first.0, last.0)?;
        let days = days.0.min(MAX_DAYS);
        let end = last.0.0.checked_add_days(Days::new(days.into())).unwrap_or(last.0.0);
        let range = range_of(first.0, Day(end))?;
        let question = question(property.0, location.0, range, Comparison::None)?;
        let variant = format!("{cohorts:?} {days}");
        let asked =
            Asked { route: "retention", question: &question, variant, branches: Branches::Named };
        answer(&self.services, &caller.0, &if_none_match, asked, async |mut tx, found| {
            let meta = StatsMeta::new(&found, &question, &["returned"]);
            let meta = meta.empty_without(&found, &cohorts);
            let cohorts = match &found {
                Found::Property(basis) if basis.has_data(&cohorts) => {
                    retention(&mut tx, basis, &question, cohorts, days).await?
                }
                _ => Vec::new(),
            };
            Ok(RetentionBody { cohorts: cohorts.into_iter().map(Into::into).collect(), meta })
        })
        .await
    }
}

fn week() -> u32 {
    7
}

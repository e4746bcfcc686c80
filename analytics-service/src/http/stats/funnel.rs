//! `GET /stats/funnel`

use std::sync::Arc;

use common::auth::Authenticated;
use common::http::{ApiError, IfNoneMatch};
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};

use super::answer::{Asked, Branches, answer};
use super::parameters::{question, range_of};
use crate::app::stats::{DEFAULT_STEPS, Found, MAX_STEPS, funnel};
use crate::domain::change::ratio;
use crate::domain::comparison::Comparison;
use crate::http::Services;
use crate::http::conditional::Conditional;
use crate::http::tag::Tag;
use crate::wire::{Day, StatsMeta};

/// A step and who took it after the step before.
#[derive(Debug, Object)]
#[oai(rename = "FunnelStep")]
struct StepBody {
    /// Name of the event.
    event: String,
    sessions: i64,
    /// Share of the sessions of the first step; null when there is none.
    of_first: Option<f64>,
    /// Share of the sessions of the step before; null for the first step.
    of_previous: Option<f64>,
}

#[derive(Debug, Object)]
#[oai(rename = "StatsFunnel")]
struct FunnelBody {
    /// In order. Empty when `meta.empty` says why.
    steps: Vec<StepBody>,
    meta: StatsMeta,
}

#[derive(Debug)]
pub struct FunnelApi {
    services: Arc<Services>,
}

impl FunnelApi {
    pub(in crate::http) fn new(services: &Arc<Services>) -> Self {
        Self { services: services.clone() }
    }
}

#[OpenApi(prefix_path = "/stats", tag = "Tag::Statistics")]
impl FunnelApi {
    /// How many sessions took some steps in order
    #[oai(path = "/funnel", method = "get", operation_id = "stats_funnel")]
    #[expect(clippy::too_many_arguments, reason = "one argument for each parameter of the route")]
    async fn show(
        &self,
        caller: Authenticated,
        /// First local day.
        first: Query<Day>,
        /// Last local day, inclusive.
        last: Query<Day>,
        /// Two to ten event names with commas between them; from `view_item` to `purchase` when
        /// left out.
        steps: Query<Option<String>>,
        /// GA4 property number; required when the tenant has several.
        property: Query<Option<i64>>,
        /// Location code, or `(unassigned)`; all locations together when left out.
        location: Query<Option<String>>,
        #[oai(name = "If-None-Match")] if_none_match: IfNoneMatch,
    ) -> Result<Conditional<FunnelBody>, ApiError> {
        let range = range_of(first.0, last.0)?;
        let question = question(property.0, location.0, range, Comparison::None)?;
        let steps = named_steps(steps.0.as_deref())?;
        let variant = format!("{steps:?}");
        let asked =
            Asked { route: "funnel", question: &question, variant, branches: Branches::Named };
        answer(&self.services, &caller.0, &if_none_match, asked, async |mut tx, found| {
            let sessions = match &found {
                Found::Property(basis) if basis.has_data(&range) => {
                    funnel(&mut tx, basis, &question, &steps).await?
                }
                _ => Vec::new(),
            };
            let mut meta = StatsMeta::new(&found, &question, &[]);
            "event".clone_into(&mut meta.source);
            Ok(FunnelBody { steps: bodies(&steps, &sessions), meta })
        })
        .await
    }
}

fn named_steps(text: Option<&str>) -> Result<Vec<String>, ApiError> {
    let Some(text) = text else { return Ok(DEFAULT_STEPS.map(str::to_owned).to_vec()) };
    let steps: Vec<String> = text.split(',').map(|step| step.trim().to_owned()).collect();
    if !(2..=MAX_STEPS).contains(&steps.len()) || steps.iter().any(String::is_empty) {
        let detail = format!("name two to {MAX_STEPS} events");
        return Err(ApiError::invalid_parameter("steps", "steps_unusable", detail));
    }
    Ok(steps)
}

fn bodies(steps: &[String], sessions: &[i64]) -> Vec<StepBody> {
    let first = sessions.first().copied().unwrap_or_default();
    let step = |(at, (event, sessions_here)): (usize, (&String, &i64))| StepBody {
        event: event.clone(),
        sessions: *sessions_here,
        of_first: ratio(*sessions_here, first),
        of_previous: at
            .checked_sub(1)
            .and_then(|before| sessions.get(before))
            .and_then(|before| ratio(*sessions_here, *before)),
    };
    steps.iter().zip(sessions).enumerate().map(step).collect()
}

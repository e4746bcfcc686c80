//! Asks for a report: checked now, stored with its job, sent by a worker.

use chrono::{DateTime, NaiveDate, Utc};
use common::db::TenantTx;
use common::jobs::{NewJob, NewStep, submit};
use common::kernel::{JobId, ReportRunId};
use serde::{Deserialize, Serialize};

use super::{Period, ReportError};
use crate::adapters::mail::address;
use crate::app::stats::{BasisCache, Found, StatsError, find};
use crate::domain::comparison::Comparison;
use crate::render::subject;
use crate::store::{location, report_run};

/// The kind of the job.
pub const JOB_KIND: &str = "branch_report";
/// The kind of its one step.
pub const STEP_KIND: &str = "send_branch_report";
/// The report's name in suppressions.
pub const REPORT: &str = "branch_report";

/// The step's payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendBranchReport {
    /// None: the only one the tenant has.
    #[serde(default)]
    pub property_id: Option<i64>,
    pub location: String,
    pub first: NaiveDate,
    pub last: NaiveDate,
    /// None: the location's own address.
    #[serde(default)]
    pub recipient: Option<String>,
    /// The run that was promised; a step without one makes its own.
    #[serde(default)]
    pub report_run_id: Option<ReportRunId>,
}

/// A report somebody wants.
#[derive(Debug, Clone)]
pub struct BranchReportRequest {
    pub period: Period,
    pub recipient: Option<String>,
    /// For `job.requested_by`.
    pub actor: String,
}

/// Where to look for the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requested {
    pub run: ReportRunId,
    pub job: JobId,
}

/// Stores run and job in the caller's transaction. While the same report to the same recipient
/// is on its way, a second request gets the first one's run.
///
/// # Errors
/// When the request cannot be met as it is, or the database refuses.
pub async fn request(
    tx: &mut TenantTx,
    asked: &BranchReportRequest,
    now: DateTime<Utc>,
) -> Result<Requested, ReportError> {
    let period = &asked.period;
    let question = period.question(Comparison::None)?;
    let Found::Property(basis) = find(tx, &question, now, &BasisCache::off()).await? else {
        return Err(ReportError::NoProperty);
    };
    if !location::known(tx, basis.property_id, &period.location).await? {
        return Err(StatsError::UnknownLocation.into());
    }
    let recipient = recipient_of(tx, asked.recipient.as_deref(), &period.location).await?;
    let run = ReportRunId::mint();
    let payload = SendBranchReport {
        property_id: Some(basis.property_id),
        location: period.location.clone(),
        first: period.range.first(),
        last: period.range.last(),
        recipient: Some(recipient.clone()),
        report_run_id: Some(run),
    };
    let payload = serde_json::json!(payload);
    let (property, first, last) = (basis.property_id, period.range.first(), period.range.last());
    let job = NewJob {
        kind: JOB_KIND.to_owned(),
        unique_key: Some(format!(
            "{JOB_KIND}/{property}/{}/{first}/{last}/{recipient}",
            period.location
        )),
        parameters: payload.clone(),
        requested_by: asked.actor.clone(),
        steps: vec![
            NewStep::new(STEP_KIND)
                .label(format!("Report of {} to {recipient}", period.location))
                .payload(payload),
        ],
    };
    let submitted = submit(tx, job).await?;
    if submitted.existing
        && let Some(run) = report_run::of_job(tx, submitted.job_id).await?
    {
        return Ok(Requested { run, job: submitted.job_id });
    }
    let name = location::find(tx, &period.location).await?.map(|row| row.name);
    let new = report_run::NewReportRun {
        id: run,
        job: submitted.job_id,
        kind: REPORT,
        property_id: property,
        location: &period.location,
        first,
        last,
        subject: &subject(name.as_deref().unwrap_or(&period.location), &period.range),
    };
    report_run::insert(tx, &new).await?;
    Ok(Requested { run, job: submitted.job_id })
}

/// Who receives the report: the one asked for, or the location's own address.
///
/// # Errors
/// When there is none, or it is no address.
pub async fn recipient_of(
    tx: &mut TenantTx,
    asked: Option<&str>,
    location_code: &str,
) -> Result<String, ReportError> {
    let text = match asked {
        Some(text) => Some(text.to_owned()),
        None => location::find(tx, location_code).await?.and_then(|row| row.email),
    };
    let text = text.ok_or(ReportError::RecipientMissing)?;
    Ok(address(text.trim())?.to_string())
}

//! A report run on the wire.

use chrono::{DateTime, Utc};
use common::jobs::{Exception, JobView};
use poem_openapi::Object;
use uuid::Uuid;

use super::path_of;
use crate::app::reports::Run;
use crate::wire::Day;

#[derive(Debug, Object)]
#[oai(rename = "Delivery")]
struct DeliveryBody {
    id: Uuid,
    recipient: String,
    /// `queued`, `sending`, `sent`, `written` (to a file), `failed` or `skipped`.
    state: String,
    attempts: i32,
    /// What the mail server said, or why nothing was sent.
    answer: Option<String>,
    /// Size of the message.
    bytes: Option<i32>,
    message_id: String,
    finished_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Object)]
#[oai(rename = "JobException")]
struct ExceptionBody {
    code: String,
    message: String,
    class: String,
    attempt: i32,
    at: DateTime<Utc>,
    /// Set when a later attempt succeeded.
    resolved_at: Option<DateTime<Utc>>,
}

impl From<&Exception> for ExceptionBody {
    fn from(exception: &Exception) -> Self {
        Self {
            code: exception.code.clone(),
            message: exception.message.clone(),
            class: exception.class.as_str().to_owned(),
            attempt: exception.attempt,
            at: exception.at,
            resolved_at: exception.resolved_at,
        }
    }
}

#[derive(Debug, Object)]
#[oai(rename = "ReportJob")]
struct JobBody {
    id: Uuid,
    /// As in `/data/v1/jobs/{id}`.
    state: String,
    exceptions: Vec<ExceptionBody>,
}

impl From<&JobView> for JobBody {
    fn from(job: &JobView) -> Self {
        Self {
            id: job.summary.job_id.uuid(),
            state: job.summary.state.as_str().to_owned(),
            exceptions: job.steps.iter().flat_map(|s| &s.exceptions).map(Into::into).collect(),
        }
    }
}

#[derive(Debug, Object)]
struct ReportRunLinks {
    #[oai(rename = "self")]
    this: String,
    job: String,
}

#[derive(Debug, Object)]
#[oai(rename = "ReportRun")]
pub(super) struct ReportRunBody {
    id: Uuid,
    kind: String,
    property_id: i64,
    location: String,
    first: Day,
    last: Day,
    subject: String,
    /// How far the data reached when the report was rendered; null before.
    data_through: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    /// Only when one run is shown.
    #[oai(skip_serializing_if_is_none)]
    job: Option<JobBody>,
    deliveries: Vec<DeliveryBody>,
    links: ReportRunLinks,
}

impl From<Run> for ReportRunBody {
    fn from(run: Run) -> Self {
        let row = run.row;
        let deliveries = run.deliveries.into_iter().map(|delivery| DeliveryBody {
            id: delivery.delivery_id,
            recipient: delivery.recipient,
            state: delivery.state.0.to_string(),
            attempts: delivery.attempts,
            answer: delivery.answer,
            bytes: delivery.bytes,
            message_id: delivery.message_id,
            finished_at: delivery.finished_at,
        });
        Self {
            id: row.report_run_id,
            kind: row.kind,
            property_id: row.property_id,
            location: row.location,
            first: row.period_first.into(),
            last: row.period_last.into(),
            subject: row.subject,
            data_through: row.data_through,
            created_at: row.created_at,
            job: run.job.as_ref().map(Into::into),
            deliveries: deliveries.collect(),
            links: ReportRunLinks {
                this: path_of(row.report_run_id),
                job: format!("/data/v1/jobs/{}", row.job_id),
            },
        }
    }
}

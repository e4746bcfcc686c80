//! Step `send_branch_report`: gather, render, send once, record.
//!
//! The delivery is marked `sending` durably before the message leaves. An attempt that finds the
//! mark left by a lost one does not send again: whether the message arrived is unknown, and it
//! says so. That window, from handing over to the server's answer, is the only one.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use common::audit::{self, Entry};
use common::db::{Db, DbError, TenantTx};
use common::jobs::{ErrorCode, StepContext, StepDone, StepError, StepKind};
use common::kernel::{DateRange, ReportRunId, SharedClock};
use serde_json::json;

use super::{ACTOR, PostOffice, Sender};
use crate::adapters::mail::{MailError, Outgoing, Receipt, ReceiptKind};
use crate::app::reports::{
    BranchReports, Composed, Period, REPORT, ReportError, STEP_KIND, SendBranchReport, compose,
    recipient_of,
};
use crate::app::stats::StatsError;
use crate::domain::delivery::DeliveryState;
use crate::store::delivery::{self, DeliveryRow, Outcome};
use crate::store::report_run;

/// How long the data of a period is waited for between attempts.
const WAIT_FOR_DATA: Duration = Duration::from_secs(30);

const LOST_ANSWER: &str =
    "it is not known whether the mail server took the message, so it is not sent again";

#[derive(Debug)]
pub struct SendBranchReportStep {
    pub db: Db,
    pub clock: SharedClock,
    pub reports: BranchReports,
    pub post_office: Arc<PostOffice>,
}

/// Everything the attempt needs, read in one transaction.
struct Prepared {
    run: ReportRunId,
    composed: Composed,
    recipient: String,
    sender: Sender,
    suppressed: Option<String>,
}

#[async_trait]
impl StepKind for SendBranchReportStep {
    fn kind(&self) -> &'static str {
        STEP_KIND
    }

    async fn run(&self, context: &StepContext) -> Result<StepDone, StepError> {
        let payload: SendBranchReport = context.payload()?;
        let prepared = self.prepare(context, &payload).await?;
        let rendered = self.reports.render(&prepared.composed.report).map_err(failed)?;
        let delivery = open(context, &prepared, &rendered.subject).await?;
        match delivery.state.0 {
            state if state.settled() => return settled(context, &delivery, state).await,
            DeliveryState::Sending => return lost(context, &delivery).await,
            _ => {}
        }
        if let Some(reason) = &prepared.suppressed {
            let answer = format!("the recipient wants no such report: {reason}");
            return finish(context, &delivery, DeliveryState::Skipped, &answer, None).await;
        }
        let message = Outgoing {
            message_id: &delivery.message_id,
            date: self.clock.now(),
            from: &prepared.sender.from,
            to: &delivery.recipient,
            subject: &rendered.subject,
            list_id: &list_id(&prepared),
            html: &rendered.html,
            text: &rendered.text,
        };
        let message = message
            .build()
            .map_err(|error| StepError::permanent(ErrorCode::DeliveryRefused, error.to_string()))?;
        mark_sending(context, &delivery).await?;
        match prepared.sender.mailer.deliver(&message).await {
            Ok(receipt) => taken(context, &delivery, receipt).await,
            Err(error) => Err(refused(context, &delivery, error).await?),
        }
    }
}

impl SendBranchReportStep {
    async fn prepare(
        &self,
        context: &StepContext,
        payload: &SendBranchReport,
    ) -> Result<Prepared, StepError> {
        let range = DateRange::new(payload.first, payload.last)
            .map_err(|error| StepError::permanent(ErrorCode::InvalidPayload, error.to_string()))?;
        let period =
            Period { property_id: payload.property_id, location: payload.location.clone(), range };
        let mut tx = self.db.tenant(context.scope()).await?;
        let composed = compose(&mut tx, &period, self.clock.now()).await.map_err(failed)?;
        if !composed.basis.freshness.covers(&range) {
            let message = "the days of the report are not completely loaded yet";
            return Err(
                StepError::transient(ErrorCode::NoData, message).with_retry_after(WAIT_FOR_DATA)
            );
        }
        let asked = payload.recipient.as_deref();
        let recipient = recipient_of(&mut tx, asked, &payload.location).await.map_err(failed)?;
        let suppressed = delivery::suppression(&mut tx, &recipient, REPORT).await?;
        let sender = self.post_office.sender(&mut tx).await?;
        // Derived from the step, so that every attempt means the same run.
        let own = ReportRunId::from_uuid(context.step_id().uuid());
        let run = payload.report_run_id.unwrap_or(own);
        Ok(Prepared { run, composed, recipient, sender, suppressed })
    }
}

/// Creates run and delivery under their unique keys, or finds what an earlier attempt made.
async fn open(
    context: &StepContext,
    prepared: &Prepared,
    subject: &str,
) -> Result<DeliveryRow, StepError> {
    let report = &prepared.composed.report;
    let run = report_run::NewReportRun {
        id: prepared.run,
        job: context.job_id(),
        kind: REPORT,
        property_id: prepared.composed.basis.property_id,
        location: &report.location_code,
        first: report.range.first(),
        last: report.range.last(),
        subject,
    };
    let through = report.freshness.data_through.map(|at| at.to_utc());
    let domain = prepared.sender.from.email.domain();
    let mut tx = context.fenced().await?;
    report_run::insert(&mut tx, &run).await?;
    report_run::rendered(&mut tx, prepared.run, through).await?;
    let delivery =
        delivery::open(&mut tx, prepared.run, &prepared.recipient, |id| format!("{id}@{domain}"))
            .await?;
    tx.commit().await?;
    Ok(delivery)
}

async fn mark_sending(context: &StepContext, row: &DeliveryRow) -> Result<(), StepError> {
    let mut tx = context.fenced().await?;
    delivery::sending(&mut tx, row.delivery_id).await?;
    Ok(tx.commit().await?)
}

/// Records the outcome in the transaction that completes the step.
async fn finish(
    context: &StepContext,
    row: &DeliveryRow,
    state: DeliveryState,
    answer: &str,
    bytes: Option<usize>,
) -> Result<StepDone, StepError> {
    let mut tx = context.fenced().await?;
    delivery::finish(&mut tx, row.delivery_id, &Outcome { state, answer, bytes }).await?;
    note_sent(&mut tx, row, state).await?;
    let outcome = json!({
        "report_run_id": row.report_run_id,
        "recipient": row.recipient,
        "state": state.as_str(),
        "bytes": bytes,
    });
    Ok(StepDone::with_tx(tx, outcome))
}

/// Who was written to, in the audit trail.
async fn note_sent(
    tx: &mut TenantTx,
    row: &DeliveryRow,
    state: DeliveryState,
) -> Result<(), DbError> {
    // An attempt that found everything done was written down by the one that did it.
    if row.state.0.settled() || !matches!(state, DeliveryState::Sent | DeliveryState::Written) {
        return Ok(());
    }
    let object = format!("report_run:{}", row.report_run_id);
    let entry = Entry {
        detail: json!({ "recipient": row.recipient, "state": state.as_str() }),
        ..Entry::done(ACTOR, "report.sent", &object)
    };
    audit::record(tx, &entry).await
}

async fn taken(
    context: &StepContext,
    row: &DeliveryRow,
    receipt: Receipt,
) -> Result<StepDone, StepError> {
    finish(context, row, state_of(receipt.kind), &receipt.answer, Some(receipt.bytes)).await
}

pub(super) const fn state_of(receipt: ReceiptKind) -> DeliveryState {
    match receipt {
        ReceiptKind::Sent => DeliveryState::Sent,
        ReceiptKind::Written => DeliveryState::Written,
    }
}

async fn settled(
    context: &StepContext,
    row: &DeliveryRow,
    state: DeliveryState,
) -> Result<StepDone, StepError> {
    let answer = row.answer.as_deref().unwrap_or_default();
    finish(context, row, state, answer, None).await
}

/// An earlier attempt ended between handing the message over and the answer.
async fn lost(context: &StepContext, row: &DeliveryRow) -> Result<StepDone, StepError> {
    record(context, row, DeliveryState::Failed, LOST_ANSWER).await?;
    Err(StepError::permanent(ErrorCode::DeliveryUnavailable, LOST_ANSWER))
}

async fn record(
    context: &StepContext,
    row: &DeliveryRow,
    state: DeliveryState,
    answer: &str,
) -> Result<(), StepError> {
    let mut tx = context.fenced().await?;
    delivery::finish(&mut tx, row.delivery_id, &Outcome { state, answer, bytes: None }).await?;
    Ok(tx.commit().await?)
}

/// Records what is known, and says whether another attempt makes sense.
async fn refused(
    context: &StepContext,
    row: &DeliveryRow,
    error: MailError,
) -> Result<StepError, StepError> {
    let text = error.to_string();
    let (state, failure) = match error {
        MailError::Later(_) | MailError::Unreachable(_) | MailError::CircuitOpen(_) => (
            DeliveryState::Queued,
            StepError::transient(ErrorCode::DeliveryUnavailable, text.clone()),
        ),
        MailError::Refused(_) => {
            (DeliveryState::Failed, StepError::permanent(ErrorCode::DeliveryRefused, text.clone()))
        }
        MailError::Settings(_) => (
            DeliveryState::Queued,
            StepError::configuration(ErrorCode::ConnectionInvalid, text.clone()),
        ),
        MailError::Unknown(_) => (
            DeliveryState::Failed,
            StepError::permanent(ErrorCode::DeliveryUnavailable, LOST_ANSWER).with_detail(&text),
        ),
    };
    record(context, row, state, &text).await?;
    Ok(failure)
}

/// `Branch reports <branch-report.alpha.example.com>`
fn list_id(prepared: &Prepared) -> String {
    let (slug, from) = (&prepared.composed.tenant_slug, &prepared.sender.from);
    format!("Branch reports <branch-report.{slug}.{}>", from.email.domain())
}

pub(super) fn failed(error: ReportError) -> StepError {
    let text = error.to_string();
    match error {
        ReportError::Db(error) | ReportError::Stats(StatsError::Db(error)) => error.into(),
        ReportError::RecipientMissing | ReportError::Recipient(_) => {
            StepError::permanent(ErrorCode::RecipientMissing, text)
        }
        ReportError::NoProperty
        | ReportError::TooLong { .. }
        | ReportError::Stats(
            StatsError::PropertyRequired
            | StatsError::UnknownProperty
            | StatsError::UnknownLocation
            | StatsError::Query(_)
            | StatsError::TooManyBuckets
            | StatsError::TooManyRows(_),
        ) => StepError::permanent(ErrorCode::InvalidPayload, text),
        ReportError::Stats(StatsError::TooManyLocations(_)) => {
            StepError::permanent(ErrorCode::TooManySteps, text)
        }
        ReportError::Render(_)
        | ReportError::Submit(_)
        | ReportError::Stats(StatsError::Settings(_)) => {
            StepError::permanent(ErrorCode::InternalError, "the report cannot be made")
                .with_detail(text)
        }
    }
}

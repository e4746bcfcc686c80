//! Step `send_schedule_alert`: tells a tenant's admins that a schedule began to fail.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use common::audit::{self, Entry};
use common::auth::admin_addresses;
use common::db::{Db, DbError, TenantTx};
use common::jobs::{ErrorCode, StepContext, StepDone, StepError, StepKind};
use common::kernel::SharedClock;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{ACTOR, PostOffice, Sender};
use crate::adapters::mail::{MailError, Outgoing};
use crate::app::schedule_alert::compose;

const STEP_KIND: &str = "send_schedule_alert";

#[derive(Debug)]
pub struct SendScheduleAlertStep {
    pub db: Db,
    pub clock: SharedClock,
    pub post_office: Arc<PostOffice>,
}

/// As data-service's scheduler writes it.
#[derive(Debug, Deserialize)]
struct Payload {
    schedule_id: Uuid,
    name: String,
    failing_since: DateTime<Utc>,
    message: Option<String>,
}

#[async_trait]
impl StepKind for SendScheduleAlertStep {
    fn kind(&self) -> &'static str {
        STEP_KIND
    }

    async fn run(&self, context: &StepContext) -> Result<StepDone, StepError> {
        let payload: Payload = context.payload()?;
        let recipients = admin_addresses(&self.db, context.scope().tenant_id()).await?;
        if recipients.is_empty() {
            let message = "no admin of the tenant has an e-mail address";
            return Err(StepError::permanent(ErrorCode::RecipientMissing, message));
        }
        let mut tx = self.db.tenant(context.scope()).await?;
        let sender = self.post_office.sender(&mut tx).await?;
        drop(tx);
        // Who was told already: an attempt that goes on after a failure tells only the others.
        let mut told: Vec<String> = context.checkpoint()?.unwrap_or_default();
        for recipient in recipients {
            if told.contains(&recipient) {
                continue;
            }
            self.tell(context, &payload, &sender, &recipient).await?;
            let mut tx = context.fenced().await?;
            note_sent(&mut tx, payload.schedule_id, &recipient).await?;
            told.push(recipient);
            context.save_checkpoint(tx, &told).await?;
        }
        Ok(StepDone::new(json!({ "told": told.len() })))
    }
}

impl SendScheduleAlertStep {
    async fn tell(
        &self,
        context: &StepContext,
        payload: &Payload,
        sender: &Sender,
        recipient: &str,
    ) -> Result<(), StepError> {
        let mail = compose(&payload.name, payload.failing_since, payload.message.as_deref());
        let domain = sender.from.email.domain();
        let message = Outgoing {
            // The same for every attempt at the same recipient.
            message_id: &format!(
                "{}@{domain}",
                Uuid::new_v5(&context.step_id().uuid(), recipient.as_bytes())
            ),
            date: self.clock.now(),
            from: &sender.from,
            to: recipient,
            subject: &mail.subject,
            list_id: &format!("Failing schedules <{}.schedule.{domain}>", payload.schedule_id),
            html: &mail.html,
            text: &mail.text,
        };
        let message = message
            .build()
            .map_err(|error| StepError::permanent(ErrorCode::DeliveryRefused, error.to_string()))?;
        sender.mailer.deliver(&message).await.map_err(failed)?;
        Ok(())
    }
}

/// Who was written to, in the audit trail.
async fn note_sent(tx: &mut TenantTx, schedule: Uuid, recipient: &str) -> Result<(), DbError> {
    let object = format!("schedule:{schedule}");
    let entry = Entry {
        detail: json!({ "recipient": recipient }),
        ..Entry::done(ACTOR, "schedule.alerted", &object)
    };
    audit::record(tx, &entry).await
}

fn failed(error: MailError) -> StepError {
    let text = error.to_string();
    match error {
        MailError::Refused(_) => StepError::permanent(ErrorCode::DeliveryRefused, text),
        MailError::Settings(_) => StepError::configuration(ErrorCode::ConnectionInvalid, text),
        // An alert that may come twice is better than one that may not come at all.
        MailError::Later(_)
        | MailError::Unreachable(_)
        | MailError::CircuitOpen(_)
        | MailError::Unknown(_) => StepError::transient(ErrorCode::DeliveryUnavailable, text),
    }
}

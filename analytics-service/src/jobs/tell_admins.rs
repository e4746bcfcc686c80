//! A mail to each of a tenant's admins, sent by a step that may be tried again.

use std::collections::BTreeMap;
use std::sync::Arc;

use common::audit::{self, Entry};
use common::auth::admin_addresses;
use common::db::{Db, DbError, TenantTx};
use common::jobs::{ErrorCode, StepContext, StepDone, StepError};
use common::kernel::SharedClock;
use serde_json::json;
use uuid::Uuid;

use super::send_branch_report::state_of;
use super::{ACTOR, PostOffice, Sender};
use crate::adapters::mail::{MailError, Outgoing, Receipt};
use crate::app::Rendered;
use crate::domain::delivery::DeliveryState;

/// What the steps that do so need.
#[derive(Debug, Clone)]
pub struct TellAdmins {
    pub db: Db,
    pub clock: SharedClock,
    pub post_office: Arc<PostOffice>,
}

/// What is told, and what it is about.
pub(super) struct Notice<'a> {
    pub mail: Rendered,
    /// Of all mails about the same thing, such as `Failing schedules` and `<id>.schedule`.
    pub list: (&'a str, String),
    /// As in the audit trail.
    pub action: &'a str,
    pub object: String,
}

impl TellAdmins {
    /// Whom an earlier attempt told is not told again. One address that is refused, or not served for now, keeps nobody else
    /// from being told.
    pub(super) async fn tell(
        &self,
        context: &StepContext,
        notice: &Notice<'_>,
    ) -> Result<StepDone, StepError> {
        let recipients = admin_addresses(&self.db, context.scope().tenant_id()).await?;
        if recipients.is_empty() {
            let message = "no admin of the tenant has an e-mail address";
            return Err(StepError::permanent(ErrorCode::RecipientMissing, message));
        }
        let mut tx = self.db.tenant(context.scope()).await?;
        let sender = self.post_office.sender(&mut tx).await?;
        drop(tx);
        // `sent` or `written` by recipient, of this attempt and those before.
        let mut told: BTreeMap<String, String> = context.checkpoint()?.unwrap_or_default();
        let mut refused: BTreeMap<String, String> = BTreeMap::new();
        let mut later = None;
        for recipient in recipients {
            if told.contains_key(&recipient) {
                continue;
            }
            match self.send(context, notice, &sender, &recipient).await {
                Ok(receipt) => {
                    let state = state_of(receipt.kind);
                    let mut tx = context.fenced().await?;
                    note_sent(&mut tx, notice, &recipient, state).await?;
                    told.insert(recipient, state.as_str().to_owned());
                    context.save_checkpoint(tx, &told).await?;
                }
                Err(error @ MailError::Refused(_)) => {
                    refused.insert(recipient, error.to_string());
                }
                Err(error @ (MailError::Later(_) | MailError::Unknown(_))) => later = Some(error),
                // Nobody else would be told either.
                Err(error) => return Err(failed(error)),
            }
        }
        if let Some(error) = later {
            return Err(failed(error));
        }
        match refused.values().next() {
            Some(reason) if told.is_empty() => {
                Err(StepError::permanent(ErrorCode::DeliveryRefused, reason.as_str()))
            }
            _ => Ok(StepDone::new(json!({ "told": told, "refused": refused }))),
        }
    }

    async fn send(
        &self,
        context: &StepContext,
        notice: &Notice<'_>,
        sender: &Sender,
        recipient: &str,
    ) -> Result<Receipt, MailError> {
        let domain = sender.from.email.domain();
        let (name, of) = &notice.list;
        let message = Outgoing {
            // The same for every attempt at the same recipient.
            message_id: &format!(
                "{}@{domain}",
                Uuid::new_v5(&context.step_id().uuid(), recipient.as_bytes())
            ),
            date: self.clock.now(),
            from: &sender.from,
            to: recipient,
            subject: &notice.mail.subject,
            list_id: &format!("{name} <{of}.{domain}>"),
            html: &notice.mail.html,
            text: &notice.mail.text,
        };
        let message = message.build().map_err(|error| MailError::Refused(error.to_string()))?;
        sender.mailer.deliver(&message).await
    }
}

/// Who was written to, in the audit trail.
async fn note_sent(
    tx: &mut TenantTx,
    notice: &Notice<'_>,
    recipient: &str,
    state: DeliveryState,
) -> Result<(), DbError> {
    let entry = Entry {
        detail: json!({ "recipient": recipient, "state": state.as_str() }),
        ..Entry::done(ACTOR, notice.action, &notice.object)
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

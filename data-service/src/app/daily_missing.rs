//! Days whose complete table stays away: the tenant's admins are told when that begins, once.

use chrono::{DateTime, NaiveDate, Utc};
use common::db::{DbError, TenantTx};
use common::events::{self, Event};
use common::jobs::{self, NewJob, NewStep, SubmitError};
use serde_json::json;

use crate::store::property;

/// Run by analytics-service, which has the mailer.
pub const ALERT: &str = "daily_missing_alert";
const SEND_ALERT: &str = "send_daily_missing_alert";

/// Days that are named in a mail; more say nothing more.
const NAMED: usize = 31;

/// Records which days of the property lack their complete table; none ends the streak. The first look that finds some
/// tells it: as an event, and by a job that mails the admins.
///
/// # Errors
/// When the database refuses, or the alert is no job.
pub async fn note(
    tx: &mut TenantTx,
    property_id: i64,
    days: &[NaiveDate],
    now: DateTime<Utc>,
) -> Result<(), SubmitError> {
    if !property::daily_missing(tx, property_id, !days.is_empty(), now).await? || days.is_empty() {
        return Ok(());
    }
    let payload = json!({
        "property_id": property_id,
        "since": now,
        "days": days.iter().take(NAMED).collect::<Vec<_>>(),
        "count": days.len(),
    });
    publish(tx, property_id, now, payload.clone()).await?;
    let alert = NewJob {
        kind: ALERT.to_owned(),
        unique_key: Some(format!("{ALERT}:{property_id}:{}", now.timestamp_micros())),
        requested_by: "service:data-service".to_owned(),
        steps: vec![
            NewStep::new(SEND_ALERT)
                .label(format!("tell the admins that days of property {property_id} are missing"))
                .payload(payload.clone()),
        ],
        parameters: payload,
    };
    jobs::submit(tx, alert).await?;
    Ok(())
}

async fn publish(
    tx: &mut TenantTx,
    property_id: i64,
    now: DateTime<Utc>,
    payload: serde_json::Value,
) -> Result<(), DbError> {
    let event = Event {
        kind: "property.daily_missing",
        schema_version: 1,
        source: crate::NAME,
        aggregate_type: "property",
        aggregate_id: property_id.to_string(),
        // Grows with every streak of this property.
        sequence: now.timestamp_micros(),
        actor: "service:data-service",
        payload,
    };
    events::publish(tx, &event).await?;
    Ok(())
}

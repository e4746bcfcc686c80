//! Table `action_item_event`. Rows are only ever added.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use common::db::{DbError, TenantTx, sql};
use common::kernel::{ActionItemId, JobId, StepId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::domain::action_item::{Cause, ContactReference, Event, Kind, NewItem, Recorded};

/// An event as its row holds it. What is stored once is read for ever: fields are added, never renamed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", content = "payload", rename_all = "snake_case")]
enum Stored {
    Created(StoredItem),
    Skipped { note: String },
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredItem {
    kind: String,
    natural_key: String,
    property_id: Option<i64>,
    title: String,
    location: String,
    client_key: Option<Uuid>,
    known_user: Option<String>,
    customer: Option<String>,
    evidence: Value,
}

#[derive(Debug, sqlx::FromRow)]
struct EventRow {
    version: i32,
    r#type: String,
    payload: Value,
    at: DateTime<Utc>,
    actor: String,
    job_id: Option<Uuid>,
    step_id: Option<Uuid>,
}

/// Adds events of items. An item of which somebody else wrote the same version first gets none of them; the others come
/// back.
///
/// # Errors
/// When the database refuses.
pub async fn append(
    tx: &mut TenantTx,
    events: &[(ActionItemId, Recorded)],
    cause: &Cause,
) -> Result<HashSet<ActionItemId>, DbError> {
    let (mut types, mut payloads) = (Vec::new(), Vec::new());
    for (_, recorded) in events {
        let stored = serde_json::to_value(Stored::from(&recorded.event)).map_err(unstorable)?;
        types.push(stored["type"].as_str().unwrap_or_default().to_owned());
        payloads.push(stored["payload"].clone());
    }
    let tenant = tx.tenant();
    let added: Vec<Uuid> = sql::query_scalar(
        "INSERT INTO action_item_event
           (tenant_id, action_item_id, version, at, type, payload, actor, job_id, step_id)
         SELECT $1, e.*, $7, $8, $9
         FROM unnest($2::uuid[], $3::int[], $4::timestamptz[], $5::text[], $6::jsonb[]) AS e
         ON CONFLICT (tenant_id, action_item_id, version) DO NOTHING
         RETURNING action_item_id",
    )
    .bind(tenant)
    .bind(events.iter().map(|(id, _)| id.uuid()).collect::<Vec<_>>())
    .bind(events.iter().map(|(_, recorded)| recorded.version).collect::<Vec<_>>())
    .bind(events.iter().map(|(_, recorded)| recorded.at).collect::<Vec<_>>())
    .bind(types)
    .bind(payloads)
    .bind(&cause.actor)
    .bind(cause.job_id.map(JobId::uuid))
    .bind(cause.step_id.map(StepId::uuid))
    .fetch_all(tx.conn())
    .await?;
    Ok(added.into_iter().map(ActionItemId::from_uuid).collect())
}

/// What happened to an item, in order, and why; nothing when there is no such item.
///
/// # Errors
/// When the database refuses, or an event is of a form that this version does not know.
pub async fn history(
    tx: &mut TenantTx,
    id: ActionItemId,
) -> Result<Vec<(Recorded, Cause)>, DbError> {
    let tenant = tx.tenant();
    let rows: Vec<EventRow> = sql::query_as(
        "SELECT version, type, payload, at, actor, job_id, step_id FROM action_item_event
         WHERE tenant_id = $1 AND action_item_id = $2 ORDER BY version",
    )
    .bind(tenant)
    .bind(id.uuid())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(EventRow::read).collect()
}

impl EventRow {
    fn read(self) -> Result<(Recorded, Cause), DbError> {
        let stored = json!({ "type": self.r#type, "payload": self.payload });
        let event = Stored::deserialize(stored).map_err(undecodable)?.event()?;
        let recorded = Recorded { version: self.version, at: self.at, event };
        let cause = Cause {
            actor: self.actor,
            job_id: self.job_id.map(JobId::from_uuid),
            step_id: self.step_id.map(StepId::from_uuid),
        };
        Ok((recorded, cause))
    }
}

impl Stored {
    fn event(self) -> Result<Event, DbError> {
        Ok(match self {
            Self::Skipped { note } => Event::Skipped { note },
            Self::Created(item) => Event::Created(NewItem {
                kind: Kind::try_from(item.kind).map_err(undecodable)?,
                natural_key: item.natural_key,
                property_id: item.property_id,
                title: item.title,
                location: item.location,
                contact: ContactReference {
                    client_key: item.client_key,
                    known_user: item.known_user,
                    customer_code: item.customer,
                },
                evidence: item.evidence,
            }),
        })
    }
}

impl From<&Event> for Stored {
    fn from(event: &Event) -> Self {
        match event {
            Event::Skipped { note } => Self::Skipped { note: note.clone() },
            Event::Created(item) => Self::Created(StoredItem {
                kind: item.kind.as_str().to_owned(),
                natural_key: item.natural_key.clone(),
                property_id: item.property_id,
                title: item.title.clone(),
                location: item.location.clone(),
                client_key: item.contact.client_key,
                known_user: item.contact.known_user.clone(),
                customer: item.contact.customer_code.clone(),
                evidence: item.evidence.clone(),
            }),
        }
    }
}

fn undecodable(error: impl std::error::Error + Send + Sync + 'static) -> DbError {
    sqlx::Error::Decode(Box::new(error)).into()
}

fn unstorable(error: serde_json::Error) -> DbError {
    sqlx::Error::Encode(Box::new(error)).into()
}

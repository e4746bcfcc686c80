//! Table `delivery`: one message to one recipient, ever, of one run.

use chrono::{DateTime, Utc};
use common::db::{DbError, TenantTx, sql};
use common::kernel::{DeliveryId, ReportRunId};
use uuid::Uuid;

use crate::domain::delivery::DeliveryState;

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DeliveryRow {
    pub delivery_id: Uuid,
    pub report_run_id: Uuid,
    pub recipient: String,
    pub message_id: String,
    #[sqlx(try_from = "String")]
    pub state: StoredState,
    pub attempts: i32,
    pub answer: Option<String>,
    pub bytes: Option<i32>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// A state as the column spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredState(pub DeliveryState);

impl TryFrom<String> for StoredState {
    type Error = crate::domain::delivery::UnknownState;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

/// How an attempt ended.
#[derive(Debug, Clone)]
pub struct Outcome<'a> {
    pub state: DeliveryState,
    pub answer: &'a str,
    pub bytes: Option<usize>,
}

/// The delivery of a run to a recipient, made now unless an earlier attempt did, and locked.
///
/// # Errors
/// When the database refuses.
pub async fn open(
    tx: &mut TenantTx,
    run: ReportRunId,
    recipient: &str,
    message_id: impl FnOnce(DeliveryId) -> String,
) -> Result<DeliveryRow, DbError> {
    let tenant = tx.tenant();
    // Derived, so that two attempts mean the same delivery and the same Message-ID.
    let id = DeliveryId::from_uuid(Uuid::new_v5(&run.uuid(), recipient.as_bytes()));
    sql::query(
        "INSERT INTO delivery (tenant_id, delivery_id, report_run_id, recipient, message_id)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT ON CONSTRAINT delivery_recipient_unique DO NOTHING",
    )
    .bind(tenant)
    .bind(id.uuid())
    .bind(run.uuid())
    .bind(recipient)
    .bind(message_id(id))
    .execute(tx.conn())
    .await?;
    Ok(sql::query_as(
        "SELECT * FROM delivery
         WHERE tenant_id = $1 AND report_run_id = $2 AND recipient = $3 FOR UPDATE",
    )
    .bind(tenant)
    .bind(run.uuid())
    .bind(recipient)
    .fetch_one(tx.conn())
    .await?)
}

/// Marks the message as on its way.
///
/// # Errors
/// When the database refuses.
pub async fn sending(tx: &mut TenantTx, delivery: Uuid) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "UPDATE delivery SET state = 'sending', attempts = attempts + 1, finished_at = NULL
         WHERE tenant_id = $1 AND delivery_id = $2",
    )
    .bind(tenant)
    .bind(delivery)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Records how the attempt ended.
///
/// # Errors
/// When the database refuses.
pub async fn finish(
    tx: &mut TenantTx,
    delivery: Uuid,
    outcome: &Outcome<'_>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "UPDATE delivery SET state = $3, answer = $4, bytes = coalesce($5, bytes),
           finished_at = CASE WHEN $3 = 'queued' THEN NULL ELSE now() END
         WHERE tenant_id = $1 AND delivery_id = $2",
    )
    .bind(tenant)
    .bind(delivery)
    .bind(outcome.state.as_str())
    .bind(outcome.answer)
    .bind(outcome.bytes.and_then(|bytes| i32::try_from(bytes).ok()))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The deliveries of runs, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn of_runs(tx: &mut TenantTx, runs: &[Uuid]) -> Result<Vec<DeliveryRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT * FROM delivery WHERE tenant_id = $1 AND report_run_id = ANY ($2)
         ORDER BY created_at, delivery_id",
    )
    .bind(tenant)
    .bind(runs)
    .fetch_all(tx.conn())
    .await?)
}

/// Why the recipient wants no such report, if so.
///
/// # Errors
/// When the database refuses.
pub async fn suppression(
    tx: &mut TenantTx,
    recipient: &str,
    report: &str,
) -> Result<Option<String>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_scalar(
        "SELECT reason FROM suppression
         WHERE tenant_id = $1 AND recipient = $2 AND report = $3 AND lifted_at IS NULL",
    )
    .bind(tenant)
    .bind(recipient)
    .bind(report)
    .fetch_optional(tx.conn())
    .await?)
}

//! What could not be done in all its attempts, kept for someone to redrive.

mod redrive;
mod view;

pub use redrive::{RedriveError, redrive, redrive_all};
pub use view::{DeadLetter, DeadLetterFilter, DeadLetterPosition, list, show};

use sqlx::PgConnection;
use uuid::Uuid;

use crate::db::{DbError, sql};

/// Keeps what an exhausted step was to do, and its last error. A step that dies again keeps its
/// dead letter's id.
pub(super) async fn keep(conn: &mut PgConnection, tenant: Uuid, step: Uuid) -> Result<(), DbError> {
    sql::query(
        "INSERT INTO dead_letter
           (tenant_id, dead_letter_id, origin, origin_id, payload, attempts, error)
         SELECT tenant_id, $3, 'job_step', step_id,
                jsonb_build_object('kind', kind, 'payload', payload), attempts, exceptions->-1
         FROM job_step WHERE tenant_id = $1 AND step_id = $2 AND month >= 'infinity'
         ON CONFLICT (tenant_id, origin, origin_id) DO UPDATE
           SET attempts = excluded.attempts, error = excluded.error,
               died_at = clock_timestamp(), resolved_at = NULL, resolution = NULL",
    )
    .bind(tenant)
    .bind(step)
    .bind(Uuid::now_v7())
    .execute(conn)
    .await?;
    Ok(())
}

/// The steps run again: nothing is left to do about their dead letters.
pub(super) async fn redriven(
    conn: &mut PgConnection,
    tenant: Uuid,
    steps: &[Uuid],
) -> Result<(), DbError> {
    sql::query(
        "UPDATE dead_letter SET resolved_at = clock_timestamp(), resolution = 'redriven'
         WHERE tenant_id = $1 AND origin = 'job_step' AND origin_id = ANY ($2)
           AND resolved_at IS NULL",
    )
    .bind(tenant)
    .bind(steps)
    .execute(conn)
    .await?;
    Ok(())
}

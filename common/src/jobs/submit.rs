//! Storing a job. After the commit it runs, whatever dies.

use sqlx::PgConnection;
use uuid::Uuid;

use super::graph::{self, GraphError, MAX_SUBMITTED_STEPS, NewJob, Plan};
use super::wake;
use crate::db::{DbError, TenantTx, sql};
use crate::kernel::JobId;
use crate::telemetry::Origin;

/// Steps a tenant may run at once until someone decides otherwise.
const DEFAULT_SLOTS: i32 = 4;

/// The job that will do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submitted {
    pub job_id: JobId,
    /// It was there already: a live job bears the same unique key.
    pub existing: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Writes the job into the caller's transaction, or finds the live one with the same key.
///
/// # Errors
/// When the steps are no runnable graph, or the database refuses.
pub async fn submit(tx: &mut TenantTx, job: NewJob) -> Result<Submitted, SubmitError> {
    if job.steps.is_empty() {
        return Err(GraphError::Empty.into());
    }
    let plan = graph::plan(&job.steps, MAX_SUBMITTED_STEPS)?;
    let tenant = tx.tenant();
    // The live job with this key may finish between the two statements: then ours goes in.
    loop {
        let job_id = JobId::mint();
        if insert_job(tx.conn(), tenant, job_id, &job).await? {
            insert_steps(tx.conn(), tenant, job_id, &plan).await?;
            ensure_slots(tx.conn(), tenant).await?;
            wake::workers(tx.conn()).await?;
            return Ok(Submitted { job_id, existing: false });
        }
        if let Some(job_id) = live_job(tx.conn(), tenant, job.unique_key.as_deref()).await? {
            return Ok(Submitted { job_id, existing: true });
        }
    }
}

async fn insert_job(
    conn: &mut PgConnection,
    tenant: Uuid,
    job_id: JobId,
    job: &NewJob,
) -> Result<bool, DbError> {
    let origin = Origin::current();
    let inserted = sql::query(
        "INSERT INTO job (tenant_id, job_id, kind, unique_key, parameters, requested_by,
                          request_id, traceparent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(job_id.uuid())
    .bind(&job.kind)
    .bind(&job.unique_key)
    .bind(&job.parameters)
    .bind(&job.requested_by)
    .bind(origin.request_id)
    .bind(origin.traceparent)
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

async fn live_job(
    conn: &mut PgConnection,
    tenant: Uuid,
    unique_key: Option<&str>,
) -> Result<Option<JobId>, DbError> {
    let found: Option<Uuid> = sql::query_scalar(
        "SELECT job_id FROM job
         WHERE tenant_id = $1 AND month >= 'infinity' AND unique_key = $2
           AND state IN ('pending', 'running', 'paused')",
    )
    .bind(tenant)
    .bind(unique_key)
    .fetch_optional(conn)
    .await?;
    Ok(found.map(JobId::from_uuid))
}

pub(super) async fn insert_steps(
    conn: &mut PgConnection,
    tenant: Uuid,
    job_id: JobId,
    plan: &Plan,
) -> Result<(), DbError> {
    sql::query(
        "INSERT INTO job_step
           (tenant_id, job_id, step_id, kind, label, payload, needs, state, max_attempts)
         SELECT $1, $2, (s->>'step_id')::uuid, s->>'kind', s->>'label', s->'payload',
                ARRAY(SELECT jsonb_array_elements_text(s->'needs')::uuid),
                s->>'state', (s->>'max_attempts')::int
         FROM jsonb_array_elements($3) AS s",
    )
    .bind(tenant)
    .bind(job_id.uuid())
    .bind(&plan.rows)
    .execute(conn)
    .await?;
    Ok(())
}

async fn ensure_slots(conn: &mut PgConnection, tenant: Uuid) -> Result<(), DbError> {
    sql::query(
        "INSERT INTO tenant_slot (tenant_id, slot)
         SELECT $1, slot FROM generate_series(1, $2) AS slot
         WHERE NOT EXISTS (SELECT FROM tenant_slot WHERE tenant_id = $1)
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(DEFAULT_SLOTS)
    .execute(conn)
    .await?;
    Ok(())
}

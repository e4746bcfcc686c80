//! Table `report_run`: one report about one period.

use chrono::{DateTime, NaiveDate, Utc};
use common::db::{DbError, TenantTx, sql};
use common::kernel::{JobId, ReportRunId};
use uuid::Uuid;

/// A report that was asked for.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ReportRunRow {
    pub report_run_id: Uuid,
    pub job_id: Uuid,
    pub kind: String,
    pub property_id: i64,
    pub location: String,
    pub period_first: NaiveDate,
    pub period_last: NaiveDate,
    pub subject: String,
    /// Set when it was rendered.
    pub data_through: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// A run as it is written.
#[derive(Debug, Clone)]
pub struct NewReportRun<'a> {
    pub id: ReportRunId,
    pub job: JobId,
    pub kind: &'a str,
    pub property_id: i64,
    pub location: &'a str,
    pub first: NaiveDate,
    pub last: NaiveDate,
    pub subject: &'a str,
}

/// Writes the run, unless an earlier attempt did.
///
/// # Errors
/// When the database refuses.
pub async fn insert(tx: &mut TenantTx, run: &NewReportRun<'_>) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "INSERT INTO report_run (tenant_id, report_run_id, job_id, kind, property_id, location,
           period_first, period_last, subject)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (tenant_id, report_run_id) DO NOTHING",
    )
    .bind(tenant)
    .bind(run.id.uuid())
    .bind(run.job.uuid())
    .bind(run.kind)
    .bind(run.property_id)
    .bind(run.location)
    .bind(run.first)
    .bind(run.last)
    .bind(run.subject)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Records what the rendered report stands on.
///
/// # Errors
/// When the database refuses.
pub async fn rendered(
    tx: &mut TenantTx,
    id: ReportRunId,
    data_through: Option<DateTime<Utc>>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "UPDATE report_run SET data_through = $3 WHERE tenant_id = $1 AND report_run_id = $2",
    )
    .bind(tenant)
    .bind(id.uuid())
    .bind(data_through)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut TenantTx, id: ReportRunId) -> Result<Option<ReportRunRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as("SELECT * FROM report_run WHERE tenant_id = $1 AND report_run_id = $2")
        .bind(tenant)
        .bind(id.uuid())
        .fetch_optional(tx.conn())
        .await?)
}

/// The run that a job makes.
///
/// # Errors
/// When the database refuses.
pub async fn of_job(tx: &mut TenantTx, job: JobId) -> Result<Option<ReportRunId>, DbError> {
    let tenant = tx.tenant();
    let found: Option<Uuid> = sql::query_scalar(
        "SELECT report_run_id FROM report_run WHERE tenant_id = $1 AND job_id = $2 LIMIT 1",
    )
    .bind(tenant)
    .bind(job.uuid())
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(ReportRunId::from_uuid))
}

/// Location and period of the runs about a property that begin on `first` or later, whoever asked for them.
///
/// # Errors
/// When the database refuses.
pub async fn periods(
    tx: &mut TenantTx,
    kind: &str,
    property_id: i64,
    first: NaiveDate,
) -> Result<Vec<(String, NaiveDate, NaiveDate)>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT DISTINCT location, period_first, period_last FROM report_run
         WHERE tenant_id = $1 AND kind = $2 AND property_id = $3 AND period_first >= $4",
    )
    .bind(tenant)
    .bind(kind)
    .bind(property_id)
    .bind(first)
    .fetch_all(tx.conn())
    .await?)
}

/// Where a page of runs ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RunPosition {
    pub created_at: DateTime<Utc>,
    pub report_run_id: Uuid,
}

impl ReportRunRow {
    #[must_use]
    pub const fn position(&self) -> RunPosition {
        RunPosition { created_at: self.created_at, report_run_id: self.report_run_id }
    }
}

/// Runs, the latest first.
///
/// # Errors
/// When the database refuses.
pub async fn list(
    tx: &mut TenantTx,
    after: Option<RunPosition>,
    limit: i64,
) -> Result<Vec<ReportRunRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT * FROM report_run
         WHERE tenant_id = $1
           AND ($2::timestamptz IS NULL OR (created_at, report_run_id) < ($2, $3))
         ORDER BY created_at DESC, report_run_id DESC LIMIT $4",
    )
    .bind(tenant)
    .bind(after.map(|position| position.created_at))
    .bind(after.map(|position| position.report_run_id))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

//! What became of reports.

use common::db::{DbError, TenantTx};
use common::jobs::{self, JobView};
use common::kernel::{JobId, ReportRunId, cut_page};

use crate::store::delivery::{self, DeliveryRow};
use crate::store::report_run::{self, ReportRunRow, RunPosition};

/// A run with its messages.
#[derive(Debug, Clone)]
pub struct Run {
    pub row: ReportRunRow,
    pub deliveries: Vec<DeliveryRow>,
    /// Only when one run is shown.
    pub job: Option<JobView>,
}

/// A page of runs, the latest first.
#[derive(Debug, Clone)]
pub struct RunPage {
    pub runs: Vec<Run>,
    pub next: Option<RunPosition>,
}

/// One run; none when the tenant has no such run.
///
/// # Errors
/// When the database refuses.
pub async fn show(tx: &mut TenantTx, id: ReportRunId) -> Result<Option<Run>, DbError> {
    let Some(row) = report_run::find(tx, id).await? else { return Ok(None) };
    let deliveries = delivery::of_runs(tx, &[row.report_run_id]).await?;
    let job = jobs::show(tx, JobId::from_uuid(row.job_id)).await?;
    Ok(Some(Run { row, deliveries, job }))
}

/// One page.
///
/// # Errors
/// When the database refuses.
pub async fn list(
    tx: &mut TenantTx,
    after: Option<RunPosition>,
    limit: i64,
) -> Result<RunPage, DbError> {
    let rows = report_run::list(tx, after, limit + 1).await?;
    let (rows, next) = cut_page(rows, limit, ReportRunRow::position);
    let ids: Vec<_> = rows.iter().map(|row| row.report_run_id).collect();
    let mut deliveries = delivery::of_runs(tx, &ids).await?;
    let runs = rows
        .into_iter()
        .map(|row| {
            let (own, rest) =
                deliveries.drain(..).partition(|d| d.report_run_id == row.report_run_id);
            deliveries = rest;
            Run { row, deliveries: own, job: None }
        })
        .collect();
    Ok(RunPage { runs, next })
}

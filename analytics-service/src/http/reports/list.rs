//! `GET /report-runs`

use common::auth::Caller;
use common::http::cursor::Listing;
use common::http::{ApiError, Limit, Paging};
use poem_openapi::Object;

use super::body::ReportRunBody;
use crate::app::reports;
use crate::http::Services;

#[derive(Debug, Object)]
#[oai(rename = "ReportRuns")]
pub(super) struct ReportRunsBody {
    /// Latest first.
    report_runs: Vec<ReportRunBody>,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

pub(super) async fn list(
    services: &Services,
    caller: &Caller,
    limit: Limit,
    cursor: Option<&str>,
) -> Result<ReportRunsBody, ApiError> {
    let listing = Listing::new(caller.tenant_id(), "/report-runs").with("sort", "-created_at");
    let paging = Paging::new(&services.cursor_key, listing, limit);
    let after = paging.after(cursor)?;
    let mut tx = services.db.tenant(&caller.scope).await?;
    let page = reports::list(&mut tx, after, limit.get()).await?;
    let next_cursor = paging.next_cursor(page.next)?;
    Ok(ReportRunsBody { report_runs: page.runs.into_iter().map(Into::into).collect(), next_cursor })
}

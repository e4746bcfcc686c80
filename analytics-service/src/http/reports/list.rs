//! `GET /report-runs`

use common::auth::Caller;
use common::http::cursor::Listing;
use common::http::{ApiError, Limit};
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
    let key = &services.cursor_key;
    let listing = Listing::new(caller.tenant_id(), "/report-runs").with("sort", "-created_at");
    let after = cursor.map(|cursor| key.open(&listing, cursor)).transpose()?;
    let mut tx = services.db.tenant(&caller.scope).await?;
    let page = reports::list(&mut tx, after, limit.get()).await?;
    let next = page.next.map(|position| key.seal(&listing, &position)).transpose()?;
    Ok(ReportRunsBody {
        report_runs: page.runs.into_iter().map(Into::into).collect(),
        next_cursor: next,
    })
}

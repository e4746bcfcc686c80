//! `GET /report-runs/{report_run_id}`

use common::auth::Caller;
use common::http::ApiError;
use common::kernel::ReportRunId;

use super::body::ReportRunBody;
use crate::app::reports;
use crate::http::Services;

pub(super) async fn show(
    services: &Services,
    caller: &Caller,
    id: ReportRunId,
) -> Result<ReportRunBody, ApiError> {
    let mut tx = services.db.tenant(&caller.scope).await?;
    reports::show(&mut tx, id).await?.map(Into::into).ok_or_else(ApiError::not_found)
}

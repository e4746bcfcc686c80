//! `GET /jobs`.

use chrono::{DateTime, Utc};
use common::auth::Caller;
use common::http::cursor::Listing;
use common::http::{ApiResult, Limit, Paging};
use common::jobs::{self, JobFilter, JobPosition};
use common::kernel::JobId;
use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};

use super::resource::{JobItem, JobStatus};
use crate::app::submit_job::{BRANCH_REPORT, INGEST, MASTER_DATA, NIGHTLY};
use crate::http::State;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum JobKind {
    Ingest,
    MasterData,
    BranchReport,
    Nightly,
}

/// One page, newest first.
#[derive(Debug, Object)]
pub struct JobPage {
    pub jobs: Vec<JobItem>,
    /// Continues the list; none on its last page.
    pub next_cursor: Option<String>,
}

/// The sort key of the last row shown.
#[derive(Debug, Serialize, Deserialize)]
struct Position(DateTime<Utc>, JobId);

pub(super) async fn list(
    state: &State,
    caller: &Caller,
    kind: Option<JobKind>,
    status: Option<JobStatus>,
    cursor: Option<&str>,
    limit: Limit,
) -> ApiResult<JobPage> {
    let listing =
        Listing::new(caller.tenant_id(), "jobs").with("kind", kind).with("status", status);
    let paging = Paging::new(&state.cursor_key, listing, limit);
    let after = paging.after::<Position>(cursor)?;
    let after = after.map(|Position(created_at, job_id)| JobPosition { created_at, job_id });
    let filter = JobFilter {
        kind: kind.map(|kind| kind.stored().to_owned()),
        state: status.map(Into::into),
    };
    let mut tx = state.tenant(&caller.scope).await?;
    let found = jobs::list(&mut tx, &filter, after, paging.rows()).await?;
    let (found, next_cursor) = paging.cut(found, |last| Position(last.created_at, last.job_id))?;
    Ok(JobPage { jobs: found.into_iter().map(JobItem::from).collect(), next_cursor })
}

impl JobKind {
    const fn stored(self) -> &'static str {
        match self {
            Self::Ingest => INGEST,
            Self::MasterData => MASTER_DATA,
            Self::BranchReport => BRANCH_REPORT,
            Self::Nightly => NIGHTLY,
        }
    }
}

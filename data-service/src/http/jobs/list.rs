//! `GET /jobs`.

use chrono::{DateTime, Utc};
use common::auth::Authenticated;
use common::http::cursor::Listing;
use common::http::{ApiResult, Limit};
use common::jobs::{self, JobFilter, JobPosition};
use common::kernel::JobId;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use serde::{Deserialize, Serialize};

use super::resource::{JobItem, JobStatus};
use crate::app::submit_job::{BRANCH_REPORT, INGEST, MASTER_DATA};
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct ListJobs(pub State);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum JobKind {
    Ingest,
    MasterData,
    BranchReport,
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

#[OpenApi(tag = "Tag::Jobs")]
impl ListJobs {
    /// List jobs
    ///
    /// Newest first.
    #[oai(path = "/jobs", method = "get", operation_id = "list_jobs")]
    async fn list(
        &self,
        caller: Authenticated,
        kind: Query<Option<JobKind>>,
        status: Query<Option<JobStatus>>,
        cursor: Query<Option<String>>,
        #[oai(default)] limit: Query<Limit>,
    ) -> ApiResult<Json<JobPage>> {
        let Authenticated(caller) = caller;
        let listing =
            Listing::new(caller.tenant_id(), "jobs").with("kind", kind.0).with("status", status.0);
        let key = &self.0.cursor_key;
        let after = cursor.0.map(|cursor| key.open::<Position>(&listing, &cursor)).transpose()?;
        let after = after.map(|Position(created_at, job_id)| JobPosition { created_at, job_id });
        let filter = JobFilter {
            kind: kind.0.map(|kind| kind.stored().to_owned()),
            state: status.0.map(Into::into),
        };
        let limit = limit.0.get();
        let mut tx = self.0.tenant(&caller.scope).await?;
        // One more than asked for tells whether there is a next page.
        let mut found = jobs::list(&mut tx, &filter, after, limit + 1).await?;
        let more = i64::try_from(found.len()).is_ok_and(|found| found > limit);
        if more {
            found.pop();
        }
        let next_cursor = found
            .last()
            .filter(|_| more)
            .map(|last| key.seal(&listing, &Position(last.created_at, last.job_id)))
            .transpose()?;
        let jobs = found.into_iter().map(JobItem::from).collect();
        Ok(Json(JobPage { jobs, next_cursor }))
    }
}

impl JobKind {
    const fn stored(self) -> &'static str {
        match self {
            Self::Ingest => INGEST,
            Self::MasterData => MASTER_DATA,
            Self::BranchReport => BRANCH_REPORT,
        }
    }
}

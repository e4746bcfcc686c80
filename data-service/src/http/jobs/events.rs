//! `GET /jobs/{id}/events`.

use std::time::Duration;

use common::auth::Authenticated;
use common::http::{ApiError, ApiResult, event_stream};
use common::jobs::{self, JobState, JobView, StepState};
use common::kernel::{JobId, TenantScope};
use futures_util::stream::{BoxStream, StreamExt, unfold};
use poem_openapi::param::Path;
use poem_openapi::payload::EventStream;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::resource::{JobProgress, JobStatus, StepCounts, StepProgress};
use crate::http::{State, Tag};

/// How often the database is asked.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Something is said at least this often, so that proxies keep the connection.
const QUIET_LOOKS: u32 = 8;

#[derive(Debug)]
pub struct JobEvents(pub State);

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Object)]
pub struct JobEvent {
    pub id: Uuid,
    pub status: JobStatus,
    pub step_counts: StepCounts,
    pub progress: JobProgress,
    /// The steps that run now.
    pub running: Vec<RunningStep>,
}

#[derive(Debug, Clone, PartialEq, Object)]
pub struct RunningStep {
    pub id: Uuid,
    pub label: String,
    pub progress: Option<StepProgress>,
}

#[OpenApi(tag = "Tag::Jobs")]
impl JobEvents {
    /// Watch a job
    ///
    /// Server-sent events: one whenever something changed and at least every five seconds, until the job is finished.
    #[oai(path = "/jobs/:id/events", method = "get", operation_id = "watch_job")]
    async fn events(
        &self,
        caller: Authenticated,
        id: Path<Uuid>,
    ) -> ApiResult<EventStream<BoxStream<'static, JobEvent>>> {
        let job = JobId::from_uuid(id.0);
        let watch = Watch { state: self.0.clone(), scope: caller.0.scope, job, last: None };
        // An unknown job is an answer, not a stream.
        let first = watch.look().await?.ok_or_else(ApiError::not_found)?;
        let changes = unfold(Next::Event(watch, first), Next::step).fuse();
        Ok(EventStream::new(event_stream(changes, &self.0.shutdown).boxed()))
    }
}

/// A client that watches one job.
struct Watch {
    state: State,
    scope: TenantScope,
    job: JobId,
    last: Option<JobEvent>,
}

enum Next {
    /// Say this, then look again.
    Event(Watch, JobEvent),
    Look(Watch),
    End,
}

impl Next {
    async fn step(self) -> Option<(JobEvent, Self)> {
        let (mut watch, event) = match self {
            Self::Event(watch, event) => (watch, event),
            Self::Look(watch) => {
                // The database is away: the client reconnects.
                let event = watch.change().await?;
                (watch, event)
            }
            Self::End => return None,
        };
        let finished = JobState::from(event.status).finished();
        watch.last = Some(event.clone());
        Some((event, if finished { Self::End } else { Self::Look(watch) }))
    }
}

impl Watch {
    async fn look(&self) -> ApiResult<Option<JobEvent>> {
        let mut tx = self.state.tenant(&self.scope).await?;
        Ok(jobs::show(&mut tx, self.job).await?.as_ref().map(JobEvent::from))
    }

    /// The next event that is worth saying.
    async fn change(&self) -> Option<JobEvent> {
        for look in 0.. {
            tokio::time::sleep(LOOK_EVERY).await;
            let event = match self.look().await {
                Ok(event) => event?,
                Err(error) => {
                    tracing::debug!(%error, job.id = %self.job, "watching broke off");
                    return None;
                }
            };
            if look >= QUIET_LOOKS || self.last.as_ref() != Some(&event) {
                return Some(event);
            }
        }
        None
    }
}

impl From<&JobView> for JobEvent {
    fn from(job: &JobView) -> Self {
        let running = job.steps.iter().filter(|step| step.state == StepState::Running);
        Self {
            id: job.summary.job_id.uuid(),
            status: job.summary.state.into(),
            step_counts: job.summary.steps.into(),
            progress: job.into(),
            running: running
                .map(|step| RunningStep {
                    id: step.step_id.uuid(),
                    label: step.label.clone(),
                    progress: StepProgress::of(step),
                })
                .collect(),
        }
    }
}

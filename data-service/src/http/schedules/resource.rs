//! A schedule as the API shows it.

use chrono::{DateTime, Utc};
use common::http::ETag;
use common::jobs::schedule::{self, ScheduleView, Slots};
use common::kernel::ScheduleId;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object};
use serde_json::Value;
use uuid::Uuid;

use super::request::{MissedPolicy, OverlapPolicy};

/// How many coming runs are shown.
const SHOWN_RUNS: usize = 5;

/// A job that comes again and again.
#[derive(Debug, Object)]
pub struct Schedule {
    pub id: Uuid,
    pub name: String,
    /// What runs: `kind` and its parameters, as they were given.
    pub job: Value,
    pub cron: String,
    pub time_zone: String,
    pub missed_policy: MissedPolicy,
    pub catch_up_limit: Option<u32>,
    pub overlap_policy: OverlapPolicy,
    pub jitter_seconds: u32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// No slot runs while this is set.
    pub paused_at: Option<DateTime<Utc>>,
    /// `request`, or `configuration` when a run failed because of a setting that has to be changed first.
    pub pause_reason: Option<String>,
    /// The newest slot that came, run or not.
    pub last_slot_at: Option<DateTime<Utc>>,
    /// The job of the newest run.
    pub last_job_id: Option<Uuid>,
    /// The next five slots, as if it were not paused.
    pub next_runs: Vec<DateTime<Utc>>,
    /// The runs that failed since one succeeded; none when the last one did.
    pub failing: Option<FailureStreak>,
}

#[derive(Debug, Object)]
pub struct FailureStreak {
    pub runs: i32,
    pub since: Option<DateTime<Utc>>,
    /// Of the last failed run: `code`, `message`, `class`.
    pub last_error: Option<Value>,
    /// When the tenant's admins were told, once for the whole streak.
    pub notified_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Object)]
pub struct ScheduleList {
    pub schedules: Vec<Schedule>,
}

#[derive(Debug, ApiResponse)]
pub enum Shown {
    #[oai(status = 200)]
    Schedule(
        Json<Schedule>,
        /// Its version, to be sent as `If-Match` with a change.
        #[oai(header = "ETag")]
        String,
    ),
}

#[derive(Debug, ApiResponse)]
pub enum Created {
    #[oai(status = 201)]
    Schedule(
        Json<Schedule>,
        #[oai(header = "Location")] String,
        /// Its version, to be sent as `If-Match` with a change.
        #[oai(header = "ETag")]
        String,
    ),
}

#[derive(Debug, ApiResponse)]
pub enum Removed {
    /// It runs no more; its jobs stay.
    #[oai(status = 204)]
    Removed,
}

pub(super) fn tag(schedule: &ScheduleView) -> ETag {
    ETag::version(schedule.version)
}

impl Shown {
    pub(super) fn at(schedule: ScheduleView, now: DateTime<Utc>) -> Self {
        let tag = tag(&schedule).to_string();
        Self::Schedule(Json(Schedule::at(schedule, now)), tag)
    }
}

impl Created {
    pub(super) fn at(schedule: ScheduleView, now: DateTime<Utc>) -> Self {
        let tag = tag(&schedule).to_string();
        let location = format!("/data/v1/schedules/{}", schedule.schedule_id);
        Self::Schedule(Json(Schedule::at(schedule, now)), location, tag)
    }
}

impl Schedule {
    /// As it stands at `now`.
    pub(super) fn at(view: ScheduleView, now: DateTime<Utc>) -> Self {
        let definition = view.definition;
        let (missed_policy, catch_up_limit) = match definition.missed {
            schedule::MissedPolicy::Skip => (MissedPolicy::Skip, None),
            schedule::MissedPolicy::RunOnce => (MissedPolicy::RunOnce, None),
            schedule::MissedPolicy::CatchUp(limit) => (MissedPolicy::CatchUp, Some(limit)),
        };
        let next_runs = Slots::parse(&definition.cron, &definition.time_zone)
            .map(|slots| slots.upcoming(now, SHOWN_RUNS))
            .unwrap_or_default();
        Self {
            id: ScheduleId::uuid(view.schedule_id),
            name: definition.name,
            job: definition.parameters,
            cron: definition.cron,
            time_zone: definition.time_zone,
            missed_policy,
            catch_up_limit,
            overlap_policy: match definition.overlap {
                schedule::OverlapPolicy::Skip => OverlapPolicy::Skip,
                schedule::OverlapPolicy::Allow => OverlapPolicy::Allow,
            },
            jitter_seconds: definition.jitter_seconds,
            created_at: view.created_at,
            updated_at: view.updated_at,
            paused_at: view.paused_at,
            pause_reason: view.pause_reason,
            last_slot_at: view.last_slot_at,
            last_job_id: view.last_job_id.map(Uuid::from),
            next_runs,
            failing: (view.failure_streak > 0).then_some(FailureStreak {
                runs: view.failure_streak,
                since: view.failing_since,
                last_error: view.last_error,
                notified_at: view.notified_at,
            }),
        }
    }
}

//! The body of `POST /schedules` and `PUT /schedules/{id}`.

use common::http::ApiError;
use common::jobs::schedule;
use poem_openapi::{Enum, Object, Union};
use serde_json::json;

use crate::app::scheduled_job::{Period, ScheduledJob};
use crate::http::recipient;

/// A job that comes again and again.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct NewSchedule {
    /// Unique within the tenant.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub name: String,
    pub job: NewScheduledJob,
    /// Minute, hour, day of month, month, day of week; or `@hourly`, `@daily`, `@weekly`, `@monthly`.
    #[oai(validator(max_length = 200))]
    pub cron: String,
    /// IANA name of the zone on whose clock the line is read.
    #[oai(validator(max_length = 100))]
    pub time_zone: String,
    #[oai(default)]
    pub missed_policy: MissedPolicy,
    /// With `catch_up`: how many missed slots run at most, the newest ones.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000")))]
    pub catch_up_limit: Option<u32>,
    #[oai(default)]
    pub overlap_policy: OverlapPolicy,
    /// Runs start up to this many seconds after their slot, always the same for the same slot.
    #[oai(default, validator(maximum(value = "3600")))]
    pub jitter_seconds: u32,
}

/// What happens to slots that came while no worker ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum MissedPolicy {
    Skip,
    /// One run for all of them.
    #[default]
    RunOnce,
    /// Each by itself, up to `catch_up_limit`.
    CatchUp,
}

/// What happens to a slot while the job of an earlier one is under way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum OverlapPolicy {
    #[default]
    Skip,
    Allow,
}

/// What to run. `kind` decides which parameters there are.
#[derive(Debug, Union)]
#[oai(discriminator_name = "kind", one_of)]
pub enum NewScheduledJob {
    #[oai(mapping = "ingest")]
    Ingest(ScheduledIngest),
    #[oai(mapping = "master_data")]
    MasterData(ScheduledMasterData),
    #[oai(mapping = "nightly")]
    Nightly(ScheduledNightly),
    #[oai(mapping = "branch_report")]
    BranchReport(ScheduledBranchReport),
}

/// Loads days of the GA4 export that changed at the source.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct ScheduledIngest {
    pub kind: IngestSchedule,
    /// GA4 property numbers; all configured ones without it.
    #[oai(default, validator(max_items = "50"))]
    pub properties: Vec<i64>,
    /// Only this many days before the slot; all of them without it.
    #[oai(validator(minimum(value = "1"), maximum(value = "3660")))]
    pub last_days: Option<u16>,
}

/// Loads customers and branches from the tenant's file server.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct ScheduledMasterData {
    pub kind: MasterDataSchedule,
}

/// Changed days, customers and branches.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct ScheduledNightly {
    pub kind: NightlySchedule,
}

/// Mails one branch its report.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct ScheduledBranchReport {
    pub kind: BranchReportSchedule,
    /// Branch code.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub location: String,
    pub period: ReportPeriod,
    /// An address to send to instead of the configured ones.
    #[oai(validator(max_length = 254))]
    pub recipient: Option<String>,
}

macro_rules! kind {
    ($name:ident, $variant:ident) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
        #[oai(rename_all = "snake_case")]
        pub enum $name {
            $variant,
        }
    };
}

// Each variant names its kind again, because an object refuses fields that it does not have.
kind!(IngestSchedule, Ingest);
kind!(MasterDataSchedule, MasterData);
kind!(NightlySchedule, Nightly);
kind!(BranchReportSchedule, BranchReport);

/// Days before the slot's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum ReportPeriod {
    Yesterday,
    LastSevenDays,
    /// Monday to Sunday.
    PreviousWeek,
    PreviousMonth,
}

impl NewSchedule {
    /// What the schema cannot say, but for the times.
    pub(super) fn checked(self) -> Result<schedule::NewSchedule, ApiError> {
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().any(char::is_control) {
            let detail = "a name has visible characters only";
            return Err(ApiError::invalid_field("/name", "malformed", detail));
        }
        let missed = match (self.missed_policy, self.catch_up_limit) {
            (MissedPolicy::Skip, None) => schedule::MissedPolicy::Skip,
            (MissedPolicy::RunOnce, None) => schedule::MissedPolicy::RunOnce,
            (MissedPolicy::CatchUp, Some(limit)) => schedule::MissedPolicy::CatchUp(limit),
            _ => {
                let detail = "belongs to the missed policy `catch_up`, which needs it";
                return Err(ApiError::invalid_field("/catch_up_limit", "mismatch", detail));
            }
        };
        let job = self.job.checked()?;
        Ok(schedule::NewSchedule {
            name,
            kind: job.kind().to_owned(),
            parameters: json!(job),
            cron: self.cron,
            time_zone: self.time_zone,
            missed,
            overlap: match self.overlap_policy {
                OverlapPolicy::Skip => schedule::OverlapPolicy::Skip,
                OverlapPolicy::Allow => schedule::OverlapPolicy::Allow,
            },
            jitter_seconds: self.jitter_seconds,
        })
    }
}

impl NewScheduledJob {
    fn checked(self) -> Result<ScheduledJob, ApiError> {
        match self {
            Self::Ingest(ScheduledIngest { properties, last_days, .. }) => {
                if let Some(index) = properties.iter().position(|property| *property <= 0) {
                    let detail = "a GA4 property number is greater than 0";
                    let pointer = format!("/job/properties/{index}");
                    return Err(ApiError::invalid_field(pointer, "out_of_range", detail));
                }
                Ok(ScheduledJob::Ingest { properties, last_days })
            }
            Self::MasterData(_) => Ok(ScheduledJob::MasterData {}),
            Self::Nightly(_) => Ok(ScheduledJob::Nightly {}),
            Self::BranchReport(ScheduledBranchReport { location, period, recipient, .. }) => {
                recipient::check_branch(&location, "/job/location")?;
                recipient::check_address(recipient.as_deref(), "/job/recipient")?;
                let period = period.into();
                Ok(ScheduledJob::BranchReport { location, period, recipient })
            }
        }
    }
}

impl From<ReportPeriod> for Period {
    fn from(period: ReportPeriod) -> Self {
        match period {
            ReportPeriod::Yesterday => Self::Yesterday,
            ReportPeriod::LastSevenDays => Self::LastSevenDays,
            ReportPeriod::PreviousWeek => Self::PreviousWeek,
            ReportPeriod::PreviousMonth => Self::PreviousMonth,
        }
    }
}

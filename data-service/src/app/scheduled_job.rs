//! What a schedule runs: a kind of job whose days follow from the slot.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use common::jobs::schedule::{Alert, Planner, Refusal, Slot};
use common::jobs::{NewJob, NewStep};
use common::kernel::DateRange;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::submit_job::{
    BRANCH_REPORT, BranchReportRequest, INGEST, IngestRequest, JobRequest, MASTER_DATA, NIGHTLY,
};

/// Tells the tenant's admins about a failing schedule; run by analytics-service, which has the
/// mailer.
pub const ALERT: &str = "schedule_alert";
const SEND_ALERT: &str = "send_schedule_alert";

/// A job as a schedule stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ScheduledJob {
    Ingest {
        properties: Vec<i64>,
        /// Only this many days before the slot; all of them without it.
        last_days: Option<u16>,
    },
    MasterData {},
    Nightly {},
    BranchReport {
        /// Branch code.
        location: String,
        period: Period,
        /// Instead of the configured ones.
        recipient: Option<String>,
    },
}

/// Days before the slot's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    Yesterday,
    LastSevenDays,
    /// Monday to Sunday.
    PreviousWeek,
    PreviousMonth,
}

impl ScheduledJob {
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Ingest { .. } => INGEST,
            Self::MasterData {} => MASTER_DATA,
            Self::Nightly {} => NIGHTLY,
            Self::BranchReport { .. } => BRANCH_REPORT,
        }
    }

    /// The job for a slot on `today`, the zone's own day.
    fn request(&self, today: NaiveDate) -> Option<JobRequest> {
        Some(match self {
            Self::Ingest { properties, last_days } => {
                let first = match last_days {
                    Some(days) => Some(today.checked_sub_days(Days::new((*days).into()))?),
                    None => None,
                };
                let properties = properties.clone();
                JobRequest::Ingest(IngestRequest { properties, first, ..IngestRequest::default() })
            }
            Self::MasterData {} => JobRequest::MasterData,
            Self::Nightly {} => JobRequest::Nightly,
            Self::BranchReport { location, period, recipient } => {
                JobRequest::BranchReport(BranchReportRequest {
                    location: location.clone(),
                    range: period.before(today)?,
                    recipient: recipient.clone(),
                })
            }
        })
    }
}

impl Period {
    fn before(self, today: NaiveDate) -> Option<DateRange> {
        let back = |days| today.checked_sub_days(Days::new(days));
        let (first, last) = match self {
            Self::Yesterday => (back(1)?, back(1)?),
            Self::LastSevenDays => (back(7)?, back(1)?),
            Self::PreviousWeek => {
                let monday = back(today.weekday().num_days_from_monday().into())?;
                (monday.checked_sub_days(Days::new(7))?, monday.pred_opt()?)
            }
            Self::PreviousMonth => {
                let first = today.with_day(1)?;
                (first.checked_sub_months(Months::new(1))?, first.pred_opt()?)
            }
        };
        DateRange::new(first, last).ok()
    }
}

/// This service's part of the scheduler.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScheduledJobs;

impl Planner for ScheduledJobs {
    fn service(&self) -> &'static str {
        crate::NAME
    }

    fn kinds(&self) -> Vec<String> {
        [INGEST, MASTER_DATA, NIGHTLY, BRANCH_REPORT].map(str::to_owned).to_vec()
    }

    fn plan(&self, _kind: &str, parameters: &Value, slot: Slot) -> Result<NewJob, Refusal> {
        let job = ScheduledJob::deserialize(parameters)
            .map_err(|_| Refusal("the schedule's job cannot be read; save it again".to_owned()))?;
        let request = job
            .request(slot.at.with_timezone(&slot.zone).date_naive())
            .ok_or_else(|| Refusal("the schedule's days are out of range".to_owned()))?;
        Ok(request.job(String::new()))
    }

    fn alert(&self, alert: &Alert) -> Option<NewJob> {
        let parameters = json!({
            "schedule_id": alert.schedule_id,
            "name": alert.name,
            "failing_since": alert.failing_since,
            "code": alert.error["code"],
            "message": alert.error["message"],
        });
        Some(NewJob {
            kind: ALERT.to_owned(),
            unique_key: Some(alert_key(alert.schedule_id.uuid(), alert.failing_since)),
            requested_by: format!("schedule:{}", alert.schedule_id),
            steps: vec![
                NewStep::new(SEND_ALERT)
                    .label(format!("tell the admins that \"{}\" fails", alert.name))
                    .payload(parameters.clone()),
            ],
            parameters,
        })
    }
}

/// One alert a streak.
fn alert_key(schedule: uuid::Uuid, since: DateTime<Utc>) -> String {
    format!("{ALERT}:{schedule}:{}", since.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_period_ends_before_the_slot() {
        // A Friday.
        let today = day("2026-11-20");
        for (period, first, last) in [
            (Period::Yesterday, "2026-11-19", "2026-11-19"),
            (Period::LastSevenDays, "2026-11-13", "2026-11-19"),
            (Period::PreviousWeek, "2026-11-09", "2026-11-15"),
            (Period::PreviousMonth, "2026-10-01", "2026-10-31"),
        ] {
            let range = period.before(today).unwrap();
            assert_eq!((range.first(), range.last()), (day(first), day(last)), "{period:?}");
        }
    }

    #[test]
    fn the_day_of_a_slot_is_the_zones_own() {
        let job = ScheduledJob::BranchReport {
            location: "B1".to_owned(),
            period: Period::Yesterday,
            recipient: None,
        };
        let slot =
            Slot { at: "2026-11-19T23:30:00Z".parse().unwrap(), zone: chrono_tz::Europe::Berlin };
        let planned = ScheduledJobs.plan(BRANCH_REPORT, &json!(job), slot).unwrap();
        assert_eq!(planned.parameters["first"], "2026-11-19");
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let slot = Slot { at: DateTime::UNIX_EPOCH, zone: chrono_tz::UTC };
        assert!(ScheduledJobs.plan(INGEST, &json!({ "kind": "unknown" }), slot).is_err());
    }
}

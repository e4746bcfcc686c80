//! The reports that are due: each branch that has an address gets one about each period the tenant wants them for, once
//! the period's days are complete.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use common::db::TenantTx;
use common::kernel::DateRange;
use common::tenant_config::{ReportPeriod, TenantConfigError, TenantSettings, VersionedSettings};

use super::{REPORT, ReportError, SendBranchReport};
use crate::adapters::mail::address;
use crate::app::stats::{BasisCache, Found, Question, StatsError, find, master_data};
use crate::domain::comparison::Comparison;
use crate::domain::due_period::{due, recent};
use crate::store::location::LocationRow;
use crate::store::report_run;

/// What one look found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DueReports {
    /// The steps' payloads: the oldest periods first, and of each first the branches that were sent nothing for longest.
    pub reports: Vec<SendBranchReport>,
    /// Codes of the branches in use whose address is none that mail can go to.
    pub unreachable: Vec<String>,
}

/// A report, and the first day of the newest period that its branch had one about.
type Waiting = (Option<NaiveDate>, SendBranchReport);

/// Looks which reports are due.
///
/// # Errors
/// When the settings cannot be read, there are too many branches, or the database refuses.
pub async fn due_reports(tx: &mut TenantTx, now: DateTime<Utc>) -> Result<DueReports, ReportError> {
    let settings = match VersionedSettings::load(tx).await {
        Ok(stored) => stored.settings,
        Err(TenantConfigError::Missing) => return Ok(DueReports::default()),
        Err(TenantConfigError::Db(error)) => return Err(error.into()),
        Err(TenantConfigError::Malformed(error)) => {
            return Err(StatsError::Settings(error).into());
        }
        // Only connections have secrets.
        Err(TenantConfigError::Secret { .. }) => return Ok(DueReports::default()),
    };
    let Some(period) = settings.reports.branch else { return Ok(DueReports::default()) };
    let addressed = master_data(tx).await?.into_iter().filter(|branch| email(branch).is_some());
    let (branches, unreachable): (Vec<LocationRow>, Vec<LocationRow>) =
        addressed.partition(|branch| email(branch).is_some_and(|email| address(email).is_ok()));
    let mut reports = Vec::new();
    for (property_id, zone) in zones(&settings) {
        of_property(tx, property_id, zone, period, &settings, &branches, now, &mut reports).await?;
    }
    Ok(DueReports {
        reports: in_order(reports),
        unreachable: unreachable.into_iter().map(|branch| branch.code).collect(),
    })
}

/// Whom one night has no room for, the next one begins with.
fn in_order(mut reports: Vec<Waiting>) -> Vec<SendBranchReport> {
    reports.sort_by_key(|(sent, report)| (report.first, *sent));
    reports.into_iter().map(|(_, report)| report).collect()
}

#[expect(clippy::too_many_arguments, reason = "one property of one tenant, and where it goes")]
async fn of_property(
    tx: &mut TenantTx,
    property_id: i64,
    zone: Tz,
    period: ReportPeriod,
    settings: &TenantSettings,
    branches: &[LocationRow],
    now: DateTime<Utc>,
    reports: &mut Vec<Waiting>,
) -> Result<(), ReportError> {
    let today = now.with_timezone(&zone).date_naive();
    let periods = recent(period, today, settings.week_start);
    let Some(oldest) = periods.last() else { return Ok(()) };
    let mut complete = Vec::new();
    for range in &periods {
        if covered(tx, property_id, *range, now).await? {
            complete.push(*range);
        }
    }
    let mut sent: BTreeMap<String, Vec<DateRange>> = BTreeMap::new();
    for (code, first, last) in report_run::periods(tx, REPORT, property_id, oldest.first()).await? {
        let range = periods.iter().find(|range| (range.first(), range.last()) == (first, last));
        sent.entry(code).or_default().extend(range);
    }
    for branch in branches {
        let sent = sent.get(&branch.code).map_or(&[][..], Vec::as_slice);
        let newest = sent.iter().map(DateRange::first).max();
        let report = |range: DateRange| SendBranchReport {
            property_id: Some(property_id),
            location: branch.code.clone(),
            first: range.first(),
            last: range.last(),
            recipient: None,
            report_run_id: None,
        };
        reports.extend(due(&complete, sent).into_iter().map(|range| (newest, report(range))));
    }
    Ok(())
}

/// Whether every day of the range is complete.
async fn covered(
    tx: &mut TenantTx,
    property_id: i64,
    range: DateRange,
    now: DateTime<Utc>,
) -> Result<bool, ReportError> {
    let question = Question {
        property_id: Some(property_id),
        location: None,
        range,
        comparison: Comparison::None,
    };
    match find(tx, &question, now, &BasisCache::off()).await {
        Ok(Found::Property(basis)) => Ok(basis.freshness.covers(&range)),
        // Configured, and nothing was ever loaded.
        Ok(Found::NoProperty) | Err(StatsError::UnknownProperty) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The newest zone of each property.
fn zones(settings: &TenantSettings) -> BTreeMap<i64, Tz> {
    let mut properties: Vec<_> = settings.properties.iter().collect();
    properties.sort_by_key(|property| property.valid_from);
    properties.into_iter().map(|property| (property.property_id, property.time_zone)).collect()
}

/// What stands as the address of a branch in use.
fn email(branch: &LocationRow) -> Option<&str> {
    let email = branch.email.as_deref().map(str::trim);
    email.filter(|email| branch.active && !email.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_periods_come_first_and_then_who_was_sent_nothing_for_longest() {
        let day = |day: u32| NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
        let waiting = |location: &str, about: u32, sent: Option<u32>| {
            let report = SendBranchReport {
                property_id: Some(1),
                location: location.to_owned(),
                first: day(about),
                last: day(about),
                recipient: None,
                report_run_id: None,
            };
            (sent.map(day), report)
        };
        let reports = in_order(vec![
            waiting("A", 17, Some(16)),
            waiting("B", 17, Some(15)),
            waiting("B", 16, Some(15)),
            waiting("C", 17, None),
            waiting("D", 17, Some(16)),
        ]);
        let order: Vec<_> = reports.iter().map(|r| (r.location.as_str(), r.first)).collect();
        let expected =
            [("B", 16), ("C", 17), ("B", 17), ("A", 17), ("D", 17)].map(|(l, d)| (l, day(d)));
        assert_eq!(order, expected);
    }
}

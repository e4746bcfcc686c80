//! The reports that are due: each branch that has an address gets one about each period the tenant wants them for, once
//! the period's days are complete.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use common::db::TenantTx;
use common::kernel::DateRange;
use common::tenant_config::{ReportPeriod, TenantConfigError, TenantSettings, VersionedSettings};

use super::{REPORT, ReportError, SendBranchReport};
use crate::adapters::mail::address;
use crate::app::stats::{BasisCache, Found, Question, StatsError, find};
use crate::domain::comparison::Comparison;
use crate::domain::due_period::{due, recent};
use crate::store::location::LocationRow;
use crate::store::{location, report_run};

/// The steps' payloads, by property and branch.
///
/// # Errors
/// When the settings cannot be read, or the database refuses.
pub async fn due_reports(
    tx: &mut TenantTx,
    now: DateTime<Utc>,
) -> Result<Vec<SendBranchReport>, ReportError> {
    let settings = match VersionedSettings::load(tx).await {
        Ok(stored) => stored.settings,
        Err(TenantConfigError::Missing) => return Ok(Vec::new()),
        Err(TenantConfigError::Db(error)) => return Err(error.into()),
        Err(TenantConfigError::Malformed(error)) => {
            return Err(StatsError::Settings(error).into());
        }
        // Only connections have secrets.
        Err(TenantConfigError::Secret { .. }) => return Ok(Vec::new()),
    };
    let Some(period) = settings.reports.branch else { return Ok(Vec::new()) };
    let branches: Vec<LocationRow> =
        location::all(tx).await?.into_iter().filter(reachable).collect();
    let mut reports = Vec::new();
    for (property_id, zone) in zones(&settings) {
        of_property(tx, property_id, zone, period, &settings, &branches, now, &mut reports).await?;
    }
    Ok(reports)
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
    reports: &mut Vec<SendBranchReport>,
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
        // The older one first, as they would have come.
        reports.extend(due(&complete, sent).into_iter().rev().map(|range| SendBranchReport {
            property_id: Some(property_id),
            location: branch.code.clone(),
            first: range.first(),
            last: range.last(),
            recipient: None,
            report_run_id: None,
        }));
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

/// In use, and with an address that mail can go to.
fn reachable(branch: &LocationRow) -> bool {
    let email = branch.email.as_deref().map(str::trim);
    branch.active && email.is_some_and(|email| address(email).is_ok())
}

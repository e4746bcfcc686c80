//! Gathers a branch report: the same functions that answer the dashboard, so the same numbers.

use chrono::{DateTime, Utc};
use common::db::TenantTx;
use common::kernel::DateRange;

use super::ReportError;
use crate::app::stats::{Basis, BasisCache, Found, Question, StatsError, find, overview, series};
use crate::app::tasks::{Carts, abandoned_carts, count_abandoned_carts};
use crate::domain::branch_report::{BranchReport, LISTED_CARTS, MAX_DAYS};
use crate::domain::comparison::Comparison;
use crate::domain::query::{BucketWidth, Metric, SessionBasis};
use crate::store::{location, tenant};

/// Which branch and which days.
#[derive(Debug, Clone)]
pub struct Period {
    /// None: the only one the tenant has.
    pub property_id: Option<i64>,
    pub location: String,
    pub range: DateRange,
}

impl Period {
    /// The question behind the report's numbers.
    ///
    /// # Errors
    /// When the period is too long, or names no location.
    pub(super) fn question(&self, comparison: Comparison) -> Result<Question, ReportError> {
        if self.range.days() > MAX_DAYS {
            return Err(ReportError::TooLong { limit: MAX_DAYS });
        }
        // In the rollups the empty code stands for all locations together, which is no branch.
        if self.location.is_empty() {
            return Err(StatsError::UnknownLocation.into());
        }
        Ok(Question {
            property_id: self.property_id,
            location: Some(self.location.clone()),
            range: self.range,
            comparison,
        })
    }
}

/// A report and what it stands on.
#[derive(Debug, Clone)]
pub struct Composed {
    pub basis: Box<Basis>,
    pub report: BranchReport,
    pub tenant_slug: String,
}

/// Reads everything the report shows, compared with the period before.
///
/// # Errors
/// When property or location are unknown, or the database refuses.
pub async fn compose(
    tx: &mut TenantTx,
    period: &Period,
    now: DateTime<Utc>,
) -> Result<Composed, ReportError> {
    let question = period.question(Comparison::PreviousPeriod)?;
    let Found::Property(basis) = find(tx, &question, now, &BasisCache::off()).await? else {
        return Err(ReportError::NoProperty);
    };
    let numbers = overview(tx, &basis, &question).await?;
    let days = Question { comparison: Comparison::None, ..question.clone() };
    let shown = vec![Metric::Sessions, Metric::Purchases, Metric::Revenue];
    let days = series(tx, &basis, &days, BucketWidth::Day, SessionBasis::Active, shown).await?;
    let asked = Carts { location: Some(period.location.clone()), days: Some(period.range) };
    let carts = abandoned_carts(tx, &basis, &asked, None, LISTED_CARTS).await?;
    let cart_count = count_abandoned_carts(tx, &basis, &asked).await?;
    let own = tenant::own(tx).await?;
    let branch = location::find(tx, &period.location).await?;
    let report = BranchReport {
        tenant: own.name,
        location_code: period.location.clone(),
        location_name: branch.map_or_else(|| period.location.clone(), |row| row.name),
        range: period.range,
        compared_with: question.compared_with(),
        zone: basis.zone,
        current: numbers.current,
        previous: numbers.previous,
        days,
        carts: carts.carts,
        cart_count,
        freshness: basis.freshness.clone(),
    };
    Ok(Composed { basis, report, tenant_slug: own.slug })
}

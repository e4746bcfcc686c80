//! The metrics of one range, and of the range before it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use common::db::TenantTx;
use common::kernel::DateRange;

use super::{Basis, Question, StatsError};
use crate::domain::day::Day;
use crate::domain::metrics::Metrics;
use crate::domain::totals::Totals;
use crate::store::{day_rollup, location};

/// None where not a single day of the range is loaded: that is no zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    pub current: Option<Metrics>,
    pub previous: Option<Metrics>,
}

/// Answers from the rollup rows of both ranges, read in one round trip.
///
/// # Errors
/// When the location is unknown or the database refuses.
pub async fn overview(
    tx: &mut TenantTx,
    basis: &Basis,
    question: &Question,
) -> Result<Overview, StatsError> {
    let days = days(tx, basis, question).await?;
    let metrics = |range: &DateRange| {
        basis.has_data(range).then(|| {
            let days: Vec<&Day> =
                days.range(range.first()..=range.last()).map(|(_, d)| d).collect();
            Metrics::of(&Totals::of(&days, range.first()), basis.settings.currency)
        })
    };
    Ok(Overview {
        current: metrics(&question.range),
        previous: question.compared_with().as_ref().and_then(metrics),
    })
}

/// The rollup rows of the question's whole window.
pub(super) async fn days(
    tx: &mut TenantTx,
    basis: &Basis,
    question: &Question,
) -> Result<BTreeMap<NaiveDate, Day>, StatsError> {
    let key = question.location_key();
    let days = day_rollup::days(tx, basis.property_id, key, &question.window()).await?;
    if days.is_empty()
        && question.location.is_some()
        && !location::known(tx, basis.property_id, key).await?
    {
        return Err(StatsError::UnknownLocation);
    }
    Ok(days)
}

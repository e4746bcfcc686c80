//! The metrics of a range for each location.

use std::collections::BTreeMap;

use common::db::TenantTx;

use super::{Basis, Question, StatsError};
use crate::domain::day::Day;
use crate::domain::location::LocationState;
use crate::domain::metrics::Metrics;
use crate::domain::totals::Totals;
use crate::store::{day_rollup, location};

/// One location with its metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct LocationMetrics {
    pub code: String,
    pub name: Option<String>,
    pub city: Option<String>,
    pub state: LocationState,
    pub metrics: Metrics,
}

/// Every location of the master data and every other code that was observed, by revenue.
///
/// # Errors
/// When the database refuses.
pub async fn locations(
    tx: &mut TenantTx,
    basis: &Basis,
    question: &Question,
) -> Result<Vec<LocationMetrics>, StatsError> {
    let range = question.range;
    let observed = day_rollup::by_location(tx, basis.property_id, &range).await?;
    let master: BTreeMap<_, _> = location::all(tx)
        .await?
        .into_iter()
        // A location that is no longer in use keeps its name where it still appears.
        .filter(|row| row.active || observed.contains_key(&row.code))
        .map(|row| (row.code.clone(), row))
        .collect();
    let quiet = BTreeMap::new();
    let codes: std::collections::BTreeSet<&String> = observed.keys().chain(master.keys()).collect();
    let mut locations: Vec<LocationMetrics> = codes
        .into_iter()
        .map(|code| {
            let days: Vec<&Day> = observed.get(code).unwrap_or(&quiet).values().collect();
            let totals = Totals::of(&days, range.first());
            let row = master.get(code);
            LocationMetrics {
                code: code.clone(),
                name: row.map(|r| r.name.clone()),
                city: row.and_then(|r| r.city.clone()),
                state: LocationState::of(code, row.is_some()),
                metrics: Metrics::of(&totals, basis.settings.currency),
            }
        })
        .collect();
    // Stable: equal revenue stays in the order of the codes.
    locations.sort_by_key(|l| std::cmp::Reverse(l.metrics.main.revenue.amount));
    Ok(locations)
}

//! The metrics of a range for each location.

use std::collections::{BTreeMap, BTreeSet};

use common::db::TenantTx;
use common::kernel::saturating_i64;

use super::overview::whole;
use super::{Basis, Question, StatsError, query};
use crate::domain::location::{LocationState, MOST_LOCATIONS, TooManyLocations};
use crate::domain::metrics::Metrics;
use crate::domain::query::{Dimension, Query};
use crate::domain::totals::Totals;
use crate::store::location::{self, LocationRow};

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
/// When the master data has too many of them, or the database refuses.
pub async fn locations(
    tx: &mut TenantTx,
    basis: &Basis,
    question: &Question,
) -> Result<Vec<LocationMetrics>, StatsError> {
    let asked = Query { dimensions: vec![Dimension::Location], ..whole(question) };
    let rows = query(tx, basis, &asked, &[]).await?.rows;
    let mut observed: BTreeMap<String, Metrics> = rows
        .into_iter()
        .filter_map(|row| Some((row.key.into_iter().next()?, row.metrics?)))
        .collect();
    let master: BTreeMap<_, _> = master_data(tx)
        .await?
        .into_iter()
        // A location that is no longer in use keeps its name where it still appears.
        .filter(|row| row.active || observed.contains_key(&row.code))
        .map(|row| (row.code.clone(), row))
        .collect();
    let quiet = Metrics::of(&Totals::default(), basis.settings.currency);
    let codes: BTreeSet<String> = observed.keys().chain(master.keys()).cloned().collect();
    let mut locations: Vec<LocationMetrics> = codes
        .into_iter()
        .map(|code| {
            let row = master.get(&code);
            LocationMetrics {
                name: row.map(|r| r.name.clone()),
                city: row.and_then(|r| r.city.clone()),
                state: LocationState::of(&code, row.is_some()),
                metrics: observed.remove(&code).unwrap_or_else(|| quiet.clone()),
                code,
            }
        })
        .collect();
    // Stable: equal revenue stays in the order of the codes.
    locations.sort_by_key(|l| std::cmp::Reverse(l.metrics.main.revenue.amount));
    Ok(locations)
}

/// Every location of the master data, by code.
///
/// # Errors
/// When there are more than can be looked at together, or the database refuses.
pub async fn master_data(tx: &mut TenantTx) -> Result<Vec<LocationRow>, StatsError> {
    let rows = location::first(tx, saturating_i64(MOST_LOCATIONS + 1)).await?;
    if rows.len() > MOST_LOCATIONS {
        return Err(TooManyLocations.into());
    }
    Ok(rows)
}

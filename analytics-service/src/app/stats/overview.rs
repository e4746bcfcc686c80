//! The metrics of one range, and of the range it is compared with.

use common::db::TenantTx;

use super::{Basis, Elapsed, Question, StatsError, query};
use crate::domain::metrics::Metrics;
use crate::domain::query::{AnyOf, Class, Clause, Dimension, Metric, Operator, Query};
use crate::store::location;

/// None where not a single day of the range is loaded: that is no zero.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overview {
    pub current: Option<Metrics>,
    pub previous: Option<Metrics>,
    /// Set when today is in the range and is compared.
    pub elapsed: Option<Elapsed>,
}

/// Answers from the rollup rows of both ranges.
///
/// # Errors
/// When the location is unknown or the database refuses.
pub async fn overview(
    tx: &mut TenantTx,
    basis: &Basis,
    question: &Question,
) -> Result<Overview, StatsError> {
    known_location(tx, basis, question).await?;
    let answer = query(tx, basis, &whole(question), &[]).await?;
    let elapsed = answer.elapsed;
    let row = answer.rows.into_iter().next();
    Ok(match row {
        Some(row) => Overview { current: row.metrics, previous: row.previous, elapsed },
        None => Overview { elapsed, ..Overview::default() },
    })
}

/// Everything that the day rollups hold, of the question's location.
pub(super) fn whole(question: &Question) -> Query {
    let beside = [Class::SearchSessions, Class::Carts, Class::Visitors, Class::Entrances];
    let held = |metric: &Metric| metric.classes().iter().all(|class| !beside.contains(class));
    let metrics = Metric::ALL.iter().copied().filter(held).collect();
    let location = question.location.iter().map(|code| {
        let value = code.clone();
        AnyOf(vec![Clause { dimension: Dimension::Location, operator: Operator::Is, value }])
    });
    Query {
        filters: location.collect(),
        comparison: question.comparison,
        ..Query::whole(metrics, question.range)
    }
}

pub(super) async fn known_location(
    tx: &mut TenantTx,
    basis: &Basis,
    question: &Question,
) -> Result<(), StatsError> {
    let Some(code) = question.location.as_deref() else { return Ok(()) };
    match location::known(tx, basis.property_id, code).await? {
        true => Ok(()),
        false => Err(StatsError::UnknownLocation),
    }
}

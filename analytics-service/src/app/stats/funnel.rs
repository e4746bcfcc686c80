//! An ordered funnel of events within sessions.

use common::db::TenantTx;

use super::overview::known_location;
use super::{Basis, Question, StatsError};
use crate::store::query;

/// From looking to buying.
pub const DEFAULT_STEPS: [&str; 4] = ["view_item", "add_to_cart", "begin_checkout", "purchase"];
/// More steps than this are no funnel.
pub const MAX_STEPS: usize = 10;

/// The sessions that took each step after the one before.
///
/// # Errors
/// When the location is unknown or the database refuses.
pub async fn funnel(
    tx: &mut TenantTx,
    basis: &Basis,
    question: &Question,
    steps: &[String],
) -> Result<Vec<i64>, StatsError> {
    known_location(tx, basis, question).await?;
    let location = question.location.as_deref();
    Ok(query::funnel(tx, basis.property_id, &question.range, location, steps).await?)
}

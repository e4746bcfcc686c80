//! Telling a tenant's admins that complete days of a property stay away.

use chrono::NaiveDate;

use crate::render::{DailyMissingAlert, Rendered};

/// The mail about `count` days, of which `days` are named.
#[must_use]
pub fn compose(property_id: i64, days: &[NaiveDate], count: usize) -> Rendered {
    DailyMissingAlert { property_id, days, count }.render()
}

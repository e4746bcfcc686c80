//! Telling a tenant's admins that a schedule began to fail.

use chrono::{DateTime, Utc};

use crate::render::{Rendered, ScheduleAlert};

/// The mail about it.
#[must_use]
pub fn compose(name: &str, since: DateTime<Utc>, reason: Option<&str>) -> Rendered {
    let reason = reason.unwrap_or("The reason is not known.");
    ScheduleAlert { name, since, reason }.render()
}

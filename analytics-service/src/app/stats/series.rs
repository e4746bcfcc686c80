//! The same metrics, day by day.

use chrono::NaiveDate;
use common::db::TenantTx;

use super::overview::days;
use super::{Basis, Question, StatsError};
use crate::domain::freshness::DayState;
use crate::domain::metrics::Metrics;
use crate::domain::series::Bucket;
use crate::domain::totals::Totals;

/// More points than this are no chart.
pub const MAX_BUCKETS: i64 = 2_000;

/// On which day a session counts that touched several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SessionBasis {
    /// On each day it was active.
    #[default]
    Active,
    /// On its first day within the range: the days then add up to the range.
    Started,
}

/// One bucket for each day of the range, loaded or not.
///
/// # Errors
/// When the location is unknown or the database refuses.
pub async fn series(
    tx: &mut TenantTx,
    basis: &Basis,
    question: &Question,
    sessions: SessionBasis,
) -> Result<Vec<Bucket>, StatsError> {
    let days = days(tx, basis, question).await?;
    let bucket = |day: NaiveDate| {
        let state = basis.day_state(day);
        let since = match sessions {
            SessionBasis::Active => day,
            SessionBasis::Started => question.range.first(),
        };
        let rows: Vec<_> = days.get(&day).into_iter().collect();
        let loaded = matches!(state, DayState::Complete | DayState::Provisional);
        let metrics =
            loaded.then(|| Metrics::of(&Totals::of(&rows, since), basis.settings.currency));
        Bucket { day, state, metrics }
    };
    Ok(question.range.iter().map(bucket).collect())
}

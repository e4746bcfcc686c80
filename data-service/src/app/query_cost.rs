//! What a tenant's queries may be billed: asked before each, and counted whether it ran or not.

use chrono::{DateTime, Utc};
use common::db::{Db, DbError};
use common::kernel::{LoadId, TenantScope, saturating_i64};

use crate::store::query_cost;

/// A tenant's limits, in bytes billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostLimits {
    /// Of one query, which reads one day's table.
    pub per_job: u64,
    /// Of all queries of a day (UTC).
    pub per_day: u64,
}

/// Which limit a query would break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CostLimit {
    #[error(
        "Reading the day would be billed {estimate} bytes; the limit of one query is {limit} bytes."
    )]
    Job { estimate: u64, limit: u64 },
    #[error(
        "Reading the day would be billed {estimate} bytes; {spent} of the {limit} bytes a day are used up."
    )]
    Day { estimate: u64, limit: u64, spent: u64 },
}

#[derive(Debug, thiserror::Error)]
pub enum AffordError {
    #[error(transparent)]
    Limit(#[from] CostLimit),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl CostLimits {
    /// Bytes that a query estimated at `estimate` may be billed at most.
    fn grant(self, estimate: u64, spent: u64) -> Result<u64, CostLimit> {
        let left = self.per_day.saturating_sub(spent);
        if estimate > self.per_job {
            return Err(CostLimit::Job { estimate, limit: self.per_job });
        }
        if estimate > left {
            return Err(CostLimit::Day { estimate, limit: self.per_day, spent });
        }
        Ok(left.min(self.per_job))
    }

    /// Grants the load its estimate and counts that as spent, once for each load.
    ///
    /// # Errors
    /// When a limit does not allow it, or the database refuses.
    pub async fn afford(
        self,
        db: &Db,
        scope: &TenantScope,
        load: LoadId,
        estimate: u64,
        now: DateTime<Utc>,
    ) -> Result<u64, AffordError> {
        let mut tx = db.tenant(scope).await?;
        query_cost::lock(&mut tx).await?;
        if let Some(granted) = query_cost::granted(&mut tx, load).await? {
            return Ok(granted.unsigned_abs());
        }
        let day = now.date_naive();
        let spent = query_cost::spent(&mut tx, day).await?.unsigned_abs();
        let granted = self.grant(estimate, spent)?;
        let (estimated_bytes, granted_bytes) = (saturating_i64(estimate), saturating_i64(granted));
        query_cost::reserve(&mut tx, load, day, estimated_bytes, granted_bytes).await?;
        tx.commit().await?;
        Ok(granted)
    }
}

/// Records what reading `load` was billed.
///
/// # Errors
/// When the database refuses.
pub async fn billed(db: &Db, scope: &TenantScope, load: LoadId, bytes: u64) -> Result<(), DbError> {
    let mut tx = db.tenant(scope).await?;
    query_cost::billed(&mut tx, load, saturating_i64(bytes)).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_limits_hold_and_are_told_with_the_estimate() {
        let limits = CostLimits { per_job: 50, per_day: 100 };
        assert_eq!(limits.grant(50, 0), Ok(50));
        assert_eq!(limits.grant(20, 80), Ok(20), "no more than the day has left");
        let refused = limits.grant(51, 0).unwrap_err();
        assert_eq!(refused, CostLimit::Job { estimate: 51, limit: 50 });
        let refused = limits.grant(30, 71).unwrap_err();
        assert_eq!(refused, CostLimit::Day { estimate: 30, limit: 100, spent: 71 });
        assert_eq!(
            refused.to_string(),
            "Reading the day would be billed 30 bytes; 71 of the 100 bytes a day are used up."
        );
        assert!(limits.grant(1, 500).is_err());
    }
}

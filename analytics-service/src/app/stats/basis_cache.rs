//! What answers stand on, kept for a moment. Reading it looks at every day of the property; the
//! three versions that tell whether it changed are one row each.

use std::sync::Arc;
use std::time::Duration;

use common::db::TenantTx;
use common::kernel::{DateRange, TenantId};
use moka::future::Cache;

use crate::store::basis::{self, BasisRow, Versions};

/// A source that is read again and holds the same rows changes no version, only when it was seen
/// last: that may show this much later.
const FRESH: Duration = Duration::from_secs(5);

/// Questions asked within that time.
const CAPACITY: u64 = 10_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    tenant: TenantId,
    property_id: Option<i64>,
    window: DateRange,
    versions: Vec<Versions>,
}

/// One for a process; may be switched off.
#[derive(Debug, Clone)]
pub struct BasisCache {
    rows: Option<Cache<Key, Arc<Vec<BasisRow>>>>,
}

impl BasisCache {
    #[must_use]
    pub fn on() -> Self {
        let rows = Cache::builder().max_capacity(CAPACITY).time_to_live(FRESH).build();
        Self { rows: Some(rows) }
    }

    #[must_use]
    pub const fn off() -> Self {
        Self { rows: None }
    }

    /// The rows of [`basis::read`].
    pub(super) async fn read(
        &self,
        tx: &mut TenantTx,
        property_id: Option<i64>,
        window: DateRange,
    ) -> Result<Arc<Vec<BasisRow>>, common::db::DbError> {
        let Some(rows) = &self.rows else {
            return basis::read(tx, property_id, &window).await.map(Arc::new);
        };
        let tenant = tx.scope().tenant_id();
        let versions = basis::versions(tx, property_id).await?;
        let key = Key { tenant, property_id, window, versions };
        if let Some(known) = rows.get(&key).await {
            return Ok(known);
        }
        let read = Arc::new(basis::read(tx, property_id, &window).await?);
        rows.insert(key, read.clone()).await;
        Ok(read)
    }
}

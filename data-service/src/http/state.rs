//! What endpoints share.

use common::db::{Db, DbError, TenantTx};
use common::http::cursor::CursorKey;
use common::kernel::{SharedClock, TenantScope};
use common::lifecycle::Shutdown;

#[derive(Debug, Clone)]
pub struct State {
    pub db: Db,
    pub cursor_key: CursorKey,
    pub clock: SharedClock,
    /// Ends event streams when the process drains.
    pub shutdown: Shutdown,
}

impl State {
    pub(super) async fn tenant(&self, scope: &TenantScope) -> Result<TenantTx, DbError> {
        self.db.tenant(scope).await
    }
}

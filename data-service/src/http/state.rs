//! What endpoints share.

use common::db::{Db, DbError, TenantTx};
use common::http::cursor::CursorKey;
use common::kernel::{SharedClock, TenantScope};
use common::lifecycle::Shutdown;

use crate::app::open_warehouse::Ingestion;
use crate::app::test_connection::ConnectionTester;

#[derive(Debug, Clone)]
pub struct State {
    pub db: Db,
    pub cursor_key: CursorKey,
    pub clock: SharedClock,
    /// Ends event streams when the process drains.
    pub shutdown: Shutdown,
    pub connections: ConnectionTester,
    /// Tenants' warehouses, to look into.
    pub ingestion: Ingestion,
}

impl State {
    pub(super) async fn tenant(&self, scope: &TenantScope) -> Result<TenantTx, DbError> {
        self.db.tenant(scope).await
    }
}

//! Whether the database answers a tenant.

use common::db::{Db, DbError};
use common::kernel::TenantScope;

use crate::store::database;

/// Goes to the database and back.
///
/// # Errors
/// When it cannot be reached or does not answer.
pub async fn check(db: &Db, scope: &TenantScope) -> Result<(), DbError> {
    let mut tx = db.tenant(scope).await?;
    database::answer(&mut tx).await
}

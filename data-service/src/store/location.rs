//! Locations: the tenant's branches.

use common::db::{DbError, TenantTx, sql};
use common::kernel::LoadId;

use super::master_version::Merged;

/// Brings the rows of a load in: of rows with one code the last wins, equal ones are left alone.
pub async fn merge(tx: &mut TenantTx, load: LoadId) -> Result<Merged, DbError> {
    let tenant = tx.tenant();
    let (applied, changed): (i64, i64) = sql::query_as(
        "WITH latest AS (
           SELECT DISTINCT ON (code) code, name, city, email, time_zone, extra, row_hash
           FROM staging.master_row WHERE load_id = $2
           ORDER BY code, position DESC),
         written AS (
           INSERT INTO location (tenant_id, code, name, city, email, time_zone, extra, row_hash)
           SELECT $1, code, name, city, email, time_zone, extra, row_hash FROM latest
           ON CONFLICT (tenant_id, code) DO UPDATE SET
             name = excluded.name, city = excluded.city, email = excluded.email,
             time_zone = excluded.time_zone, extra = excluded.extra,
             row_hash = excluded.row_hash, active = true, updated_at = now()
           WHERE location.row_hash <> excluded.row_hash OR NOT location.active
           RETURNING 1)
         SELECT (SELECT count(*) FROM latest), (SELECT count(*) FROM written)",
    )
    .bind(tenant)
    .bind(load.uuid())
    .fetch_one(tx.conn())
    .await?;
    Ok(Merged { applied: applied.unsigned_abs(), changed: changed.unsigned_abs() })
}

/// Deactivates the locations that a full file no longer names. `kept` are those it names in rows
/// that were rejected.
pub async fn deactivate_missing(
    tx: &mut TenantTx,
    load: LoadId,
    kept: &[String],
) -> Result<u64, DbError> {
    let tenant = tx.tenant();
    let done = sql::query(
        "UPDATE location l SET active = false, updated_at = now()
         WHERE l.tenant_id = $1 AND l.active AND l.code <> ALL ($3)
           AND NOT EXISTS (
             SELECT FROM staging.master_row m WHERE m.load_id = $2 AND m.code = l.code)",
    )
    .bind(tenant)
    .bind(load.uuid())
    .bind(kept)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

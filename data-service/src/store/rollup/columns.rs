//! Table `day_columns`: the day's entries in blocks.

use common::db::{DbError, TenantTx, sql};

use super::OfDay;
use crate::domain::rollup::{Columns, WrittenColumns};

/// Entries of a kind in one row: what a reader holds in memory at once.
const BLOCK: usize = 32_768;

/// Writes the day's rows; there are none of it any more.
pub(super) async fn insert(tx: &mut TenantTx, of: OfDay<'_>, day: &Columns) -> Result<(), DbError> {
    for (at, block) in day.blocks(BLOCK).enumerate() {
        insert_block(tx, of, i32::try_from(at).unwrap_or(i32::MAX), &block).await?;
    }
    Ok(())
}

async fn insert_block(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    at: i32,
    block: &WrittenColumns,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let mut query = sql::query(
        "INSERT INTO day_columns (tenant_id, property_id, date, block,
           sessions, sessionless, purchases, refunds, searches,
           branch, customer, device, country, city, source, medium, campaign, landing_page, visitor,
           flags, away, client, known_user, events, page_views, engagement_msec,
           buyer, with_id, currency, revenue, quantity, refund_currency, refund_value, failed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
           $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34)",
    )
    .bind(tenant)
    .bind(of.property_id)
    .bind(of.date)
    .bind(at);
    for entries in block.entries {
        query = query.bind(entries);
    }
    let columns = block.dimensions.iter().chain(&block.activity).chain(&block.purchases);
    for column in columns.chain(&block.refunds).chain([&block.failed_searches]) {
        query = query.bind(column);
    }
    query.execute(tx.conn()).await?;
    Ok(())
}

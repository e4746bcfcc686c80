//! What was sold, item by item, of the purchases that count.

use common::db::{DbError, TenantTx, sql};
use rust_decimal::Decimal;
use serde::Deserialize;
use sqlx::types::Json;

use super::OfDay;
use crate::domain::cart::exact;
use crate::domain::rollup::{DayTotals, NOT_SET};

/// An item as a purchase carries it.
#[derive(Debug, Deserialize)]
struct SoldItem {
    item_id: Option<String>,
    item_name: Option<String>,
    item_category: Option<String>,
    /// Null counts as one.
    #[serde(default, deserialize_with = "exact")]
    quantity: Option<Decimal>,
}

#[derive(sqlx::FromRow)]
struct SaleRow {
    items: Option<Json<Vec<SoldItem>>>,
    quantity: Decimal,
}

pub(super) async fn add(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    day: &mut DayTotals,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let rows: Vec<SaleRow> = sql::query_as(
        "SELECT e.items, p.quantity
         FROM purchase AS p
         LEFT JOIN LATERAL (
           SELECT items FROM event
           WHERE tenant_id = $1 AND property_id = $2 AND event_date = $3
             AND event_key = p.event_key
           OFFSET 0
         ) AS e ON true
         WHERE p.tenant_id = $1 AND p.property_id = $2 AND p.date = $3 AND p.kept",
    )
    .bind(tenant)
    .bind(of.property_id)
    .bind(of.date)
    .fetch_all(tx.conn())
    .await?;
    let set = |text: Option<String>| text.unwrap_or_else(|| NOT_SET.to_owned());
    for row in rows {
        let Some(items) = row.items else {
            // Units without a list of items are nobody's.
            if !row.quantity.is_zero() {
                day.add_item([set(None), set(None), set(None)], row.quantity);
            }
            continue;
        };
        for item in items.0 {
            let value = [set(item.item_id), set(item.item_name), set(item.item_category)];
            day.add_item(value, item.quantity.unwrap_or(Decimal::ONE));
        }
    }
    Ok(())
}

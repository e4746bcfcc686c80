//! Units sold, item by item, of the purchases that count.

use common::db::{DbError, TenantTx};
use futures_util::TryStreamExt;
use rust_decimal::Decimal;
use sqlx::Row;

use super::frame::PLACE_OF_FACT;
use super::{Counted, Frame};

/// Counts units by item. A purchase without a list of items has its units on no item.
///
/// # Errors
/// When the database refuses.
pub async fn add_items(
    tx: &mut TenantTx,
    frame: &Frame<'_>,
    counted: &mut Counted,
) -> Result<(), DbError> {
    let mut text = frame.header();
    text.push(format!(
        "SELECT sold.*, line.item, line.item_name, line.item_category,
                coalesce(line.units, sold.quantity) AS units
         FROM (
           SELECT f.date, f.event_key, f.purchase_micros AS micros, f.quantity,
                  CASE WHEN s.session_key IS NULL THEN f.branch ELSE s.branch END AS branch,
                  {PLACE_OF_FACT}
           FROM purchase AS f"
    ));
    frame.join_place(&mut text);
    text.push(
        " AND f.kept
         ) AS sold
         LEFT JOIN event AS o
           ON o.tenant_id = $1 AND o.property_id = $2 AND o.event_date = sold.date
          AND o.event_key = sold.event_key
         LEFT JOIN LATERAL (
           SELECT doc ->> 'item_id' AS item, doc ->> 'item_name' AS item_name,
                  doc ->> 'item_category' AS item_category,
                  CASE WHEN jsonb_typeof(doc -> 'quantity') = 'number'
                       THEN (doc ->> 'quantity')::numeric ELSE 1 END AS units
           FROM jsonb_array_elements(o.items) AS doc
         ) AS line ON true
         WHERE coalesce(line.units, sold.quantity) <> 0",
    );
    frame.keyed(&mut text);
    text.push(format!(
        "SELECT {keys}, sum(units) AS units FROM keyed GROUP BY {keys}",
        keys = frame.keys()
    ));
    let mut rows = text.build().fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        let sold = &mut counted.at(frame.key(&row)?).activity.items_sold;
        *sold = sold.saturating_add(row.try_get::<Decimal, _>("units")?);
    }
    Ok(())
}

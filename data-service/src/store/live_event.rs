//! Table `live_event`: what webhooks brought, for the view of the last half hour.

use chrono::{DateTime, Utc};
use common::db::{DbError, TenantTx, sql};
use uuid::Uuid;

use crate::domain::webhook::ShopEvent;

/// # Errors
/// When the database refuses.
pub async fn insert(
    tx: &mut TenantTx,
    property_id: i64,
    delivery: Uuid,
    events: &[ShopEvent],
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let texts = |of: fn(&ShopEvent) -> Option<&str>| events.iter().map(of).collect::<Vec<_>>();
    sql::query(
        "INSERT INTO live_event (tenant_id, property_id, webhook_delivery_id, live_event_id,
           event_micros, event_name, client_id, session_id, user_id, location, page_path,
           transaction_id, value, currency)
         SELECT $1, $2, $3, * FROM unnest($4::uuid[], $5::bigint[], $6::text[], $7::text[],
           $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::numeric[],
           $14::text[])",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(delivery)
    .bind(events.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.event_micros).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.event_name.as_str()).collect::<Vec<_>>())
    .bind(texts(|event| event.client_id.as_deref()))
    .bind(texts(|event| event.session_id.as_deref()))
    .bind(texts(|event| event.user_id.as_deref()))
    .bind(texts(|event| event.location.as_deref()))
    .bind(texts(|event| event.page_path.as_deref()))
    .bind(texts(|event| event.transaction_id.as_deref()))
    .bind(events.iter().map(|event| event.value).collect::<Vec<_>>())
    .bind(texts(|event| event.currency.as_ref().map(common::kernel::Currency::as_str)))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Removes at most `limit` events that happened before; answers how many.
///
/// # Errors
/// When the database refuses.
pub async fn forget(tx: &mut TenantTx, before: DateTime<Utc>, limit: i64) -> Result<u64, DbError> {
    let tenant = tx.tenant();
    // Property by property, as the key is ordered.
    let forgotten = sql::query(
        "DELETE FROM live_event
         WHERE tenant_id = $1 AND (property_id, event_micros, live_event_id) IN (
           SELECT old.* FROM property AS p
           CROSS JOIN LATERAL (
             SELECT l.property_id, l.event_micros, l.live_event_id FROM live_event AS l
             WHERE l.tenant_id = $1 AND l.property_id = p.property_id AND l.event_micros < $2
             LIMIT $3) AS old
           WHERE p.tenant_id = $1
           LIMIT $3)",
    )
    .bind(tenant)
    .bind(before.timestamp_micros())
    .bind(limit)
    .execute(tx.conn())
    .await?;
    Ok(forgotten.rows_affected())
}

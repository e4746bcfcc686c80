//! Pages: what happened on each, and by whom.

use common::db::{DbError, TenantTx, sql};
use futures_util::TryStreamExt;

use super::OfDay;
use crate::domain::rollup::{Activity, DayTotals};

#[derive(sqlx::FromRow)]
struct PageRow {
    path: String,
    events: i64,
    page_views: i64,
    engagement_msec: i64,
    clients: Option<Vec<i32>>,
}

pub(super) async fn add(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    day: &mut DayTotals,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let mut rows = sql::query_as::<PageRow>(
        "SELECT path, sum(events)::bigint AS events, sum(page_views)::bigint AS page_views,
                sum(engagement_msec)::bigint AS engagement_msec,
                array_agg(c.number) FILTER (WHERE c.number IS NOT NULL) AS clients
         FROM (
           SELECT coalesce(page_path, '(not set)') AS path, client_key, count(*) AS events,
                  count(*) FILTER (WHERE event_name = 'page_view') AS page_views,
                  coalesce(sum(engagement_msec), 0) AS engagement_msec
           FROM event
           WHERE tenant_id = $1 AND property_id = $2 AND event_date = $3
           GROUP BY coalesce(page_path, '(not set)'), client_key
         ) AS visited
         LEFT JOIN client AS c
           ON c.tenant_id = $1 AND c.property_id = $2 AND c.client_key = visited.client_key
         GROUP BY path",
    )
    .bind(tenant)
    .bind(of.property_id)
    .bind(of.date)
    .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        let activity = Activity {
            events: row.events,
            page_views: row.page_views,
            engagement_msec: row.engagement_msec,
            ..Activity::default()
        };
        let clients = row.clients.unwrap_or_default().into_iter().map(i32::unsigned_abs);
        day.add_page(row.path, &activity, clients);
    }
    Ok(())
}

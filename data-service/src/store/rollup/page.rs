//! Pages: what happened on each, and by whom.

use common::db::{DbError, TenantTx, sql};
use futures_util::TryStreamExt;

use crate::domain::rollup::{Activity, DayTotals};
use crate::store::day_event::DayEvents;

#[derive(sqlx::FromRow)]
struct PageRow {
    path: String,
    events: i64,
    page_views: i64,
    engagement_msec: i64,
    clients: Option<Vec<i32>>,
}

/// Reads `day_client` beside the events.
pub(super) async fn add(
    tx: &mut TenantTx,
    events: DayEvents,
    day: &mut DayTotals,
) -> Result<(), DbError> {
    let text = events.text(
        tx,
        "SELECT path, sum(events)::bigint AS events, sum(page_views)::bigint AS page_views,
                sum(engagement_msec)::bigint AS engagement_msec,
                array_agg(number) FILTER (WHERE number IS NOT NULL) AS clients
         FROM (
           SELECT coalesce(page_path, '(not set)') AS path, client_key, count(*) AS events,
                  count(*) FILTER (WHERE event_name = 'page_view') AS page_views,
                  coalesce(sum(engagement_msec), 0) AS engagement_msec
           FROM {events}
           GROUP BY coalesce(page_path, '(not set)'), client_key
         ) AS visited
         LEFT JOIN day_client USING (client_key)
         GROUP BY path",
    );
    let mut rows = sql::query_as_of::<PageRow>(text).fetch(tx.conn());
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

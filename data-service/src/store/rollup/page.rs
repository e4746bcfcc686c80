//! Pages: what happened on each, and by whom.

use common::db::{DbError, TenantTx, sql};
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::session::Numbers;
use crate::domain::rollup::{Activity, DayTotals};

#[derive(sqlx::FromRow)]
struct PageRow {
    path: String,
    events: i64,
    page_views: i64,
    engagement_msec: i64,
    clients: Option<Vec<Uuid>>,
}

pub(super) async fn add(
    tx: &mut TenantTx,
    numbers: &Numbers,
    day: &mut DayTotals,
) -> Result<(), DbError> {
    let mut rows = sql::query_as::<PageRow>(
        "SELECT path, sum(events)::bigint AS events, sum(page_views)::bigint AS page_views,
                sum(engagement_msec)::bigint AS engagement_msec,
                array_agg(client_key) FILTER (WHERE client_key IS NOT NULL) AS clients
         FROM (
           SELECT coalesce(page_path, '(not set)') AS path, client_key, count(*) AS events,
                  count(*) FILTER (WHERE event_name = 'page_view') AS page_views,
                  coalesce(sum(engagement_msec), 0) AS engagement_msec
           FROM day_event
           GROUP BY coalesce(page_path, '(not set)'), client_key
         ) AS visited
         GROUP BY path",
    )
    .persistent(false)
    .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        let activity = Activity {
            events: row.events,
            page_views: row.page_views,
            engagement_msec: row.engagement_msec,
            ..Activity::default()
        };
        let clients = row.clients.unwrap_or_default();
        let clients = clients.iter().filter_map(|client| numbers.get(client).copied());
        day.add_page(row.path, &activity, clients);
    }
    Ok(())
}

//! People over all their sessions of a bucket: those who came again, and the hot ones among them.

use common::db::{DbError, TenantTx};
use futures_util::TryStreamExt;
use sqlx::Row;

use super::session::SESSIONS;
use super::{Counted, Frame};

/// The tenant's thresholds.
#[derive(Debug, Clone, Copy)]
pub struct VisitorRule {
    pub sessions: i32,
    pub page_views: i32,
}

/// Counts people, who are the session's known user or else its client.
///
/// # Errors
/// When the database refuses.
pub async fn add_visitors(
    tx: &mut TenantTx,
    frame: &Frame<'_>,
    rule: VisitorRule,
    counted: &mut Counted,
) -> Result<(), DbError> {
    let keys = frame.keys();
    let mut text = frame.header();
    text.push(SESSIONS);
    frame.of_branches("branch", &mut text);
    frame.keyed(&mut text);
    text.push(format!(
        ", bought AS (
           SELECT DISTINCT session_key AS key, date AS day FROM purchase
           WHERE tenant_id = $1 AND property_id = $2 AND date BETWEEN $3 AND $4
             AND session_key IS NOT NULL
         ), visit AS (
           SELECT {keys}, session_key,
                  coalesce('u' || max(known_user_number), 'c' || max(client_number)) AS person,
                  sum(page_views) AS page_views,
                  bool_or((session_key, date) IN (SELECT key, day FROM bought)) AS bought
           FROM keyed GROUP BY {keys}, session_key
         ), person AS (
           SELECT {keys}, person, max(page_views) AS page_views, bool_or(bought) AS bought
           FROM visit GROUP BY {keys}, person HAVING count(*) >= "
    ));
    text.push_bind(rule.sessions);
    text.push(format!(
        ") SELECT {keys}, count(*) AS again, count(*) FILTER (WHERE NOT bought AND page_views >= "
    ));
    text.push_bind(rule.page_views);
    text.push(format!(") AS hot FROM person GROUP BY {keys}"));
    let mut rows = text.build().fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        let beside = &mut counted.at(frame.key(&row)?).beside;
        beside.repeat_visitors += row.try_get::<i64, _>("again")?;
        beside.hot_visitors += row.try_get::<i64, _>("hot")?;
    }
    Ok(())
}

//! Sessions, users and activity from single events: pages, and hours with other dimensions.

use common::db::{DbError, TenantTx};
use futures_util::TryStreamExt;

use super::session::{Sessions, add, users};
use super::{Counted, Frame};
use crate::domain::query::SessionBasis;

/// Whether an event is the first of its session on its day, whatever the conditions of the query are.
const FIRST_OF_SESSION: &str = "
    row_number() OVER (PARTITION BY e.session_key, e.event_date
                       ORDER BY e.event_micros, e.batch_page_id, e.batch_ordering_id,
                                e.batch_event_index, e.event_key) = 1 AS first_of_session,";

const EVENTS: &str = "
           e.event_date AS date, e.event_micros AS micros, e.session_key, s.previous_day,
           coalesce(s.client_number, c.number) AS client_number, s.known_user_number,
           CASE WHEN s.session_key IS NULL THEN e.branch ELSE s.branch END AS branch,
           CASE WHEN s.session_key IS NULL THEN e.customer ELSE s.customer END AS customer,
           CASE WHEN s.session_key IS NULL THEN e.device_category ELSE s.device END AS device,
           CASE WHEN s.session_key IS NULL THEN e.country ELSE s.country END AS country,
           CASE WHEN s.session_key IS NULL THEN e.city ELSE s.city END AS city,
           CASE WHEN s.session_key IS NULL THEN e.source ELSE s.source END AS source,
           CASE WHEN s.session_key IS NULL THEN e.medium ELSE s.medium END AS medium,
           CASE WHEN s.session_key IS NULL THEN e.campaign ELSE s.campaign END AS campaign,
           s.landing_page, s.session_number, e.page_path AS page, e.event_name,
           coalesce(e.engagement_msec, 0) AS engagement_msec,
           coalesce(s.engaged, false) AS engaged, coalesce(s.cart, false) AS cart,
           coalesce(s.checkout, false) AS checkout, coalesce(s.converted, false) AS converted,
           e.event_name IN ('first_visit', 'first_open') AS first_visit,
           coalesce(e.is_active_user, coalesce(s.engaged, false)
             OR e.event_name IN ('first_visit', 'first_open')
             OR coalesce(e.engagement_msec, 0) > 0) AS active
    FROM event AS e
    LEFT JOIN session_day AS s
      ON s.tenant_id = $1 AND s.property_id = $2 AND s.date = e.event_date
     AND s.session_key = e.session_key
    LEFT JOIN client AS c
      ON c.tenant_id = $1 AND c.property_id = $2 AND e.session_key IS NULL
     AND c.client_key = e.client_key
    WHERE e.tenant_id = $1 AND e.property_id = $2 AND e.event_date BETWEEN $3 AND $4";

/// Counts sessions, users and activity of the whole frame.
///
/// # Errors
/// When the database refuses.
pub async fn add_events(
    tx: &mut TenantTx,
    frame: &Frame<'_>,
    counted: &mut Counted,
) -> Result<(), DbError> {
    let mut text = frame.header();
    let started = frame.query.sessions == SessionBasis::Started;
    // Events within a day are told apart only where days are not counted one by one.
    let by_event = !frame.cut.is_some_and(|cut| cut.sessions_before);
    text.push("SELECT");
    if started && by_event {
        text.push(FIRST_OF_SESSION);
    }
    text.push(EVENTS);
    frame.keyed(&mut text);
    let here = match (by_event, started) {
        (true, false) => "session_key IS NOT NULL".to_owned(),
        (true, true) => format!("first_of_session AND {}", frame.counts_here()),
        (false, _) => frame.counts_here().to_owned(),
    };
    text.push(format!(
        "SELECT {keys}, {sessions}, count(*) AS events,
           count(*) FILTER (WHERE session_key IS NULL) AS unattributed,
           count(*) FILTER (WHERE event_name = 'page_view') AS page_views,
           sum(engagement_msec)::bigint AS engagement_msec, {users}
         FROM keyed GROUP BY {keys}",
        keys = frame.keys(),
        sessions = Sessions::Distinct(&here).columns(),
        users = users(frame),
    ));
    let mut rows = text.build().fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        add(&row, counted.at(frame.key(&row)?))?;
    }
    Ok(())
}

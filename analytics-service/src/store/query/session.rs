//! Sessions, users and activity from `session_day`, and what belongs to no session.

use common::db::{DbError, TenantTx};
use futures_util::TryStreamExt;
use roaring::RoaringBitmap;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::{Counted, Frame};
use crate::domain::counts::SessionCounts;
use crate::domain::query::{Class, Dimension, SessionBasis};
use crate::domain::totals::Totals;

/// Rows of `placed`, one a session and day, and one for each group without a session.
pub(super) const SESSIONS: &str = "
    SELECT date, session_key, previous_day, client_number, known_user_number, branch, customer,
           device, country, city, source, medium, campaign, landing_page, session_number, events,
           page_views, engagement_msec, engaged, cart, checkout, converted, searches,
           search_converted, day_first_visit AS first_visit,
           coalesce(day_active, engaged OR day_first_visit OR engagement_msec > 0) AS active
    FROM session_day
    WHERE tenant_id = $1 AND property_id = $2 AND date BETWEEN $3 AND $4";

const SESSIONLESS: &str = "
    UNION ALL
    SELECT date, NULL, NULL, client_number, NULL, branch, customer, device, country, city, source,
           medium, campaign, NULL, NULL, events, page_views, engagement_msec, false, false, false,
           false, 0, false, day_first_visit,
           coalesce(day_active, day_first_visit OR engagement_msec > 0)
    FROM sessionless_day
    WHERE tenant_id = $1 AND property_id = $2 AND date BETWEEN $3 AND $4";

/// Counts sessions, users and activity of the whole frame.
///
/// # Errors
/// When the database refuses.
pub async fn add_sessions(
    tx: &mut TenantTx,
    frame: &Frame<'_>,
    counted: &mut Counted,
) -> Result<(), DbError> {
    let mut text = frame.header();
    text.push(SESSIONS);
    frame.of_branches("branch", &mut text);
    text.push(SESSIONLESS);
    frame.of_branches("branch", &mut text);
    frame.keyed(&mut text);
    // On a weekday of several weeks a session may be met twice.
    let weekday = frame.query.touched().any(|dimension| dimension == Dimension::Weekday);
    let sessions = match (weekday, frame.query.sessions) {
        (true, SessionBasis::Active) => Sessions::Distinct("session_key IS NOT NULL"),
        _ => Sessions::Rows(frame.counts_here()),
    };
    text.push(format!(
        "SELECT {keys}, {sessions}, sum(events)::bigint AS events,
           coalesce(sum(events) FILTER (WHERE session_key IS NULL), 0)::bigint AS unattributed,
           sum(page_views)::bigint AS page_views,
           sum(engagement_msec)::bigint AS engagement_msec, {users}
         FROM keyed GROUP BY {keys}",
        keys = frame.keys(),
        sessions = sessions.columns(),
        users = users(frame),
    ));
    let mut rows = text.build().fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        add(&row, counted.at(frame.key(&row)?))?;
    }
    Ok(())
}

/// How sessions are told apart.
pub(super) enum Sessions<'a> {
    /// Each row that meets the condition is one.
    Rows(&'a str),
    Distinct(&'a str),
}

impl Sessions<'_> {
    pub(super) fn columns(&self) -> String {
        let count = |name: &str, and: &str| match self {
            Self::Rows(here) => format!("count(*) FILTER (WHERE {here}{and}) AS {name}"),
            Self::Distinct(here) => {
                format!("count(DISTINCT session_key) FILTER (WHERE {here}{and}) AS {name}")
            }
        };
        [
            count("sessions", ""),
            count("engaged", " AND engaged"),
            count("cart", " AND cart"),
            count("checkout", " AND checkout"),
            count("converted", " AND converted"),
        ]
        .join(", ")
    }
}

/// Adds a row of sessions, activity and users.
pub(super) fn add(row: &PgRow, totals: &mut Totals) -> Result<(), sqlx::Error> {
    totals.sessions += SessionCounts {
        sessions: row.try_get("sessions")?,
        engaged: row.try_get("engaged")?,
        cart: row.try_get("cart")?,
        checkout: row.try_get("checkout")?,
        converted: row.try_get("converted")?,
    };
    totals.activity.events += row.try_get::<i64, _>("events")?;
    totals.activity.unattributed_events += row.try_get::<i64, _>("unattributed")?;
    totals.activity.page_views += row.try_get::<i64, _>("page_views")?;
    totals.activity.engagement_msec += row.try_get::<i64, _>("engagement_msec")?;
    totals.users.clients |= numbers(row, "clients")?;
    totals.users.active |= numbers(row, "active_clients")?;
    totals.users.new |= numbers(row, "new_clients")?;
    totals.users.returning |= numbers(row, "returning_clients")?;
    totals.users.known |= numbers(row, "known_users")?;
    Ok(())
}

/// The numbers of users, which are made distinct here: sorting them in the database costs more.
pub(super) fn users(frame: &Frame<'_>) -> String {
    let wanted = frame.query.needs(Class::Users);
    let list = |name: &str, number: &str, condition: &str| match wanted {
        true => format!(
            "array_agg({number}) FILTER (WHERE {number} IS NOT NULL AND {condition}) AS {name}"
        ),
        false => format!("NULL::int[] AS {name}"),
    };
    [
        list("clients", "client_number", "true"),
        list("active_clients", "client_number", "active"),
        list("new_clients", "client_number", "first_visit"),
        list("returning_clients", "client_number", "session_number > 1"),
        list("known_users", "known_user_number", "true"),
    ]
    .join(", ")
}

pub(super) fn numbers(row: &PgRow, column: &str) -> Result<RoaringBitmap, sqlx::Error> {
    let numbers: Option<Vec<i32>> = row.try_get(column)?;
    Ok(numbers.unwrap_or_default().into_iter().map(i32::unsigned_abs).collect())
}

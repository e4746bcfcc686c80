//! Searches one by one, and sessions by how they searched.

use common::db::{DbError, TenantTx};
use futures_util::TryStreamExt;
use sqlx::Row;

use super::frame::PLACE_OF_FACT;
use super::session::SESSIONS;
use super::{Counted, Frame};
use crate::domain::query::{Dimension, SessionBasis};

/// Counts searches, and those that found nothing.
///
/// # Errors
/// When the database refuses.
pub async fn add_searches(
    tx: &mut TenantTx,
    frame: &Frame<'_>,
    counted: &mut Counted,
) -> Result<(), DbError> {
    let mut text = frame.header();
    text.push(format!(
        "SELECT f.date, f.search_micros AS micros,
                CASE WHEN s.session_key IS NULL THEN e.branch ELSE s.branch END AS branch,
                {PLACE_OF_FACT}, f.term, f.failed
         FROM search AS f"
    ));
    frame.join_place(&mut text);
    text.push(" AND f.kept");
    frame.keyed(&mut text);
    text.push(format!(
        "SELECT {keys}, count(*) AS searches, count(*) FILTER (WHERE failed) AS failed
         FROM keyed GROUP BY {keys}",
        keys = frame.keys()
    ));
    let mut rows = text.build().fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        let activity = &mut counted.at(frame.key(&row)?).activity;
        activity.searches += row.try_get::<i64, _>("searches")?;
        activity.failed_searches += row.try_get::<i64, _>("failed")?;
    }
    Ok(())
}

/// Counts the sessions with at least `minimum` searches and neither cart nor purchase after the
/// first.
///
/// # Errors
/// When the database refuses.
pub async fn add_search_sessions(
    tx: &mut TenantTx,
    frame: &Frame<'_>,
    minimum: i32,
    counted: &mut Counted,
) -> Result<(), DbError> {
    let mut text = frame.header();
    text.push(SESSIONS).push(" AND searches > 0");
    frame.of_branches("branch", &mut text);
    frame.keyed(&mut text);
    let weekday = frame.query.touched().any(|dimension| dimension == Dimension::Weekday);
    let (what, here) = match (weekday, frame.query.sessions) {
        (true, SessionBasis::Active) => ("DISTINCT session_key", "true"),
        _ => ("*", frame.counts_here()),
    };
    text.push(format!(
        "SELECT {}, count({what}) AS sessions FROM keyed
         WHERE {here} AND NOT search_converted AND searches >= ",
        frame.keys()
    ));
    text.push_bind(minimum).push(format!(" GROUP BY {}", frame.keys()));
    let mut rows = text.build().fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        let beside = &mut counted.at(frame.key(&row)?).beside;
        beside.unconverted_searches += row.try_get::<i64, _>("sessions")?;
    }
    Ok(())
}

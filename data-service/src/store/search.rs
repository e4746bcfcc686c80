//! Table `search`: the day's searches, and which of a session's count.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use common::tenant_config::NoResultsRule;
use uuid::Uuid;

use super::plan;
use crate::domain::search::{Candidate, RUN_GAP_MICROS, event_names, found_nothing, term};

#[derive(sqlx::FromRow)]
struct SearchEvent {
    event_key: Uuid,
    event_micros: i64,
    event_name: String,
    session_key: Option<Uuid>,
    client_key: Option<Uuid>,
    search_term: Option<String>,
    page_title: Option<String>,
    page_location: Option<String>,
    result_count: Option<String>,
}

impl SearchEvent {
    fn term(&self) -> String {
        term(self.search_term.as_deref())
    }

    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            event_name: &self.event_name,
            page_title: self.page_title.as_deref(),
            page_location: self.page_location.as_deref(),
            result_count: self.result_count.as_deref(),
        }
    }
}

/// Replaces the day's searches, judges anew those of the sessions that are concerned and answers the
/// other days that changed. Reads `elsewhere`, which the sessions left.
///
/// # Errors
/// When the database refuses.
pub async fn derive(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    rule: &NoResultsRule,
) -> Result<Vec<NaiveDate>, DbError> {
    let tenant = tx.tenant();
    sql::query("DELETE FROM search WHERE tenant_id = $1 AND property_id = $2 AND date = $3")
        .bind(tenant)
        .bind(property_id)
        .bind(date)
        .execute(tx.conn())
        .await?;
    let events: Vec<SearchEvent> = sql::query_as(
        "SELECT event_key, event_micros, event_name, session_key, client_key, search_term, page_title,
                page_location, result_count
         FROM day_event
         WHERE event_name = ANY ($1)",
    )
    .bind(event_names(rule))
    .persistent(false)
    .fetch_all(tx.conn())
    .await?;
    insert(tx, property_id, date, rule, &events).await?;
    plan::know(tx, property_id, "search").await?;

    plan::no_nested_loops(tx).await?;
    let changed: Vec<NaiveDate> = sql::query_scalar(include_str!("sql/search_runs.sql"))
        .bind(tenant)
        .bind(property_id)
        .bind(date)
        .bind(RUN_GAP_MICROS)
        .persistent(false)
        .fetch_all(tx.conn())
        .await?;
    plan::any_join(tx).await?;
    Ok(changed.into_iter().filter(|day| *day != date).collect())
}

async fn insert(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    rule: &NoResultsRule,
    events: &[SearchEvent],
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    for chunk in events.chunks(1_000) {
        let matched: Vec<bool> =
            chunk.iter().map(|event| found_nothing(rule, event.candidate())).collect();
        // What belongs to no session is no part of a run.
        sql::query(
            "INSERT INTO search (tenant_id, property_id, date, event_key, search_micros,
               session_key, client_key, term, matched, failed, kept)
             SELECT $1, $2, $3, event_key, micros, session_key, client_key, term, matched, matched,
                    true
             FROM unnest($4::uuid[], $5::bigint[], $6::uuid[], $7::uuid[], $8::text[], $9::bool[])
               AS t (event_key, micros, session_key, client_key, term, matched)",
        )
        .bind(tenant)
        .bind(property_id)
        .bind(date)
        .bind(chunk.iter().map(|e| e.event_key).collect::<Vec<_>>())
        .bind(chunk.iter().map(|e| e.event_micros).collect::<Vec<_>>())
        .bind(chunk.iter().map(|e| e.session_key).collect::<Vec<_>>())
        .bind(chunk.iter().map(|e| e.client_key).collect::<Vec<_>>())
        .bind(chunk.iter().map(SearchEvent::term).collect::<Vec<_>>())
        .bind(matched)
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

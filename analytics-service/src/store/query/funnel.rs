//! How many sessions took each of some steps after the one before.

use common::db::{DbError, TenantTx};
use common::kernel::DateRange;
use sqlx::{QueryBuilder, Row};

/// Sessions of the range that had the first `n` events in this order, for each `n`. A step is
/// taken by an event after the earliest that took the step before. Events of one instant, which a
/// page sends together, are in the order in which the loader has them, too.
///
/// # Errors
/// When the database refuses.
pub async fn funnel(
    tx: &mut TenantTx,
    property_id: i64,
    range: &DateRange,
    location: Option<&str>,
    steps: &[String],
) -> Result<Vec<i64>, DbError> {
    let mut text = QueryBuilder::new(
        "WITH step AS (
           SELECT session_key, event_name, row_number() OVER (
             PARTITION BY session_key
             ORDER BY event_micros, batch_page_id, batch_ordering_id, batch_event_index, event_key
           ) AS place
           FROM event WHERE tenant_id = ",
    );
    text.push_bind(tx.tenant()).push(" AND property_id = ").push_bind(property_id);
    text.push(" AND event_date BETWEEN ").push_bind(range.first());
    text.push(" AND ").push_bind(range.last());
    text.push(" AND session_key IS NOT NULL AND event_name = ANY (");
    text.push_bind(steps.to_vec()).push(")");
    if let Some(location) = location {
        text.push(
            " AND session_key IN (SELECT session_key FROM session_day WHERE tenant_id = $1
                AND property_id = $2 AND date BETWEEN $3 AND $4
                AND coalesce(branch, '(unassigned)') = ",
        );
        text.push_bind(location.to_owned()).push(")");
    }
    text.push(")");
    for (at, step) in steps.iter().enumerate() {
        text.push(format!(
            ", taken_{at} AS (SELECT e.session_key, min(e.place) AS place FROM step AS e"
        ));
        if at > 0 {
            let before = at - 1;
            text.push(format!(
                " JOIN taken_{before} AS b ON b.session_key = e.session_key
                   AND e.place > b.place"
            ));
        }
        text.push(" WHERE e.event_name = ").push_bind(step.clone());
        text.push(" GROUP BY e.session_key)");
    }
    text.push(" SELECT ARRAY[");
    for at in 0..steps.len() {
        text.push(if at == 0 { "" } else { ", " });
        text.push(format!("(SELECT count(*) FROM taken_{at})"));
    }
    text.push("] AS sessions");
    Ok(text.build().fetch_one(tx.conn()).await?.try_get("sessions")?)
}

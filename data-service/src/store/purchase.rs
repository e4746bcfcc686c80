//! Table `purchase`: every occurrence, and the election of the one that counts.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};

use super::plan;

/// What a replaced day of purchases touched.
#[derive(Debug, Default)]
pub struct Touched {
    /// Other days on which another purchase is kept now.
    pub days: Vec<NaiveDate>,
    /// Who bought, before and after, for the carts they may have left.
    pub clients: Vec<uuid::Uuid>,
    pub known_users: Vec<String>,
}

#[derive(sqlx::FromRow)]
struct Identity {
    transaction_id: Option<String>,
    client_key: Option<uuid::Uuid>,
    known_user: Option<String>,
}

/// Replaces the day's purchases from the export and elects anew among their transactions.
///
/// # Errors
/// When the database refuses.
pub async fn derive(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
) -> Result<Touched, DbError> {
    let tenant = tx.tenant();
    let mut seen: Vec<Identity> = sql::query_as(
        "DELETE FROM purchase
         WHERE tenant_id = $1 AND property_id = $2 AND date = $3 AND source = 'export'
         RETURNING transaction_id, client_key, known_user",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(date)
    .fetch_all(tx.conn())
    .await?;
    plan::no_nested_loops(tx).await?;
    let new: Vec<Identity> = sql::query_as(
        "INSERT INTO purchase (tenant_id, property_id, date, event_key, transaction_id,
           purchase_micros, session_key, client_key, known_user, branch, revenue, currency,
           quantity, kept)
         SELECT $1, $2, $3, e.event_key, e.transaction_id, e.event_micros, e.session_key,
                e.client_key,
                CASE WHEN e.session_key IS NULL THEN e.known_user ELSE s.known_user END,
                e.branch, e.purchase_revenue, e.currency, coalesce(e.quantity, 0),
                e.transaction_id IS NULL
         FROM day_event AS e
         LEFT JOIN session_day AS s
           ON s.tenant_id = $1 AND s.property_id = $2 AND s.date = $3
          AND s.session_key = e.session_key
         WHERE e.event_name = 'purchase'
         RETURNING transaction_id, client_key, known_user",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(date)
    .persistent(false)
    .fetch_all(tx.conn())
    .await?;
    seen.extend(new);
    plan::know(tx, property_id, "purchase").await?;

    let mut transactions: Vec<String> =
        seen.iter_mut().filter_map(|i| i.transaction_id.take()).collect();
    transactions.sort_unstable();
    transactions.dedup();
    let days: Vec<NaiveDate> = sql::query_scalar(include_str!("sql/purchase_election.sql"))
        .bind(tenant)
        .bind(property_id)
        .bind(&transactions)
        .fetch_all(tx.conn())
        .await?;
    plan::any_join(tx).await?;

    let repaired: Vec<String> = follow_sessions(tx, property_id).await?;
    Ok(Touched {
        days: days.into_iter().filter(|day| *day != date).collect(),
        clients: seen.iter().filter_map(|i| i.client_key).collect(),
        known_users: seen.into_iter().filter_map(|i| i.known_user).chain(repaired).collect(),
    })
}

/// Purchases on other days of a touched session take the known user it has now; answers whom they are of, and whom they were.
async fn follow_sessions(tx: &mut TenantTx, property_id: i64) -> Result<Vec<String>, DbError> {
    let tenant = tx.tenant();
    let users: Vec<Option<String>> = sql::query_scalar(
        "WITH other AS MATERIALIZED (
           SELECT p.date, p.event_key, p.known_user AS before, s.known_user AS now
           FROM elsewhere AS o
           JOIN session_day AS s
             ON s.tenant_id = $1 AND s.property_id = $2 AND s.date = o.date
            AND s.session_key = o.session_key
           JOIN purchase AS p
             ON p.tenant_id = $1 AND p.property_id = $2 AND p.date = o.date
            AND p.session_key = o.session_key
           WHERE p.known_user IS DISTINCT FROM s.known_user
         ),
         followed AS (
           UPDATE purchase AS p SET known_user = other.now
           FROM other
           WHERE p.tenant_id = $1 AND p.property_id = $2 AND p.date = other.date
             AND p.event_key = other.event_key
         )
         SELECT before FROM other UNION SELECT now FROM other",
    )
    .bind(tenant)
    .bind(property_id)
    .persistent(false)
    .fetch_all(tx.conn())
    .await?;
    Ok(users.into_iter().flatten().collect())
}

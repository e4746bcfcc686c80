//! Table `cart`: rebuilt for every session that a load touched.

use chrono::{Days, NaiveDate};
use common::db::{DbError, TenantTx, sql};
use common::tenant_config::Thresholds;
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::plan;
use super::purchase::Touched;
use crate::domain::cart::{Cart, CartAction, EventItem};

/// A purchase so many days after the last cart event still recovers the cart.
const RECOVERABLE_DAYS: u16 = Thresholds::LONGEST_ABANDON_WINDOW_DAYS;
const MICROS_OF_A_DAY: i64 = 86_400_000_000;

#[derive(sqlx::FromRow)]
struct CartEventRow {
    session_key: Uuid,
    client_key: Uuid,
    known_user: Option<String>,
    event_date: NaiveDate,
    event_name: String,
    event_micros: i64,
    currency: Option<String>,
    items: Option<sqlx::types::Json<Vec<EventItem>>>,
}

/// The cart of one session and whose it is.
struct SessionCart {
    session_key: Uuid,
    client_key: Uuid,
    known_user: Option<String>,
    date: NaiveDate,
    cart: Cart,
}

/// Rebuilds the carts of the touched sessions, then looks for the purchases that recovered them
/// or earlier ones.
///
/// # Errors
/// When the database refuses.
pub async fn derive(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    purchases: &Touched,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    for statement in [
        // A cart lies on the day of its last event, so these are all of touched sessions.
        "DELETE FROM cart WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
        "DELETE FROM cart WHERE tenant_id = $1 AND property_id = $2 AND date <> $3
           AND session_key = ANY (ARRAY (SELECT session_key FROM elsewhere))",
    ] {
        sql::query(statement)
            .bind(tenant)
            .bind(property_id)
            .bind(date)
            .persistent(false)
            .execute(tx.conn())
            .await?;
    }
    plan::no_nested_loops(tx).await?;
    let mut rows = sql::query_as::<CartEventRow>(include_str!("sql/cart_event.sql"))
        .bind(tenant)
        .bind(property_id)
        .bind(date)
        .persistent(false)
        .fetch(tx.conn());
    let mut carts = Vec::new();
    while let Some(row) = rows.try_next().await? {
        fold(&mut carts, row);
    }
    drop(rows);
    plan::any_join(tx).await?;
    insert(tx, property_id, &carts).await?;
    plan::know(tx, property_id, "cart").await?;
    recover(tx, property_id, date, purchases).await
}

/// Adds an event to its session's cart; events come in the order of their sessions.
fn fold(carts: &mut Vec<SessionCart>, row: CartEventRow) {
    let action = match row.event_name.as_str() {
        "add_to_cart" => CartAction::Add,
        _ => CartAction::Remove,
    };
    let items = row.items.map(|json| json.0).unwrap_or_default();
    if carts.last().is_none_or(|last| last.session_key != row.session_key) {
        carts.push(SessionCart {
            session_key: row.session_key,
            client_key: row.client_key,
            known_user: row.known_user,
            date: row.event_date,
            cart: Cart::default(),
        });
    }
    if let Some(last) = carts.last_mut() {
        last.date = row.event_date;
        last.cart.apply(row.event_micros, action, &items, row.currency.as_deref());
    }
}

async fn insert(tx: &mut TenantTx, property_id: i64, carts: &[SessionCart]) -> Result<(), DbError> {
    let tenant = tx.tenant();
    for chunk in carts.chunks(500) {
        let column = |f: fn(&SessionCart) -> Uuid| chunk.iter().map(f).collect::<Vec<_>>();
        let values: Vec<_> = chunk.iter().map(|c| c.cart.value()).collect();
        let items: Vec<_> = chunk
            .iter()
            .map(|c| sqlx::types::Json(c.cart.items().cloned().collect::<Vec<_>>()))
            .collect();
        sql::query(
            "INSERT INTO cart (tenant_id, property_id, session_key, client_key, known_user, date,
               last_cart_micros, items, quantity, value, value_incomplete, currency, open)
             SELECT $1, $2, * FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::date[],
               $7::bigint[], $8::jsonb[], $9::numeric[], $10::numeric[], $11::bool[],
               $12::text[], $13::bool[])",
        )
        .bind(tenant)
        .bind(property_id)
        .bind(column(|c| c.session_key))
        .bind(column(|c| c.client_key))
        .bind(chunk.iter().map(|c| c.known_user.clone()).collect::<Vec<_>>())
        .bind(chunk.iter().map(|c| c.date).collect::<Vec<_>>())
        .bind(chunk.iter().map(|c| c.cart.last_micros()).collect::<Vec<_>>())
        .bind(items)
        .bind(chunk.iter().map(|c| c.cart.quantity()).collect::<Vec<_>>())
        .bind(values.iter().map(|v| v.0).collect::<Vec<_>>())
        .bind(values.iter().map(|v| !v.1).collect::<Vec<_>>())
        .bind(chunk.iter().map(|c| c.cart.currency().map(str::to_owned)).collect::<Vec<_>>())
        .bind(chunk.iter().map(|c| c.cart.open()).collect::<Vec<_>>())
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

async fn recover(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    purchases: &Touched,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    // Local days are not those of the instants: one more on either side has all carts that can be meant.
    let earliest = date - Days::new(u64::from(RECOVERABLE_DAYS) + 2);
    sql::query(include_str!("sql/cart_recovery.sql"))
        .bind(tenant)
        .bind(property_id)
        .bind(&purchases.clients)
        .bind(&purchases.known_users)
        .bind(earliest)
        .bind(date)
        .bind(i64::from(RECOVERABLE_DAYS) * MICROS_OF_A_DAY)
        .persistent(false)
        .execute(tx.conn())
        .await?;
    Ok(())
}

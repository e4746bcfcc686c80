//! Rows of the read models as the loader leaves them, written by the owner.

use chrono::NaiveDate;
use common::db::sql;
use common::kernel::DateRange;
use sqlx::PgConnection;
use uuid::Uuid;

use super::generated::{Sets, stored};

pub const SETS: usize = 6;

/// Whose rows.
#[derive(Debug, Clone, Copy)]
pub struct Owned {
    pub tenant: Uuid,
    pub property: i64,
}

/// What is counted of one value of a dimension.
#[derive(Debug, Clone)]
pub struct Measured {
    pub dimension: &'static str,
    pub value: String,
    pub sessions: i32,
    pub sets: Sets,
}

fn set(rows: &[Measured], at: usize) -> Vec<Option<Vec<u8>>> {
    rows.iter().map(|row| stored(&row.sets[at])).collect()
}

fn values_of(rows: &[Measured]) -> Vec<String> {
    rows.iter().map(|row| row.value.clone()).collect()
}

fn sessions_of(rows: &[Measured]) -> Vec<i32> {
    rows.iter().map(|row| row.sessions).collect()
}

/// The property, and each of its days as loaded.
pub async fn property(
    owner: &mut PgConnection,
    of: Owned,
    range: &DateRange,
) -> Result<(), sqlx::Error> {
    for text in [
        "INSERT INTO property (tenant_id, property_id, dataset, version)
         SELECT $1, $2, 'generated', 1 WHERE $3::date <= $4::date
         ON CONFLICT DO NOTHING",
        "INSERT INTO property_zone (tenant_id, property_id, valid_from, time_zone)
         SELECT $1, $2, $3::date, 'UTC' WHERE $3::date <= $4::date ON CONFLICT DO NOTHING",
        "INSERT INTO shard (tenant_id, property_id, date, table_name, kind, source_modified_ms,
           source_rows, source_bytes, source_etag, fingerprint, loader_version, version, revision,
           loaded_rows, collapsed_rows, rejected_rows, loaded_at)
         SELECT $1, $2, day::date, 'generated', 'daily', 0, 0, 0, '', '', 1, 1, 1, 0, 0, 0, now()
         FROM generate_series($3::date, $4::date, interval '1 day') AS day",
    ] {
        sql::query(text)
            .bind(of.tenant)
            .bind(of.property)
            .bind(range.first())
            .bind(range.last())
            .execute(&mut *owner)
            .await?;
    }
    Ok(())
}

/// Everything that is counted follows from the sessions.
macro_rules! insert {
    ($table:literal, $key:literal, $from:literal) => {
        concat!(
            "WITH row AS (SELECT * FROM unnest($4::text[], $5::text[], $6::int[])
               AS r (dimension, value, sessions)),
             part AS (
               SELECT *, '' AS currency, sessions * 3 / 100 AS purchases, 0 AS revenue FROM row
               UNION ALL
               SELECT dimension, value, 0, 'USD', sessions * 3 / 100,
                      sessions * 3 / 100 * 79.90 FROM row)
             INSERT INTO ",
            $table,
            " (tenant_id, property_id, date, currency, events, page_views, engagement_msec,
               sessions, engaged_sessions, cart_sessions, checkout_sessions, converted_sessions,
               purchases, items_sold, gross_revenue, ",
            $key,
            ") SELECT $1, $2, $3, currency, sessions::bigint * 7, sessions::bigint * 289 / 100,
                 sessions::bigint * 30000, sessions, sessions * 6 / 10, sessions / 10,
                 sessions / 20, sessions * 3 / 100, purchases, purchases * 2, revenue, ",
            $from,
            " FROM part"
        )
    };
}

/// The sets beside them.
macro_rules! insert_sets {
    ($table:literal, $key:literal, $from:literal) => {
        concat!(
            "INSERT INTO ",
            $table,
            " (tenant_id, property_id, date, clients, active_clients, new_clients,
               returning_clients, purchasing_clients, known_users, ",
            $key,
            ") SELECT $1, $2, $3, a, b, c, d, e, f, ",
            $from,
            " FROM unnest($4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::bytea[],
                $9::bytea[], $10::bytea[], $11::bytea[]) AS r (dimension, value, a, b, c, d, e, f)"
        )
    };
}

async fn insert(
    owner: &mut PgConnection,
    text: &'static str,
    of: Owned,
    date: NaiveDate,
    rows: &[Measured],
) -> Result<(), sqlx::Error> {
    sql::query(text)
        .bind(of.tenant)
        .bind(of.property)
        .bind(date)
        .bind(rows.iter().map(|row| row.dimension.to_owned()).collect::<Vec<_>>())
        .bind(values_of(rows))
        .bind(sessions_of(rows))
        .execute(owner)
        .await
        .map(drop)
}

async fn insert_sets(
    owner: &mut PgConnection,
    text: &'static str,
    of: Owned,
    date: NaiveDate,
    rows: &[Measured],
) -> Result<(), sqlx::Error> {
    sql::query(text)
        .bind(of.tenant)
        .bind(of.property)
        .bind(date)
        .bind(rows.iter().map(|row| row.dimension.to_owned()).collect::<Vec<_>>())
        .bind(values_of(rows))
        .bind(set(rows, 0))
        .bind(set(rows, 1))
        .bind(set(rows, 2))
        .bind(set(rows, 3))
        .bind(set(rows, 4))
        .bind(set(rows, 5))
        .execute(owner)
        .await
        .map(drop)
}

/// The day's row of each place.
pub async fn day(
    owner: &mut PgConnection,
    of: Owned,
    date: NaiveDate,
    rows: &[Measured],
) -> Result<(), sqlx::Error> {
    insert(owner, insert!("day_rollup", "location", "value"), of, date, rows).await?;
    insert_sets(owner, insert_sets!("day_sets", "location", "value"), of, date, rows).await
}

/// The day's row of each value of a dimension.
pub async fn values(
    owner: &mut PgConnection,
    of: Owned,
    date: NaiveDate,
    rows: &[Measured],
) -> Result<(), sqlx::Error> {
    let text = insert!(
        "breakdown_rollup",
        "dimension, value_1, value_2, value_3",
        "dimension, value, '', ''"
    );
    insert(owner, text, of, date, rows).await?;
    let text = insert_sets!(
        "breakdown_sets",
        "dimension, value_1, value_2, value_3",
        "dimension, value, '', ''"
    );
    insert_sets(owner, text, of, date, rows).await
}

/// The users of a week or month.
pub async fn whole(
    owner: &mut PgConnection,
    of: Owned,
    span: &str,
    first: NaiveDate,
    rows: &[Measured],
) -> Result<(), sqlx::Error> {
    sql::query(
        "INSERT INTO user_rollup (tenant_id, property_id, span, first_day, location, clients,
           active_clients, new_clients, returning_clients, purchasing_clients, known_users)
         SELECT $1, $2, $3, $4, * FROM unnest($5::text[], $6::bytea[], $7::bytea[], $8::bytea[],
           $9::bytea[], $10::bytea[], $11::bytea[])",
    )
    .bind(of.tenant)
    .bind(of.property)
    .bind(span)
    .bind(first)
    .bind(values_of(rows))
    .bind(set(rows, 0))
    .bind(set(rows, 1))
    .bind(set(rows, 2))
    .bind(set(rows, 3))
    .bind(set(rows, 4))
    .bind(set(rows, 5))
    .execute(owner)
    .await
    .map(drop)
}

/// Sessions of a day, by themselves: their numbers are about those of the rollups, not the same. The day's columns hold the same
/// sessions.
pub async fn sessions(
    owner: &mut PgConnection,
    of: Owned,
    date: NaiveDate,
    sessions: u32,
    users: u32,
) -> Result<(), sqlx::Error> {
    sql::query(
        "INSERT INTO session_day (tenant_id, property_id, date, session_key, client_key,
           client_number, ga_session_id, events, page_views, engagement_msec, first_micros,
           last_micros, day_screen_views, day_key_events, day_first_visit, day_checkout,
           day_converted, day_cart_net, engaged, converted, cart, checkout, session_number, branch,
           device, country, city, source, medium, campaign, landing_page)
         SELECT $1, $2, $3, gen_random_uuid(), md5(n::text)::uuid, n * 7919 % $5, n, 7, 3, 30000,
           1000000 * extract(epoch FROM $3::date)::bigint + n,
           1000000 * extract(epoch FROM $3::date)::bigint + n + 60000000, 0, 0, false, false,
           false, 0, n % 10 < 6, n % 33 = 0, n % 10 = 0, n % 20 = 0, 1 + n % 3,
           CASE WHEN n % 51 > 0 THEN lpad((n % 51)::text, 2, '0') END,
           (ARRAY['desktop', 'mobile', 'tablet'])[1 + n % 3], 'country ' || n % 10,
           'city ' || n % 40, 'source ' || n % 5, 'medium ' || n % 3, 'campaign', '/page/' || n % 200
         FROM generate_series(1, $4::bigint) AS n",
    )
    .bind(of.tenant)
    .bind(of.property)
    .bind(date)
    .bind(i64::from(sessions))
    .bind(i64::from(users))
    .execute(owner)
    .await
    .map(drop)
}

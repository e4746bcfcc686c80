//! Table `user_rollup`: the users of whole weeks and months, and those of the days beside them.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use futures_util::TryStreamExt;
use sqlx::Row;

use super::day_rollup::users;
use crate::domain::bitmap::UserSets;
use crate::domain::query::cover::{Cover, WholeSpan};

/// The users of one location over a part of a range.
#[derive(Debug, Clone)]
pub struct PartUsers {
    pub location: String,
    pub first: NaiveDate,
    /// None for a single day.
    pub span: Option<WholeSpan>,
    pub users: UserSets,
}

macro_rules! select_users {
    ($location:literal) => {
        concat!(
            "SELECT r.location, r.first_day, r.span, r.clients, r.active_clients, r.new_clients,
                    r.returning_clients, r.purchasing_clients, r.known_users
             FROM unnest($4::text[], $5::date[]) AS whole (span, first_day)
             JOIN user_rollup AS r
               ON r.tenant_id = $1 AND r.property_id = $2 AND r.span = whole.span
              AND r.first_day = whole.first_day AND r.",
            $location,
            " UNION ALL
             SELECT d.location, d.date, '', d.clients, d.active_clients, d.new_clients,
                    d.returning_clients, d.purchasing_clients, d.known_users
             FROM day_rollup AS d
             WHERE d.tenant_id = $1 AND d.property_id = $2 AND d.currency = ''
               AND d.date = ANY ($6) AND d.",
            $location
        )
    };
}

/// `$1` tenant, `$2` property, `$3` location, `$4` and `$5` kinds and first days of weeks and
/// months, `$6` days.
pub const USERS: &str = select_users!("location = $3");
/// The same of each location; `$3` is not looked at.
pub const USERS_BY_LOCATION: &str = select_users!("location <> coalesce($3, '')");

/// Hands out the users of the cover's parts, of `location` or of each one, as they come: those of
/// many locations need not be in memory at once. A week or month that is not kept has no rows.
///
/// # Errors
/// When the database refuses, or a set cannot be read.
pub async fn read(
    tx: &mut TenantTx,
    property_id: i64,
    location: Option<&str>,
    cover: &Cover,
    mut each: impl FnMut(PartUsers),
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let spans: Vec<&str> = cover.wholes.iter().map(|(span, _)| span.as_str()).collect();
    let firsts: Vec<NaiveDate> = cover.wholes.iter().map(|(_, first)| *first).collect();
    let days: Vec<NaiveDate> = cover.days.iter().copied().collect();
    let text = if location.is_some() { USERS } else { USERS_BY_LOCATION };
    let mut rows = sql::query(text)
        .bind(tenant)
        .bind(property_id)
        .bind(location)
        .bind(spans)
        .bind(firsts)
        .bind(days)
        .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        each(PartUsers {
            location: row.try_get("location")?,
            first: row.try_get("first_day")?,
            span: WholeSpan::named(row.try_get("span")?),
            users: users(&row)?,
        });
    }
    Ok(())
}

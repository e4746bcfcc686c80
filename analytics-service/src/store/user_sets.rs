//! The six sets of users, as rows of `day_sets`, `breakdown_sets`, `hour_sets` and `user_rollup` have them.

use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::domain::bitmap::{UserSets, decode};

/// Those sets that a list of six flags names, in the order of [`crate::domain::query::Query::user_sets`]: the others are not
/// even read, which most of a row is. They come first in a statement.
macro_rules! wanted_users {
    ($flags:literal) => {
        concat!(
            "CASE WHEN ",
            $flags,
            "[1] THEN clients END AS clients, CASE WHEN ",
            $flags,
            "[2] THEN active_clients END AS active_clients, CASE WHEN ",
            $flags,
            "[3] THEN new_clients END AS new_clients, CASE WHEN ",
            $flags,
            "[4] THEN returning_clients END AS returning_clients, CASE WHEN ",
            $flags,
            "[5] THEN purchasing_clients END AS purchasing_clients, CASE WHEN ",
            $flags,
            "[6] THEN known_users END AS known_users"
        )
    };
}
pub(super) use wanted_users;

/// The sets at the beginning of a row.
pub(super) fn users(row: &PgRow) -> Result<UserSets, sqlx::Error> {
    let set = |at: usize| {
        let bytes: Option<&[u8]> = row.try_get(at)?;
        decode(bytes).map_err(|error| sqlx::Error::Decode(Box::new(error)))
    };
    Ok(UserSets {
        clients: set(0)?,
        active: set(1)?,
        new: set(2)?,
        returning: set(3)?,
        purchasing: set(4)?,
        known: set(5)?,
    })
}

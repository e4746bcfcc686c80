//! The events of one day: where they lie, and the temporary table `day_event` of those that facts are made from.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use common::tenant_config::NoResultsRule;

use super::plan;
use super::staging::Tables;
use crate::domain::search;

/// Besides searches, whose names the tenant's rule tells.
const FACTS: [&str; 4] = ["add_to_cart", "remove_from_cart", "purchase", "refund"];

/// Where the events of a day lie.
#[derive(Debug, Clone, Copy)]
pub enum DayEvents {
    /// In the tables of a load, for everyone to see who knows its name.
    Staged(Tables),
    Stored {
        property_id: i64,
        date: NaiveDate,
    },
}

impl DayEvents {
    /// The text with what to read from in the places of `{events}`.
    pub(super) fn text(self, tx: &TenantTx, template: &str) -> sqlx::SqlStr {
        let events = match self {
            Self::Staged(tables) => format!("{} AS e", tables.event()),
            Self::Stored { property_id, date } => format!(
                "(SELECT * FROM event WHERE tenant_id = '{}' AND property_id = {property_id}
                    AND event_date = '{date}') AS e",
                tx.tenant()
            ),
        };
        sql::Text::trusted(template.replace("{events}", &events))
    }
}

/// Makes the table anew; it ends with the transaction.
///
/// # Errors
/// When the database refuses.
pub async fn gather(
    tx: &mut TenantTx,
    events: DayEvents,
    rule: &NoResultsRule,
) -> Result<(), DbError> {
    let names: Vec<String> =
        FACTS.into_iter().map(str::to_owned).chain(search::event_names(rule)).collect();
    plan::whole_range(tx).await?;
    sql::query("DROP TABLE IF EXISTS pg_temp.day_event")
        .persistent(false)
        .execute(tx.conn())
        .await?;
    sql::query_of(events.text(tx, include_str!("sql/day_event.sql")))
        .bind(names)
        .bind(rule.result_count_parameter.as_deref())
        .execute(tx.conn())
        .await?;
    plan::any_scan(tx).await?;
    sql::query("ANALYZE day_event (event_name, session_key)")
        .persistent(false)
        .execute(tx.conn())
        .await?;
    Ok(())
}

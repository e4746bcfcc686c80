//! What a tenant gave us and set up here, in its own words: JSON, a page at a time. No table with a secret is among it.

use common::db::{DbError, TenantTx, sql};

/// One kind of row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Locations,
    Customers,
    Schedules,
    Files,
}

impl Part {
    pub const ALL: [Self; 4] = [Self::Locations, Self::Customers, Self::Schedules, Self::Files];

    /// What its lines are called.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Locations => "location",
            Self::Customers => "customer",
            Self::Schedules => "schedule",
            Self::Files => "file",
        }
    }

    /// Rows after `$2` in the order of their key. What is left out is of no use outside.
    const fn page(self) -> &'static str {
        match self {
            Self::Locations => {
                "SELECT code, to_jsonb(l) - 'tenant_id' - 'row_hash' FROM location l
                 WHERE tenant_id = $1 AND code > coalesce($2, '') ORDER BY code LIMIT $3"
            }
            Self::Customers => {
                "SELECT code, to_jsonb(c) - 'tenant_id' - 'row_hash' FROM customer c
                 WHERE tenant_id = $1 AND code > coalesce($2, '') ORDER BY code LIMIT $3"
            }
            Self::Schedules => {
                "SELECT schedule_id::text, to_jsonb(s) - 'tenant_id' FROM schedule s
                 WHERE tenant_id = $1 AND schedule_id > coalesce($2::text, $4)::uuid
                 ORDER BY schedule_id LIMIT $3"
            }
            Self::Files => {
                "SELECT source_file_id::text, to_jsonb(f) - 'tenant_id' FROM source_file f
                 WHERE tenant_id = $1 AND source_file_id > coalesce($2::text, $4)::uuid
                 ORDER BY source_file_id LIMIT $3"
            }
        }
    }
}

/// Keys and rows after `after`, at most `limit`.
pub async fn page(
    tx: &mut TenantTx,
    part: Part,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<(String, serde_json::Value)>, DbError> {
    let tenant = tx.tenant();
    let query = sql::query_as(part.page()).bind(tenant).bind(after).bind(limit);
    let query = match part {
        Part::Locations | Part::Customers => query,
        Part::Schedules | Part::Files => query.bind(uuid::Uuid::nil().to_string()),
    };
    Ok(query.fetch_all(tx.conn()).await?)
}

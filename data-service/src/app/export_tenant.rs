//! What data-service keeps for a tenant besides facts, as lines of JSON.

use common::audit::{self, Entry};
use common::auth::Caller;
use common::db::{Db, DbError};
use common::kernel::{TenantId, TenantScope};
use serde_json::json;

use crate::store::tenant_export::{Part, page};

/// Rows that are read at once; with their extra columns a megabyte at most as a rule.
const ROWS: i64 = 500;

/// An export under way. Between two pages no transaction is open, so a slow reader holds nothing up, and a row that
/// changes meanwhile is in it as it was or as it became.
#[derive(Debug)]
pub struct TenantExport {
    db: Db,
    scope: TenantScope,
    part: usize,
    after: Option<String>,
}

impl TenantExport {
    /// Who asked for it is written down first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn begin(db: &Db, caller: &Caller) -> Result<Self, DbError> {
        let actor = caller.actor();
        let parts = Part::ALL.map(Part::kind);
        let line = Entry {
            detail: json!({ "parts": parts }),
            ..Entry::done(&actor, "tenant.exported", "tenant")
        };
        let mut tx = db.tenant(&caller.scope).await?;
        audit::record(&mut tx, &line).await?;
        tx.commit().await?;
        Ok(Self { db: db.clone(), scope: caller.scope.clone(), part: 0, after: None })
    }

    #[must_use]
    pub const fn tenant_id(&self) -> TenantId {
        self.scope.tenant_id()
    }

    /// The next lines; none at the end.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn next(&mut self) -> Result<Option<String>, DbError> {
        while let Some(part) = Part::ALL.get(self.part) {
            let mut tx = self.db.tenant(&self.scope).await?;
            let rows = page(&mut tx, *part, self.after.as_deref(), ROWS).await?;
            drop(tx);
            let Some((last, _)) = rows.last() else {
                (self.part, self.after) = (self.part + 1, None);
                continue;
            };
            self.after = Some(last.clone());
            let lines = rows.iter().map(|(_, row)| line(part.kind(), row));
            return Ok(Some(lines.collect()));
        }
        Ok(None)
    }
}

fn line(kind: &str, row: &serde_json::Value) -> String {
    let mut text = json!({ "kind": kind, kind: row }).to_string();
    text.push('\n');
    text
}

//! How far the load of a day came: saved with every page's rows, so that the next attempt reads on from there.

use common::db::{DbError, TenantTx};
use common::jobs::Covered;
use common::kernel::LoadId;
use common::tenant_config::Reading;
use serde::{Deserialize, Serialize};

use crate::domain::event::Notes;
use crate::domain::fingerprint::Fingerprint;
use crate::store::shard::{LOADER_VERSION, Source};
use crate::store::staging;

/// What was counted over the rows read so far.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sums {
    /// Rows of the table that were read, rejected ones included: the position to go on from.
    pub rows: Covered,
    /// Rows copied to staging.
    pub staged: u64,
    pub rejected: u64,
    pub bytes: u64,
    pub fingerprint: Fingerprint,
    pub reject_reasons: Vec<String>,
    pub notes: Notes,
}

/// Where an attempt stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Checkpoint {
    pub load: LoadId,
    /// [`LOADER_VERSION`] of who copied the rows: another one gives them other keys.
    #[serde(default)]
    pub loader: i32,
    /// The table as it was when the first page was read.
    pub source: Source,
    /// Rows have other positions in the answer of a query than in the table.
    #[serde(default)]
    pub reading: Reading,
    pub sums: Sums,
}

/// Why a checkpoint is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Discarded {
    /// The table is no longer the one that was read.
    SourceChanged,
    /// Another version of the loader copied the rows.
    LoaderChanged,
    /// The tenant wants rows to be read in the other way now.
    ReadingChanged,
    /// The staged rows are not those that were counted; a database that crashed forgets them.
    RowsMissing,
}

impl Checkpoint {
    /// Whether the next attempt may go on from here.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn check(
        &self,
        tx: &mut TenantTx,
        now: &Source,
        reading: Reading,
    ) -> Result<Option<Discarded>, DbError> {
        if self.loader != LOADER_VERSION {
            return Ok(Some(Discarded::LoaderChanged));
        }
        if self.source != *now {
            return Ok(Some(Discarded::SourceChanged));
        }
        if self.reading != reading {
            return Ok(Some(Discarded::ReadingChanged));
        }
        let staged = staging::count(tx, self.load).await?;
        let all = staged.and_then(|rows| u64::try_from(rows).ok()) == Some(self.sums.staged);
        Ok((!all).then_some(Discarded::RowsMissing))
    }
}

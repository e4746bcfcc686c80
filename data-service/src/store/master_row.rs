//! Rows of a file on their way in: `staging.master_row`, visible to nobody but the load that
//! wrote them.

use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, Utc};
use common::db::{DbError, TenantTx, sql};
use common::kernel::LoadId;
use uuid::{NoContext, Timestamp, Uuid};

use crate::domain::file::MasterRow;

const COPY: &str = "COPY staging.master_row
  (load_id, position, code, name, email, phone, location_code, user_id, city, time_zone, extra, row_hash)
  FROM STDIN";

/// Rows in Postgres's text form of COPY.
#[derive(Debug)]
pub struct Batch {
    load: LoadId,
    text: String,
    next_position: i64,
    rows: u64,
}

impl Batch {
    pub const fn new(load: LoadId) -> Self {
        Self { load, text: String::new(), next_position: 0, rows: 0 }
    }

    pub fn push(&mut self, row: &MasterRow) {
        let position = self.next_position;
        // Writing to a String cannot fail.
        let _ = write!(self.text, "{}\t{position}", self.load);
        for value in [Some(&row.code), Some(&row.name)].into_iter().chain([
            row.email.as_ref(),
            row.phone.as_ref(),
            row.location_code.as_ref(),
            row.user_id.as_ref(),
            row.city.as_ref(),
            row.time_zone.as_ref(),
        ]) {
            self.text.push('\t');
            match value {
                Some(value) => escape(value, &mut self.text),
                None => self.text.push_str("\\N"),
            }
        }
        self.text.push('\t');
        let extra = serde_json::Value::from_iter(row.extra.clone());
        escape(&extra.to_string(), &mut self.text);
        let _ = writeln!(self.text, "\t{}", row.hash());
        self.next_position += 1;
        self.rows += 1;
    }

    pub const fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Takes the rows out; positions go on.
    fn take(&mut self) -> (String, u64) {
        (std::mem::take(&mut self.text), std::mem::take(&mut self.rows))
    }
}

fn escape(value: &str, out: &mut String) {
    for c in value.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            _ => out.push(c),
        }
    }
}

/// Bringing in a million rows takes longer than a statement may otherwise.
const MERGE_TIMEOUT_MS: &str = "600000";

/// Until the transaction ends, a statement may take ten minutes.
pub async fn may_take_long(tx: &mut TenantTx) -> Result<(), DbError> {
    sql::query("SELECT set_config('statement_timeout', $1, true)")
        .bind(MERGE_TIMEOUT_MS)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Writes the batch, and empties it.
pub async fn copy(tx: &mut TenantTx, batch: &mut Batch) -> Result<(), DbError> {
    let (text, rows) = batch.take();
    let written = tx.copy_in(COPY, text.as_bytes()).await?;
    debug_assert_eq!(written, rows, "one line of COPY is one row");
    Ok(())
}

/// How many rows of a load are there: staging is unlogged, so a crash of the server empties it.
pub async fn count(tx: &mut TenantTx, load: LoadId) -> Result<u64, DbError> {
    let count: i64 =
        sql::query_scalar("SELECT count(*) FROM staging.master_row WHERE load_id = $1")
            .bind(load.uuid())
            .fetch_one(tx.conn())
            .await?;
    Ok(count.unsigned_abs())
}

pub async fn delete(tx: &mut TenantTx, load: LoadId) -> Result<(), DbError> {
    sql::query("DELETE FROM staging.master_row WHERE load_id = $1")
        .bind(load.uuid())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Deletes what loads left that began longer ago than any load takes.
pub async fn delete_abandoned(
    tx: &mut TenantTx,
    now: DateTime<Utc>,
    age: Duration,
) -> Result<(), DbError> {
    let seconds = now.timestamp().unsigned_abs().saturating_sub(age.as_secs());
    // Load ids are ordered by the time they were minted.
    let before = Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, 0));
    sql::query("DELETE FROM staging.master_row WHERE load_id < $1")
        .bind(before)
        .execute(tx.conn())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_for_copy() {
        let mut batch = Batch::new(LoadId::from_uuid(Uuid::nil()));
        let row = MasterRow {
            code: "a\tb".to_owned(),
            name: "c\\d\ne".to_owned(),
            email: Some("\\N".to_owned()),
            extra: [("k".to_owned(), "\"q\"".to_owned())].into(),
            ..MasterRow::default()
        };
        batch.push(&row);
        let expected = format!(
            "{}\t0\ta\\tb\tc\\\\d\\ne\t\\\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t{{\"k\":\"\\\\\"q\\\\\"\"}}\t{}\n",
            Uuid::nil(),
            row.hash()
        );
        assert_eq!(batch.text, expected);
    }
}

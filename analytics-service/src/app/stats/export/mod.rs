//! A query's answer as rows of a file, in memory that does not grow with it.

mod packed;
mod runs;

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use common::db::TenantTx;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use self::runs::{Merged, Runs};
use super::query::{Asked, count, metrics, spans};
use super::{Basis, StatsError};
use crate::domain::comparison::Comparison;
use crate::domain::counted::{Counted, Rows};
use crate::domain::query::channel::ChannelRule;
use crate::domain::query::{Query, SessionBasis, Span, Unit, Value, bucket};
use crate::domain::sheet::{Cell, Sheet, TooLarge};

/// Rows in memory at once, of about a kilobyte each.
const MOST_ROWS: usize = 1 << 14;

/// Bytes that are written at once.
const CHUNK: usize = 1 << 16;

/// The names of the columns.
#[must_use]
pub fn head(asked: &Query, currency: &str) -> Vec<Cell> {
    let time = asked.bucket.iter().map(|_| "start".to_owned());
    let dimensions = asked.dimensions.iter().map(|dimension| dimension.name().to_owned());
    let metrics = asked.metrics.iter().map(|metric| match metric.unit() {
        Unit::Money => format!("{} ({currency})", metric.name()),
        _ => metric.name().to_owned(),
    });
    time.chain(dimensions).chain(metrics).map(Cell::Text).collect()
}

/// Why an export broke off.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Stats(#[from] StatsError),
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    #[error("the file cannot be written")]
    File(#[from] std::io::Error),
}

/// Writes the rows of `asked` to `file`: one for each bucket and value with something in it, and without dimensions one for each
/// bucket that is loaded. Nothing is compared. Answers how many there are.
///
/// # Errors
/// When the query makes no sense, the kind of file cannot hold the rows, the database refuses, or `file` does.
pub async fn export(
    tx: &mut TenantTx,
    basis: &Basis,
    asked: &Query,
    channels: &[ChannelRule],
    sheet: &mut dyn Sheet,
    file: &mut (impl AsyncWrite + Unpin + Send),
) -> Result<u64, ExportError> {
    let channels = [channels, basis.settings.channels.as_slice()].concat();
    let mut ready = Vec::new();
    sheet.row(&head(asked, basis.settings.currency.as_str()), &mut ready)?;
    let mut rows = 0;
    for part in parts(basis, asked)? {
        let asked = Asked::new(tx, basis, &part, &channels).await?;
        let spans = spans(basis, &part, &part.range)?;
        for row in counted(tx, &asked, &spans).await? {
            let ((bucket, key), totals) = row?;
            let shown = |span: &&Span| basis.shows(span, part.bucket);
            let Some(span) = spans.get(bucket).filter(shown) else {
                continue;
            };
            let metrics = metrics(&asked, &key, &totals);
            let start = part.bucket.map(|_| Cell::Text(span.start.to_rfc3339()));
            let values = part.metrics.iter().map(|metric| cell(metric.of(&metrics)));
            let cells: Vec<Cell> =
                start.into_iter().chain(key.into_iter().map(Cell::Text)).chain(values).collect();
            sheet.row(&cells, &mut ready)?;
            rows += 1;
            if ready.len() > CHUNK {
                file.write_all(&ready).await?;
                ready.clear();
            }
        }
    }
    sheet.finish(&mut ready)?;
    file.write_all(&ready).await?;
    Ok(rows)
}

/// Counts the rows, those that are too many for memory in a scratch file.
async fn counted(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    spans: &[Span],
) -> Result<Merged, ExportError> {
    let runs = Arc::new(Mutex::new(Runs::default()));
    let taken = runs.clone();
    let mut counted = Counted::bounded(MOST_ROWS, move |rows: Rows| {
        taken.lock().unwrap_or_else(PoisonError::into_inner).push(rows);
    });
    count(tx, asked, asked.query.range, spans, &mut counted).await?;
    if asked.query.dimensions.is_empty() {
        for bucket in 0..spans.len() {
            counted.at((bucket, Vec::new()));
        }
    }
    let runs = mem::take(&mut *runs.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(runs.merge(counted.into_rows().map_err(StatsError::from)?)?)
}

/// One query for each bucket, where a bucket's numbers do not depend on the others.
fn parts(basis: &Basis, asked: &Query) -> Result<Vec<Query>, StatsError> {
    let asked = &Query { comparison: Comparison::None, ..asked.clone() };
    let whole = || Ok(vec![asked.clone()]);
    let Some(width) = asked.bucket else { return whole() };
    if asked.sessions == SessionBasis::Started || width.within_day() {
        return whole();
    }
    let spans = bucket::cut(&asked.range, width, basis.settings.week_start, basis.zone)
        .map_err(|_| StatsError::TooManyBuckets)?;
    Ok(spans.into_iter().map(|span| Query { range: span.days, ..asked.clone() }).collect())
}

fn cell(value: Option<Value>) -> Cell {
    match value {
        None => Cell::Empty,
        Some(Value::Count(count)) => Cell::Number(count.to_string()),
        Some(Value::Quantity(quantity)) => Cell::Number(quantity.normalize().to_string()),
        Some(Value::Rate(number) | Value::Seconds(number)) => Cell::Number(number.to_string()),
        Some(Value::Money(money)) => Cell::Number(money.rounded()),
    }
}

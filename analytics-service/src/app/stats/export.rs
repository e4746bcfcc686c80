//! A query's answer as rows of a file, bucket after bucket: what is held in memory is the rows of
//! one bucket.

use common::db::TenantTx;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::{Basis, StatsError, query};
use crate::domain::query::channel::ChannelRule;
use crate::domain::query::{Query, SessionBasis, Unit, Value, bucket};
use crate::domain::sheet::{Cell, Sheet};

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
    #[error("the file cannot be written")]
    File(#[from] std::io::Error),
}

/// Writes all rows of `asked` to `file`. A bucket without data has no rows. Answers how many there
/// are.
///
/// # Errors
/// When the query makes no sense, the database refuses, or `file` does.
pub async fn export(
    tx: &mut TenantTx,
    basis: &Basis,
    asked: &Query,
    channels: &[ChannelRule],
    sheet: &mut dyn Sheet,
    file: &mut (impl AsyncWrite + Unpin + Send),
) -> Result<u64, ExportError> {
    let mut ready = Vec::new();
    sheet.row(&head(asked, basis.settings.currency.as_str()), &mut ready);
    let mut rows = 0;
    for part in parts(basis, asked)? {
        let answer = query(tx, basis, &part, channels).await?;
        for row in &answer.rows {
            let Some(metrics) = &row.metrics else { continue };
            let start = answer.spans.get(row.bucket).filter(|_| asked.bucket.is_some());
            let time = start.map(|span| Cell::Text(span.start.to_rfc3339()));
            let key = row.key.iter().cloned().map(Cell::Text);
            let values = asked.metrics.iter().map(|metric| cell(metric.of(metrics)));
            let cells: Vec<Cell> = time.into_iter().chain(key).chain(values).collect();
            sheet.row(&cells, &mut ready);
            rows += 1;
            if ready.len() > 1 << 16 {
                file.write_all(&ready).await?;
                ready.clear();
            }
        }
    }
    sheet.finish(&mut ready);
    file.write_all(&ready).await?;
    Ok(rows)
}

/// One query for each bucket, where a bucket's numbers do not depend on the others.
fn parts(basis: &Basis, asked: &Query) -> Result<Vec<Query>, StatsError> {
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

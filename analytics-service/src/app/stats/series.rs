//! The same metrics, bucket by bucket.

use common::db::TenantTx;

use super::overview::{known_location, whole};
use super::{Basis, QueryRow, Question, StatsError, query};
use crate::domain::query::{BucketWidth, Metric, Query, SessionBasis, Span};
use crate::domain::series::Bucket;

/// Every bucket of the range, loaded or not. What none of `metrics` needs is not read.
///
/// # Errors
/// When there are too many buckets, the location is unknown or the database refuses.
pub async fn series(
    tx: &mut TenantTx,
    basis: &Basis,
    question: &Question,
    width: BucketWidth,
    sessions: SessionBasis,
    metrics: Vec<Metric>,
) -> Result<Vec<Bucket>, StatsError> {
    known_location(tx, basis, question).await?;
    let asked = Query { metrics, bucket: Some(width), sessions, ..whole(question) };
    let answer = query(tx, basis, &asked, &[]).await?;
    // Without dimensions there is one row for each bucket.
    let buckets = answer.spans.iter().zip(&answer.rows);
    let bucket = |(span, row): (&Span, &QueryRow)| Bucket {
        span: span.clone(),
        state: answer.state(basis, row.bucket),
        metrics: row.metrics.clone(),
    };
    Ok(buckets.map(bucket).collect())
}

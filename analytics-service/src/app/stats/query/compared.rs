//! The other range of a comparison, counted bucket by bucket.

use common::db::TenantTx;

use super::elapsed::Side;
use super::{Asked, Elapsed, StatsError, count, metrics};
use crate::domain::counted::{Counted, Key, Rows};
use crate::domain::metrics::Metrics;
use crate::domain::query::{Counterparts, Span};

/// The numbers that the rows of an answer are compared with.
pub(super) struct Compared {
    elapsed: Option<Elapsed>,
    /// Of each bucket its counterpart.
    counterparts: Vec<Option<Span>>,
    /// By the buckets of the answer.
    rows: Rows,
}

impl Compared {
    /// Counts the counterparts of the buckets `spans`, if anything is compared.
    pub(super) async fn count(
        tx: &mut TenantTx,
        asked: &Asked<'_>,
        spans: &[Span],
        elapsed: Option<Elapsed>,
    ) -> Result<Option<Self>, StatsError> {
        let query = asked.query;
        let Some(range) = query.comparison.range(&query.range) else { return Ok(None) };
        let Counterparts { spans, layers } =
            Counterparts::of(query, spans, &range, asked.basis.zone);
        let mut rows = Rows::new();
        for layer in &layers {
            let mut counted = Counted::of_answer();
            match elapsed {
                Some(elapsed) => {
                    let of = (range, Side::Other);
                    elapsed.count(tx, asked, of, &layer.spans, &mut counted).await?;
                }
                None => count(tx, asked, range, &layer.spans, &mut counted).await?,
            }
            for ((at, value), totals) in counted.into_rows()? {
                if let Some(Some(bucket)) = layer.buckets.get(at) {
                    rows.insert((*bucket, value), totals);
                }
            }
        }
        Ok(Some(Self { elapsed, counterparts: spans, rows }))
    }

    pub(super) const fn rows(&self) -> &Rows {
        &self.rows
    }

    /// What a row of the bucket `span` is compared with. None when no day of it is loaded, or nothing of it has passed.
    pub(super) fn metrics(&self, asked: &Asked<'_>, span: &Span, key: &Key) -> Option<Metrics> {
        let counterpart = self.counterparts.get(key.0)?.as_ref()?;
        let days = match self.elapsed {
            Some(elapsed) if !elapsed.compares(asked, span) => return None,
            Some(elapsed) => elapsed.reached(Side::Other, &counterpart.days)?,
            None => counterpart.days,
        };
        let totals = self.rows.get(key).cloned().unwrap_or_default();
        asked.basis.has_data(&days).then(|| metrics(asked, &key.1, &totals))
    }
}

//! Decodes the pages of one day and keeps the sums over them.

use bytes::{Bytes, BytesMut};
use chrono::NaiveDate;
use common::jobs::Covered;
use uuid::Uuid;

use super::checkpoint::Sums;
use super::seen_keys::SeenKeys;
use super::stage_day::StageError;
use crate::adapters::bigquery::Page;
use crate::domain::event::copy::{self, RowEncoder};
use crate::domain::event::{EventDecoder, Notes};

/// Reasons of rejected rows that are kept for the user; all are counted.
const REASONS_KEPT: usize = 10;

/// Goes from page to page.
#[derive(Debug)]
pub(super) struct DayReader {
    decoder: EventDecoder,
    encoder: RowEncoder,
    date: NaiveDate,
    /// What earlier attempts noticed.
    noticed: Notes,
    /// Pages of this attempt's stream.
    pages: Covered,
    /// Of the next row, as the source counts.
    position: u64,
    keys: SeenKeys,
    pub(super) sums: Sums,
    /// Rows of the table as its pages tell it.
    pub(super) expected: Option<u64>,
}

impl DayReader {
    /// Goes on after what `sums` count, with pages that begin at the row `position`.
    pub(super) fn new(
        decoder: EventDecoder,
        property_id: i64,
        date: NaiveDate,
        sums: Sums,
        position: u64,
    ) -> Self {
        let encoder = RowEncoder { property_id };
        let noticed = sums.notes.clone();
        let pages = Covered::default();
        let keys = SeenKeys::after(sums.staged);
        Self { decoder, encoder, date, noticed, pages, position, keys, sums, expected: None }
    }

    /// The keys of rows that came more than once; `None` when any may have.
    pub(super) fn twins(&mut self) -> Option<Vec<Uuid>> {
        self.keys.twins()
    }

    /// Decodes on a thread that may block.
    pub(super) async fn read(mut self, page: Page) -> Result<(Self, Bytes), StageError> {
        self.pages.extend(page.number..page.number + 1)?;
        tokio::task::spawn_blocking(move || {
            let rows = self.decode(&page.body)?;
            Ok((self, rows))
        })
        .await
        .map_err(|_| StageError::Thread)?
    }

    /// Counts rows of the table that did not come because they are not of the day.
    pub(super) fn left_out(&mut self, rows: u64) {
        self.sums.rejected += rows;
        self.sums.reject_reasons.extend(stray(rows, self.date));
        self.sums.reject_reasons.truncate(REASONS_KEPT);
    }

    fn decode(&mut self, page: &[u8]) -> Result<Bytes, StageError> {
        let Self { decoder, encoder, sums, position, keys, .. } = self;
        // Encoded rows are shorter than their JSON.
        let mut out = BytesMut::with_capacity(page.len());
        copy::header(&mut out);
        let (mut staged, mut strays) = (0, 0);
        let date = self.date;
        let fingerprint = &mut sums.fingerprint;
        let summary = decoder.page(page, *position, |event| {
            if event.event_date != date {
                strays += 1;
                return;
            }
            encoder.row(event, &mut out);
            fingerprint.add(event.row_hash);
            keys.add(event.event_key);
            staged += 1;
        })?;
        copy::trailer(&mut out);
        let first = *position;
        *position += summary.rows;
        sums.rows.extend(first..*position)?;
        sums.staged += staged;
        sums.rejected += summary.rejected.len() as u64 + strays;
        sums.bytes += page.len() as u64;
        let reasons = summary.rejected.into_iter().map(|r| format!("row {}: {}", r.row, r.reason));
        sums.reject_reasons.extend(reasons.chain(stray(strays, date)));
        sums.reject_reasons.truncate(REASONS_KEPT);
        sums.notes = self.noticed.clone();
        sums.notes.add(self.decoder.notes());
        self.expected = self.expected.or(summary.total_rows);
        Ok(out.freeze())
    }
}

fn stray(rows: u64, date: NaiveDate) -> Option<String> {
    (rows > 0).then(|| format!("{rows} rows of another day than {date}"))
}

//! Pages of rows, fetched ahead of whoever decodes them.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::error::WarehouseError;
use super::warehouse::BigQueryWarehouse;
use crate::domain::wire::page;

/// Pages that wait for their reader, of about 10 MB each.
const AHEAD: usize = 2;

/// Which rows to read.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    pub dataset: String,
    pub table: String,
    /// `EventDecoder::selected_fields`; all columns when `None`.
    pub selected_fields: Option<String>,
    /// Position of the first row, from zero: where a broken-off reader goes on.
    pub from_row: u64,
    /// Most rows on a page; BigQuery ends a page at about 10 MB in any case.
    pub max_rows: Option<u32>,
}

/// One answer as it came, to be given to `EventDecoder::page`.
#[derive(Debug, Clone)]
pub struct Page {
    pub body: Bytes,
    /// From zero within this stream.
    pub number: u64,
    /// No page follows.
    pub last: bool,
}

/// Dropping it ends the fetching.
#[derive(Debug)]
pub struct PageStream {
    pages: mpsc::Receiver<Result<Page, WarehouseError>>,
    _fetching: JoinSet<()>,
}

impl PageStream {
    /// `None` after the last page. An error ends the stream.
    pub async fn next(&mut self) -> Option<Result<Page, WarehouseError>> {
        self.pages.recv().await
    }

    pub(super) fn fetch(warehouse: BigQueryWarehouse, request: PageRequest) -> Self {
        let (sender, pages) = mpsc::channel(AHEAD);
        // A task of the stream, not of the process: it ends with the stream, so shutdown need not know it.
        let mut fetching = JoinSet::new();
        fetching.spawn(async move { fetch_all(&warehouse, &request, &sender).await });
        Self { pages, _fetching: fetching }
    }
}

impl Stream for PageStream {
    type Item = Result<Page, WarehouseError>;
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pages.poll_recv(context)
    }
}

async fn fetch_all(
    warehouse: &BigQueryWarehouse,
    request: &PageRequest,
    sender: &mpsc::Sender<Result<Page, WarehouseError>>,
) {
    let mut token: Option<String> = None;
    for number in 0.. {
        let fetched = warehouse.page(request, token.as_deref()).await;
        let page = fetched.map(|(body, next)| {
            let last = next.is_none();
            token = next;
            Page { body, number, last }
        });
        let done = page.as_ref().map_or(true, |page| page.last);
        if sender.send(page).await.is_err() || done {
            return;
        }
    }
}

/// The next page's token. An answer that stops in the middle is found here where it can be found cheaply; the decoder finds the rest.
pub(super) fn next_token(body: &[u8]) -> Result<Option<String>, WarehouseError> {
    let broken = |why: String| WarehouseError::connection("truncatedAnswer", why);
    if body.trim_ascii_end().last() != Some(&b'}') {
        return Err(broken("tabledata.list: the answer stops in the middle".to_owned()));
    }
    page::next_token(&page::text(body)).map_err(|error| broken(format!("tabledata.list: {error}")))
}

//! Pages of rows, fetched ahead of whoever decodes them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::NaiveDate;
use common::kernel::LoadId;
use reqwest::Url;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::client::{Client, Request};
use super::error::WarehouseError;
use super::page_size::PageSize;
use crate::domain::wire::page;

/// Pages that wait for their reader; another one is being fetched and another one decoded. More would be held without
/// coming sooner: only the page before tells where the next one is.
const AHEAD: usize = 1;

/// Which rows to read.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    pub dataset: String,
    pub table: String,
    /// `EventDecoder::selected_fields`; all columns when `None`.
    pub selected_fields: Option<String>,
    /// Position of the first row, from zero: where a broken-off reader goes on.
    pub from_row: u64,
    /// Rows on a page; as many as make a page of a few megabytes when `None`.
    pub max_rows: Option<u32>,
    /// Only rows whose `event_date` this is, where rows are chosen at the source; listing gives all.
    pub day: Option<NaiveDate>,
    /// Names the reading: whoever goes on with it under the same name is billed once. Row positions hold within it.
    pub load: Option<LoadId>,
    /// The reading is refused if it would be billed more bytes.
    pub max_bytes_billed: Option<u64>,
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
    billed: Arc<AtomicU64>,
    _fetching: JoinSet<()>,
}

impl PageStream {
    /// `None` after the last page. An error ends the stream.
    pub async fn next(&mut self) -> Option<Result<Page, WarehouseError>> {
        self.pages.recv().await
    }

    /// Bytes that the rows were billed for, known with the first page.
    #[must_use]
    pub fn bytes_billed(&self) -> u64 {
        self.billed.load(Ordering::Relaxed)
    }

    pub(super) fn of(source: impl PageSource) -> Self {
        let (sender, pages) = mpsc::channel(AHEAD);
        let billed = Arc::new(AtomicU64::new(0));
        // A task of the stream, not of the process: it ends with the stream, so shutdown need not know it.
        let mut fetching = JoinSet::new();
        let known = Arc::clone(&billed);
        fetching.spawn(async move { fetch_all(source, &known, &sender).await });
        Self { pages, billed, _fetching: fetching }
    }
}

/// A page's body, and the token of the next.
pub(super) type Fetched = (Bytes, Option<String>);

/// One way to come by the pages of a request.
#[async_trait]
pub(super) trait PageSource: Send + 'static {
    /// Makes the rows ready; answers the bytes that this is billed for.
    async fn begin(&mut self) -> Result<u64, WarehouseError> {
        Ok(0)
    }

    /// The page that a token names; the first one without.
    async fn page(&mut self, token: Option<&str>, rows: u32) -> Result<Fetched, WarehouseError>;

    /// Rows on a page, if somebody asked for a number.
    fn page_rows(&self) -> Option<u32>;
}

async fn fetch_all(
    mut source: impl PageSource,
    billed: &AtomicU64,
    sender: &mpsc::Sender<Result<Page, WarehouseError>>,
) {
    match source.begin().await {
        Ok(bytes) => billed.store(bytes, Ordering::Relaxed),
        Err(error) => {
            // Nobody waits any more when this fails.
            let _ = sender.send(Err(error)).await;
            return;
        }
    }
    let mut token: Option<String> = None;
    let mut size = PageSize::new(source.page_rows());
    for number in 0.. {
        let page = source.page(token.as_deref(), size.rows()).await.map(|(body, next)| {
            let last = next.is_none();
            token = next;
            size.saw(body.len());
            Page { body, number, last }
        });
        let done = page.as_ref().map_or(true, |page| page.last);
        if sender.send(page).await.is_err() || done {
            return;
        }
    }
}

/// Asks `url` for the page that `token` names, or the one at the request's first row.
pub(super) async fn fetch_page(
    client: &Client,
    mut url: Url,
    request: &PageRequest,
    token: Option<&str>,
    rows: u32,
) -> Result<Fetched, WarehouseError> {
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("formatOptions.useInt64Timestamp", "true");
        query.append_pair("maxResults", &rows.to_string());
        match token {
            Some(token) => query.append_pair("pageToken", token),
            None => query.append_pair("startIndex", &request.from_row.to_string()),
        };
    }
    let page = |body: Bytes| {
        let next = next_token(&body)?;
        Ok((body, next))
    };
    client.call(&Request::get(url), page).await
}

/// The next page's token. An answer that stops in the middle is found here where it can be found cheaply; the decoder finds the rest.
fn next_token(body: &[u8]) -> Result<Option<String>, WarehouseError> {
    let broken = |why: String| WarehouseError::connection("truncatedAnswer", why);
    if body.trim_ascii_end().last() != Some(&b'}') {
        return Err(broken("a page: the answer stops in the middle".to_owned()));
    }
    page::next_token(&page::text(body)).map_err(|error| broken(format!("a page: {error}")))
}

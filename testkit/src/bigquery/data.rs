//! `tabledata.list`: one page of a table's rows.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use poem::Response;
use poem::http::StatusCode;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::answer::ApiError;
use super::catalogue::Table;
use super::cell::write_text;
use super::pages::{BLOCK_ROWS, Encoding, PageCache};
use super::projection::Projection;

/// BigQuery ends a page at about ten megabytes, whatever was asked for.
const PAGE_BYTES: usize = 10_000_000;

/// Rows a page has at most when the caller does not say.
const PAGE_ROWS: usize = 100_000;

/// How pages are cut besides the caller's `maxResults` and the size limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Paging {
    /// No page has more rows.
    pub max_rows: Option<usize>,
    /// Pages get a random number of rows between one and the limit.
    pub split_seed: Option<u64>,
    /// Every page is preceded by one without rows, which still has a page token.
    pub empty_pages: bool,
}

/// The query parameters of one request.
#[derive(Debug, Default)]
pub(super) struct PageRequest {
    pub selected_fields: String,
    pub int64_timestamps: bool,
    pub max_results: Option<usize>,
    pub start_index: u64,
    pub page_token: Option<String>,
    /// Of a query's result: what stands before its rows, and what tells them from the table's other rows.
    pub result: Option<ResultHead>,
}

#[derive(Debug)]
pub(super) struct ResultHead {
    pub members: String,
    pub only: String,
}

/// One page as the chunks of its JSON.
pub(super) struct Page {
    pub chunks: Vec<Bytes>,
}

/// Where a page begins, as its token carries it.
#[derive(Clone, Copy)]
struct Position {
    row: u64,
    empty_page_sent: bool,
}

impl Position {
    fn token(self) -> String {
        let plain = format!("{}:{}", self.row, u8::from(self.empty_page_sent));
        URL_SAFE_NO_PAD.encode(plain)
    }

    fn from_token(token: &str) -> Option<Self> {
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let (row, sent) = plain.split_once(':')?;
        Some(Self { row: row.parse().ok()?, empty_page_sent: sent == "1" })
    }
}

impl PageRequest {
    /// Reads the parameters; an unreadable number is refused as BigQuery refuses it.
    pub(super) fn parse(query: &[(String, String)]) -> Result<Self, ApiError> {
        let mut request = Self::default();
        for (name, value) in query {
            let invalid = || ApiError::invalid(format!("Invalid value for {name}: {value}"));
            match name.as_str() {
                "selectedFields" => request.selected_fields.clone_from(value),
                "maxResults" => request.max_results = Some(value.parse().map_err(|_| invalid())?),
                "startIndex" => request.start_index = value.parse().map_err(|_| invalid())?,
                "pageToken" if !value.is_empty() => request.page_token = Some(value.clone()),
                "formatOptions.useInt64Timestamp" => request.int64_timestamps = value == "true",
                _ => {}
            }
        }
        Ok(request)
    }

    fn encoding(&self, table: &Table) -> Encoding {
        let only = self.result.as_ref().map_or("", |result| &result.only);
        (table.content, format!("{} {only}", self.selected_fields), self.int64_timestamps)
    }
}

/// Encodes every row as a list with these parameters shows it; answers how many bytes they are.
pub(super) fn prepare(
    table: &Table,
    query: &[(String, String)],
    cache: &PageCache,
) -> Result<usize, super::SourceError> {
    let Ok(request) = PageRequest::parse(query) else { return Ok(0) };
    let Ok(projection) = Projection::new(table.source.schema(), &request.selected_fields) else {
        return Ok(0);
    };
    let encoding = request.encoding(table);
    let mut bytes = 0;
    for block in 0..table.source.count()?.div_ceil(BLOCK_ROWS) {
        bytes += cache.block(&encoding, block, &table.source, &projection)?.bytes();
    }
    Ok(bytes)
}

/// Encodes the page; runs on a thread that may block.
pub(super) fn page(
    table: &Table,
    request: &PageRequest,
    paging: Paging,
    cache: &PageCache,
) -> Result<Page, ApiError> {
    let broken = |error: super::SourceError| {
        let message = format!("stand-in: {error}");
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internalError", message)
    };
    let projection = Projection::new(table.source.schema(), &request.selected_fields)
        .map_err(|unknown| ApiError::invalid(format!("No such field: {}", unknown.0)))?;
    let total = table.source.count().map_err(broken)?;
    let start = match &request.page_token {
        None => Position { row: request.start_index, empty_page_sent: false },
        Some(token) => Position::from_token(token)
            .ok_or_else(|| ApiError::invalid("Invalid page token".to_owned()))?,
    };
    let head = |token: Option<Position>, rows: bool| {
        let kind = match &request.result {
            None => "bigquery#tableDataList",
            Some(_) => "bigquery#getQueryResultsResponse",
        };
        let mut out = format!(r#"{{"kind":"{kind}","etag":"#).into_bytes();
        write_text(&mut out, &table.etag());
        if let Some(result) = &request.result {
            out.extend_from_slice(result.members.as_bytes());
        }
        out.extend_from_slice(format!(r#","totalRows":"{total}""#).as_bytes());
        if let Some(position) = token {
            out.extend_from_slice(format!(r#","pageToken":"{}""#, position.token()).as_bytes());
        }
        out.extend_from_slice(if rows { br#","rows":["# } else { b"}" });
        Bytes::from(out)
    };
    if start.row >= total || request.max_results == Some(0) {
        return Ok(Page { chunks: vec![head(None, false)] });
    }
    if paging.empty_pages && !start.empty_page_sent {
        let position = Position { empty_page_sent: true, ..start };
        return Ok(Page { chunks: vec![head(Some(position), false)] });
    }
    let encoding = request.encoding(table);
    let limit = row_limit(request, paging, start.row);
    let mut next = start.row;
    let mut bytes = 0;
    let mut chunks = vec![Bytes::new()];
    while next < total && ((next - start.row) as usize) < limit {
        let block = cache
            .block(&encoding, next / BLOCK_ROWS, &table.source, &projection)
            .map_err(broken)?;
        let first = (next % BLOCK_ROWS) as usize;
        if first >= block.rows() {
            break;
        }
        if next > start.row {
            if bytes + block.row_bytes(first) > PAGE_BYTES {
                break;
            }
            chunks.push(Bytes::from_static(b","));
        }
        let left = limit - (next - start.row) as usize;
        let (slice, rows) = block.slice(first, left, PAGE_BYTES - bytes.min(PAGE_BYTES));
        bytes += slice.len();
        next += rows as u64;
        chunks.push(slice);
    }
    let following = (next < total).then_some(Position { row: next, empty_page_sent: false });
    chunks[0] = head(following, true);
    chunks.push(Bytes::from_static(b"]}"));
    Ok(Page { chunks })
}

fn row_limit(request: &PageRequest, paging: Paging, row: u64) -> usize {
    let asked = request.max_results.unwrap_or(PAGE_ROWS);
    let limit = asked.min(paging.max_rows.unwrap_or(PAGE_ROWS)).max(1);
    match paging.split_seed {
        Some(seed) => StdRng::seed_from_u64(seed ^ row).random_range(1..=limit),
        None => limit,
    }
}

impl Page {
    pub(super) fn into_response(self, pretty: bool) -> Response {
        let body = if pretty {
            poem::Body::from_vec(super::answer::indented(&self.chunks))
        } else {
            let chunks = self.chunks.into_iter().map(Ok::<_, std::io::Error>);
            poem::Body::from_bytes_stream(futures_util::stream::iter(chunks))
        };
        super::answer::response(StatusCode::OK, body)
    }
}

//! `GET /files/{id}/rejects.csv`.

use bytes::Bytes;
use common::audit::{self, Entry};
use common::auth::{Authenticated, Caller};
use common::http::{ApiError, ApiResult};
use common::kernel::TenantScope;
use futures_util::Stream;
use futures_util::stream::try_unfold;
use poem::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use poem::{Body, IntoResponse, Response};
use poem_openapi::param::Path;
use poem_openapi::registry::{
    MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::{ApiResponse, OpenApi};
use serde_json::json;
use uuid::Uuid;

use crate::app::files::{self, LedgerEntry, RejectPosition};
use crate::domain::file::reject_line;
use crate::http::{State, Tag};

/// Rows that are read at once: with 8 KB each some megabytes at most.
const ROWS: i64 = 500;
const CSV: &str = "text/csv; charset=utf-8";
/// With a byte order mark, which spreadsheet programs need to see the encoding.
const HEADER: &str = "\u{feff}file,line,byte_offset,column,reason,raw\r\n";

#[derive(Debug)]
pub struct DownloadRejects(pub State);

/// The rows, on their way.
#[derive(Debug)]
struct RejectsFile {
    file: Uuid,
    body: Body,
}

impl IntoResponse for RejectsFile {
    fn into_response(self) -> Response {
        let name = format!("attachment; filename=\"rejects-{}.csv\"", self.file);
        Response::builder()
            .header(CONTENT_TYPE, CSV)
            .header(CONTENT_DISPOSITION, name)
            .header(CACHE_CONTROL, "private, no-store")
            .body(self.body)
    }
}

impl ApiResponse for RejectsFile {
    fn meta() -> MetaResponses {
        let text = MetaSchema::new_with_format("string", "binary");
        let content =
            MetaMediaType { content_type: CSV, schema: MetaSchemaRef::Inline(Box::new(text)) };
        MetaResponses {
            responses: vec![MetaResponse {
                description: "One line a row: file, line, byte offset, column, reason, raw. What a spreadsheet program would take for a formula has an apostrophe before it.",
                status: Some(200),
                status_range: None,
                content: vec![content],
                headers: Vec::new(),
            }],
        }
    }

    fn register(_registry: &mut Registry) {}
}

#[OpenApi(tag = "Tag::Files")]
impl DownloadRejects {
    /// Download the rows of a file that were left out
    ///
    /// All of them as CSV, to be mended. Who downloaded them is written down: they hold people's names and addresses.
    #[oai(path = "/files/:id/rejects.csv", method = "get", operation_id = "download_rejects")]
    async fn download(
        &self,
        caller: Authenticated,
        id: Path<Uuid>,
    ) -> Result<RejectsFile, ApiError> {
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let entry = files::show(&mut tx, id.0).await?.ok_or_else(ApiError::not_found)?;
        drop(tx);
        self.record(&caller.0, &entry).await?;
        let rows = Rows { state: self.0.clone(), scope: caller.0.scope, entry, next: Next::Header };
        Ok(RejectsFile { file: id.0, body: Body::from_bytes_stream(rows.stream()) })
    }
}

impl DownloadRejects {
    async fn record(&self, caller: &Caller, entry: &LedgerEntry) -> ApiResult<()> {
        let actor = caller.actor();
        let object = format!("source_file:{}", entry.source_file_id);
        let line = Entry {
            detail: json!({ "path": entry.path, "rows": entry.rejected_rows }),
            ..Entry::done(&actor, "rejects.downloaded", &object)
        };
        let mut tx = self.0.tenant(&caller.scope).await?;
        audit::record(&mut tx, &line).await?;
        Ok(tx.commit().await?)
    }
}

/// A download under way; a slow reader holds no transaction open.
struct Rows {
    state: State,
    scope: TenantScope,
    entry: LedgerEntry,
    next: Next,
}

#[derive(Clone, Copy)]
enum Next {
    Header,
    Rows(Option<RejectPosition>),
}

impl Rows {
    fn stream(self) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send {
        try_unfold(self, async |mut rows: Self| {
            let after = match rows.next {
                Next::Header => {
                    rows.next = Next::Rows(None);
                    return Ok(Some((Bytes::from_static(HEADER.as_bytes()), rows)));
                }
                Next::Rows(after) => after,
            };
            // A failure breaks the answer off: the client sees that it is not whole, and nobody else would.
            let page = rows.page(after).await.inspect_err(|error| {
                let (tenant, file) = (rows.scope.tenant_id(), rows.entry.source_file_id);
                tracing::error!(%error, tenant.id = %tenant, source_file.id = %file,
                    "the download of a file's rejects broke off");
            });
            let page = page.map_err(std::io::Error::other)?;
            Ok(page.map(|(text, last)| {
                rows.next = Next::Rows(Some(last));
                (Bytes::from(text), rows)
            }))
        })
    }

    async fn page(
        &self,
        after: Option<RejectPosition>,
    ) -> Result<Option<(String, RejectPosition)>, common::db::DbError> {
        let mut tx = self.state.tenant(&self.scope).await?;
        let found = files::rejects(&mut tx, self.entry.source_file_id, after, ROWS).await?;
        let Some(last) = found.last() else { return Ok(None) };
        let position = RejectPosition { line: last.line, reject_id: last.reject_id };
        let mut text = String::new();
        for row in &found {
            reject_line(
                &self.entry.path,
                (row.line, row.byte_offset),
                row.column_name.as_deref(),
                &row.reason,
                &row.raw,
                &mut text,
            );
        }
        Ok(Some((text, position)))
    }
}

//! `GET /files/{id}/rejects`.

use common::auth::Authenticated;
use common::http::cursor::Listing;
use common::http::{ApiError, ApiResult, Limit, Paging};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::files::{self, RejectPosition, RejectedRow};
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct ListRejects(pub State);

/// One page, in the order of the file.
#[derive(Debug, Object)]
pub struct RejectPage {
    pub rejects: Vec<RejectItem>,
    /// Continues the list; none on its last page.
    pub next_cursor: Option<String>,
}

/// A row that was left out.
#[derive(Debug, Object)]
#[oai(rename = "Reject")]
pub struct RejectItem {
    /// From 1; of a worksheet the row.
    pub line: i64,
    /// From 0, in the file as it is unpacked; of a worksheet in the text it is read as.
    pub byte_offset: i64,
    /// The field whose value was refused; none when the row as a whole was.
    pub column: Option<String>,
    /// Such as `invalid_email`.
    pub reason: String,
    /// The row as it stands in the file, at most 8 KB of it.
    pub raw: String,
}

/// The sort key of the last row shown.
#[derive(Debug, Serialize, Deserialize)]
struct Position(i64, Uuid);

#[OpenApi(tag = "Tag::Files")]
impl ListRejects {
    /// List the rows of a file that were left out
    #[oai(path = "/files/:id/rejects", method = "get", operation_id = "list_rejects")]
    async fn list(
        &self,
        caller: Authenticated,
        id: Path<Uuid>,
        cursor: Query<Option<String>>,
        #[oai(default)] limit: Query<Limit>,
    ) -> ApiResult<Json<RejectPage>> {
        let listing = Listing::new(caller.0.tenant_id(), "rejects").with("file", id.0);
        let paging = Paging::new(&self.0.cursor_key, listing, limit.0);
        let after = paging.after::<Position>(cursor.0.as_deref())?;
        let after = after.map(|Position(line, reject_id)| RejectPosition { line, reject_id });
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        files::show(&mut tx, id.0).await?.ok_or_else(ApiError::not_found)?;
        let found = files::rejects(&mut tx, id.0, after, paging.rows()).await?;
        let (found, next_cursor) = paging.cut(found, |last| Position(last.line, last.reject_id))?;
        let rejects = found.into_iter().map(RejectItem::from).collect();
        Ok(Json(RejectPage { rejects, next_cursor }))
    }
}

impl From<RejectedRow> for RejectItem {
    fn from(row: RejectedRow) -> Self {
        Self {
            line: row.line,
            byte_offset: row.byte_offset,
            column: row.column_name,
            reason: row.reason,
            raw: row.raw,
        }
    }
}

//! `GET /files`.

use common::auth::Authenticated;
use common::http::cursor::Listing;
use common::http::{ApiResult, Limit, Paging};
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::resource::{FileFeed, FileStatus, SourceFile};
use crate::app::files::{self, LedgerFilter};
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct ListFiles(pub State);

/// One page, those that were met last first.
#[derive(Debug, Object)]
pub struct FilePage {
    pub files: Vec<SourceFile>,
    /// Continues the list; none on its last page.
    pub next_cursor: Option<String>,
}

#[OpenApi(tag = "Tag::Files")]
impl ListFiles {
    /// List files
    ///
    /// Every version of every file that was met on the tenant's server, and what became of it.
    #[oai(path = "/files", method = "get", operation_id = "list_files")]
    async fn list(
        &self,
        caller: Authenticated,
        /// Only of this feed.
        feed: Query<Option<FileFeed>>,
        /// Only those of which this became.
        status: Query<Option<FileStatus>>,
        cursor: Query<Option<String>>,
        #[oai(default)] limit: Query<Limit>,
    ) -> ApiResult<Json<FilePage>> {
        let listing = Listing::new(caller.0.tenant_id(), "files")
            .with("feed", feed.0)
            .with("status", status.0);
        let paging = Paging::new(&self.0.cursor_key, listing, limit.0);
        let after = paging.after(cursor.0.as_deref())?;
        let filter = LedgerFilter {
            feed: feed.0.map(FileFeed::stored),
            state: status.0.map(FileStatus::stored),
        };
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let found = files::list(&mut tx, &filter, after, paging.rows()).await?;
        let (found, next_cursor) = paging.cut(found, |last| last.source_file_id)?;
        let files = found.into_iter().map(SourceFile::from).collect();
        Ok(Json(FilePage { files, next_cursor }))
    }
}

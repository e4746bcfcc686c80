//! `GET /dead-letters`.

use chrono::{DateTime, Utc};
use common::auth::Authenticated;
use common::http::cursor::Listing;
use common::http::{ApiResult, Limit, Paging};
use common::jobs::dead_letter::{self, DeadLetterFilter, DeadLetterPosition};
use common::kernel::DeadLetterId;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::{Deserialize, Serialize};

use super::resource::DeadLetter;
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct ListDeadLetters(pub State);

/// One page, newest first.
#[derive(Debug, Object)]
pub struct DeadLetterPage {
    pub dead_letters: Vec<DeadLetter>,
    /// Continues the list; none on its last page.
    pub next_cursor: Option<String>,
}

/// The sort key of the last row shown.
#[derive(Debug, Serialize, Deserialize)]
struct Position(DateTime<Utc>, DeadLetterId);

#[OpenApi(tag = "Tag::DeadLetters")]
impl ListDeadLetters {
    /// List dead letters
    ///
    /// Newest first.
    #[oai(path = "/dead-letters", method = "get", operation_id = "list_dead_letters")]
    async fn list(
        &self,
        caller: Authenticated,
        /// Only of this kind of step.
        #[oai(validator(max_length = 100))]
        kind: Query<Option<String>>,
        /// Only those whose last error has this code.
        #[oai(validator(max_length = 100))]
        code: Query<Option<String>>,
        /// Only those that nothing was done about.
        #[oai(default)]
        open: Query<bool>,
        cursor: Query<Option<String>>,
        #[oai(default)] limit: Query<Limit>,
    ) -> ApiResult<Json<DeadLetterPage>> {
        let filter = DeadLetterFilter { kind: kind.0, code: code.0, open: open.0 };
        let listing = Listing::new(caller.0.tenant_id(), "dead_letters").with("filter", &filter);
        let paging = Paging::new(&self.0.cursor_key, listing, limit.0);
        let after = paging.after::<Position>(cursor.0.as_deref())?;
        let after = after.map(|Position(created_at, dead_letter_id)| DeadLetterPosition {
            created_at,
            dead_letter_id,
        });
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let found = dead_letter::list(&mut tx, &filter, after, paging.rows()).await?;
        let (found, next_cursor) =
            paging.cut(found, |last| Position(last.created_at, last.dead_letter_id))?;
        let dead_letters = found.into_iter().map(DeadLetter::from).collect();
        Ok(Json(DeadLetterPage { dead_letters, next_cursor }))
    }
}

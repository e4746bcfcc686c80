//! `GET /dead-letters/{id}`.

use common::auth::Authenticated;
use common::http::{ApiError, ApiResult};
use common::jobs::dead_letter;
use common::kernel::DeadLetterId;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use uuid::Uuid;

use super::resource::DeadLetter;
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct ShowDeadLetter(pub State);

#[OpenApi(tag = "Tag::DeadLetters")]
impl ShowDeadLetter {
    /// Show a dead letter
    #[oai(path = "/dead-letters/:id", method = "get", operation_id = "show_dead_letter")]
    async fn show(&self, caller: Authenticated, id: Path<Uuid>) -> ApiResult<Json<DeadLetter>> {
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let letter = dead_letter::show(&mut tx, DeadLetterId::from_uuid(id.0)).await?;
        letter.map(|letter| Json(letter.into())).ok_or_else(ApiError::not_found)
    }
}

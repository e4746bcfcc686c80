//! `GET /files/{id}`.

use common::auth::Authenticated;
use common::http::{ApiError, ApiResult};
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use uuid::Uuid;

use super::resource::SourceFile;
use crate::app::files;
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct ShowFile(pub State);

#[OpenApi(tag = "Tag::Files")]
impl ShowFile {
    /// Show a file
    #[oai(path = "/files/:id", method = "get", operation_id = "show_file")]
    async fn show(&self, caller: Authenticated, id: Path<Uuid>) -> ApiResult<Json<SourceFile>> {
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let file = files::show(&mut tx, id.0).await?;
        file.map(|file| Json(file.into())).ok_or_else(ApiError::not_found)
    }
}

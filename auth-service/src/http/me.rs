//! `GET /me`: who is asking.

use common::auth::LoggedIn;
use common::http::ApiResult;
use poem_openapi::OpenApi;
use poem_openapi::payload::Json;

use super::api::Tag;
use crate::wire::Me;

pub(super) struct MeApi;

#[OpenApi(tag = "Tag::Me")]
impl MeApi {
    /// The caller
    ///
    /// The person, the tenants they belong to and their role in each.
    #[oai(path = "/me", method = "get", operation_id = "me")]
    async fn me(&self, caller: LoggedIn) -> ApiResult<Json<Me>> {
        Ok(Json(Me::from(&*caller.session)))
    }
}

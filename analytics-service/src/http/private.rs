//! JSON with people in it, which nobody on the way may keep.

use poem::http::header::CACHE_CONTROL;
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::payload::Json;
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::types::{ToJSON, Type};

use super::conditional::PRIVATE;

#[derive(Debug)]
pub(super) struct Private<T>(pub(super) T);

impl<T: ToJSON + Send> IntoResponse for Private<T> {
    fn into_response(self) -> Response {
        Json(self.0).with_header(CACHE_CONTROL, PRIVATE).into_response()
    }
}

impl<T: ToJSON + Type + Send> ApiResponse for Private<T> {
    fn meta() -> MetaResponses {
        <Json<T> as ApiResponse>::meta()
    }

    fn register(registry: &mut Registry) {
        <Json<T> as ApiResponse>::register(registry);
    }
}

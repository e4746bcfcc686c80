//! The way to the database and back behind the same door as every answer, and nothing else: what
//! the other routes are measured against.

use std::sync::Arc;

use common::auth::Authenticated;
use common::http::ApiResult;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Services;
use super::tag::Tag;
use crate::app::database_health;

#[derive(Debug, Object)]
struct DatabaseHealth {
    /// Always `reachable`; otherwise the answer is 503.
    status: String,
}

#[derive(Debug)]
pub struct DatabaseApi {
    services: Arc<Services>,
}

impl DatabaseApi {
    pub(super) fn new(services: &Arc<Services>) -> Self {
        Self { services: services.clone() }
    }
}

#[OpenApi(prefix_path = "/health", tag = "Tag::Health")]
impl DatabaseApi {
    /// Whether the database answers the caller's tenant
    #[oai(path = "/database", method = "get", operation_id = "check_database")]
    async fn check(&self, caller: Authenticated) -> ApiResult<Json<DatabaseHealth>> {
        database_health::check(&self.services.db, &caller.0.scope).await?;
        Ok(Json(DatabaseHealth { status: "reachable".to_owned() }))
    }
}

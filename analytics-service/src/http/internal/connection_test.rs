//! `POST /internal/connection-tests/smtp`.

use std::sync::Arc;

use common::auth::CallingService;
use common::connection_test::{ConnectionReport, ConnectionValues};
use common::http::{ApiError, ApiResult};
use poem_openapi::OpenApi;
use poem_openapi::payload::Json;

use crate::http::Services;
use crate::http::tag::Tag;

#[derive(Debug)]
pub struct TestConnectionApi {
    services: Arc<Services>,
}

impl TestConnectionApi {
    pub(in crate::http) fn new(services: &Arc<Services>) -> Self {
        Self { services: services.clone() }
    }
}

#[OpenApi(prefix_path = "/internal", tag = "Tag::Internal")]
impl TestConnectionApi {
    /// Try a mail server
    ///
    /// On behalf of a tenant, for auth-service. Tries the values as they come, step by step, for nine seconds at
    /// most; sends no message and stores nothing.
    #[oai(path = "/connection-tests/smtp", method = "post", operation_id = "test_smtp_connection")]
    async fn test(
        &self,
        caller: CallingService,
        values: Json<ConnectionValues>,
    ) -> ApiResult<Json<ConnectionReport>> {
        let connection = values.smtp().map_err(|error| {
            ApiError::invalid_field("/settings", "malformed", error.to_string()).caused_by(error)
        })?;
        let report = self.services.mail_tester.test(connection).await;
        let code = report.failure().and_then(|step| step.code.as_deref()).unwrap_or_default();
        tracing::info!(
            tenant.id = %caller.tenant,
            asked_by = caller.name,
            connection = "smtp",
            passed = report.passed,
            code,
            "connection tested"
        );
        Ok(Json(report))
    }
}

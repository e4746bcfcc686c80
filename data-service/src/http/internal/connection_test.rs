//! `POST /internal/connection-tests/{kind}`.

use common::auth::CallingService;
use common::connection_test::{ConnectionReport, ConnectionValues, MalformedValues};
use common::http::{ApiError, ApiResult};
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, OpenApi};

use crate::http::{State, Tag};

/// Connections whose adapters are here.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename = "TestedConnection", rename_all = "snake_case")]
enum Kind {
    Bigquery,
    Sftp,
}

pub struct TestConnection(pub State);

#[OpenApi(tag = "Tag::Internal")]
impl TestConnection {
    /// Try a connection
    ///
    /// On behalf of a tenant, for auth-service. Tries the values as they come, step by step, for nine seconds at
    /// most; stores nothing.
    #[oai(
        path = "/internal/connection-tests/:kind",
        method = "post",
        operation_id = "testConnection"
    )]
    async fn test(
        &self,
        caller: CallingService,
        kind: Path<Kind>,
        values: Json<ConnectionValues>,
    ) -> ApiResult<Json<ConnectionReport>> {
        let tester = &self.0.connections;
        let report = match kind.0 {
            Kind::Bigquery => {
                let connection = values.bigquery().map_err(malformed)?;
                tester.bigquery(&connection, &values.datasets).await
            }
            Kind::Sftp => tester.sftp(&values.sftp().map_err(malformed)?).await,
        };
        let code = report.failure().and_then(|step| step.code.as_deref()).unwrap_or_default();
        tracing::info!(
            tenant.id = %caller.tenant,
            asked_by = caller.name,
            connection = ?kind.0,
            passed = report.passed,
            code,
            "connection tested"
        );
        Ok(Json(report))
    }
}

fn malformed(error: MalformedValues) -> ApiError {
    ApiError::invalid_field("/settings", "malformed", error.to_string()).caused_by(error)
}

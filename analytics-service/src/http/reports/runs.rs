//! `/report-runs`: the routes of one resource; what each does is in its own file.

use std::sync::Arc;

use common::auth::Authenticated;
use common::http::{Accepted, ApiError, ClientIp, Idempotency, Limit};
use common::kernel::ReportRunId;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use uuid::Uuid;

use super::body::ReportRunBody;
use super::create::{NewReportRunBody, create};
use super::list::{ReportRunsBody, list};
use super::show::show;
use crate::http::Services;
use crate::http::private::Private;
use crate::http::tag::Tag;

#[derive(Debug)]
pub struct ReportRunsApi {
    services: Arc<Services>,
}

impl ReportRunsApi {
    pub(in crate::http) fn new(services: &Arc<Services>) -> Self {
        Self { services: services.clone() }
    }
}

#[OpenApi(prefix_path = "/report-runs", tag = "Tag::Reports")]
impl ReportRunsApi {
    /// Sends a branch report
    ///
    /// A worker renders and sends it. While the same report to the same recipient is on its way,
    /// the answer names that one.
    #[oai(path = "/", method = "post", operation_id = "create_report_run")]
    async fn create(
        &self,
        caller: Authenticated,
        ip: Data<&ClientIp>,
        body: Json<NewReportRunBody>,
        #[oai(name = "Idempotency-Key")] idempotency: Idempotency,
    ) -> Result<Accepted, ApiError> {
        create(&self.services, caller.0, *ip.0, body.0, &idempotency).await
    }

    /// Reports that were asked for, latest first
    #[oai(path = "/", method = "get", operation_id = "list_report_runs")]
    async fn list(
        &self,
        caller: Authenticated,
        #[oai(default)] limit: Query<Limit>,
        /// From `next_cursor`.
        cursor: Query<Option<String>>,
    ) -> Result<Private<ReportRunsBody>, ApiError> {
        list(&self.services, &caller.0, limit.0, cursor.0.as_deref()).await.map(Private)
    }

    /// What became of a report
    #[oai(path = "/:report_run_id", method = "get", operation_id = "show_report_run")]
    async fn show(
        &self,
        caller: Authenticated,
        report_run_id: Path<Uuid>,
    ) -> Result<Private<ReportRunBody>, ApiError> {
        let id = ReportRunId::from_uuid(report_run_id.0);
        show(&self.services, &caller.0, id).await.map(Private)
    }
}

//! `POST /tenant/export`.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use common::auth::Authenticated;
use common::http::{ApiError, RateLimit};
use futures_util::stream::try_unfold;
use poem::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use poem::{Body, IntoResponse, Response};
use poem_openapi::registry::{
    MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::{ApiResponse, OpenApi};

use crate::app::export_tenant::TenantExport;
use crate::http::{State, Tag};

const LINES: &str = "application/x-ndjson";

/// Of each tenant, as in auth-service.
const EXPORTS_A_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);

#[derive(Debug)]
pub struct ExportTenant {
    state: State,
    limit: Arc<RateLimit>,
}

impl ExportTenant {
    #[must_use]
    pub fn new(state: State) -> Self {
        let period = Duration::from_secs(60);
        let limit = RateLimit::new("export", EXPORTS_A_MINUTE, period, state.clock.clone());
        Self { state, limit: Arc::new(limit) }
    }
}

/// The lines, on their way.
#[derive(Debug)]
struct Lines(Body);

impl IntoResponse for Lines {
    fn into_response(self) -> Response {
        Response::builder()
            .header(CONTENT_TYPE, LINES)
            .header(CONTENT_DISPOSITION, "attachment; filename=\"tenant.ndjson\"")
            .header(CACHE_CONTROL, "private, no-store")
            .body(self.0)
    }
}

impl ApiResponse for Lines {
    fn meta() -> MetaResponses {
        let text = MetaSchema::new_with_format("string", "binary");
        let content =
            MetaMediaType { content_type: LINES, schema: MetaSchemaRef::Inline(Box::new(text)) };
        MetaResponses {
            responses: vec![MetaResponse {
                description: "One JSON object a line: `kind` (`location`, `customer`, `schedule`, `file`), and the row under that name.",
                status: Some(200),
                status_range: None,
                content: vec![content],
                headers: Vec::new(),
            }],
        }
    }

    fn register(_registry: &mut Registry) {}
}

#[OpenApi(tag = "Tag::Export")]
impl ExportTenant {
    /// Export master data and schedules
    ///
    /// Every branch and customer with all columns that were sent, also those that are no longer active, every schedule,
    /// and the list of files that were met. Without secrets: connections, members and keys, likewise without secrets,
    /// are in `POST /auth/v1/tenant/export`. Facts are in neither: they come from the tenant's own BigQuery, and
    /// `POST /analytics/v1/stats/export` gives their numbers; rows that were left out of a file are at the file. Who
    /// asked is written down.
    #[oai(path = "/tenant/export", method = "post", operation_id = "export_tenant")]
    async fn export(&self, caller: Authenticated) -> Result<Lines, ApiError> {
        self.limit.check(caller.0.tenant_id())?;
        let export = TenantExport::begin(&self.state.db, &caller.0).await?;
        // A failure breaks the answer off: the client sees that it is not whole, and nobody else would.
        let lines = try_unfold(export, async |mut export: TenantExport| {
            let lines = export.next().await.inspect_err(|error| {
                tracing::error!(%error, tenant.id = %export.tenant_id(),
                    "the export of the tenant broke off");
            });
            let lines = lines.map_err(std::io::Error::other)?;
            Ok::<_, std::io::Error>(lines.map(|lines| (Bytes::from(lines), export)))
        });
        Ok(Lines(Body::from_bytes_stream(lines)))
    }
}

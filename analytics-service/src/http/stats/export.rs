//! `POST /stats/export`

use std::sync::Arc;

use bytes::Bytes;
use common::audit::{self, Entry};
use common::auth::{Authenticated, Caller};
use common::http::ApiError;
use common::kernel::TenantId;
use futures_util::{TryStreamExt, stream};
use poem::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use poem::{Body, IntoResponse, Response};
use poem_openapi::payload::Json;
use poem_openapi::registry::{
    MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::{ApiResponse, Enum, Object, OpenApi};
use serde_json::json;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::checked_query::CheckedQuery;
use super::query_request::QueryBody;
use crate::app::stats::{Basis, ExportError, Found, StatsError, export, find};
use crate::domain::query::QueryError;
use crate::domain::sheet::{CsvSheet, Sheet, XlsxSheet};
use crate::http::Services;
use crate::http::conditional::PRIVATE;
use crate::http::tag::Tag;

/// How much of a file is read at once.
const CHUNK: usize = 1 << 16;

/// The kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
enum Format {
    /// UTF-8, commas, a head line.
    Csv,
    /// A workbook; what does not fit on one sheet goes on the next.
    Xlsx,
}

impl Format {
    const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    const fn suffix(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    fn sheet(self) -> Box<dyn Sheet> {
        match self {
            Self::Csv => Box::<CsvSheet>::default(),
            Self::Xlsx => Box::<XlsxSheet>::default(),
        }
    }
}

/// A query whose whole answer becomes a file. Its page is not looked at.
#[derive(Debug, Object)]
#[oai(rename = "StatsExport", deny_unknown_fields)]
struct ExportBody {
    format: Format,
    query: QueryBody,
}

/// The file, on its way.
#[derive(Debug)]
struct ExportFile {
    format: Format,
    name: String,
    body: Body,
}

impl IntoResponse for ExportFile {
    fn into_response(self) -> Response {
        Response::builder()
            .header(CONTENT_TYPE, self.format.content_type())
            .header(CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", self.name))
            .header(CACHE_CONTROL, PRIVATE)
            .body(self.body)
    }
}

impl ApiResponse for ExportFile {
    fn meta() -> MetaResponses {
        let file = |format: Format| MetaMediaType {
            content_type: format.content_type(),
            schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format(
                "string", "binary",
            ))),
        };
        MetaResponses {
            responses: vec![MetaResponse {
                description: "The file.",
                status: Some(200),
                status_range: None,
                content: vec![file(Format::Csv), file(Format::Xlsx)],
                headers: Vec::new(),
            }],
        }
    }

    fn register(_registry: &mut Registry) {}
}

#[derive(Debug)]
pub struct ExportApi {
    services: Arc<Services>,
}

impl ExportApi {
    pub(in crate::http) fn new(services: &Arc<Services>) -> Self {
        Self { services: services.clone() }
    }
}

#[OpenApi(prefix_path = "/stats", tag = "Tag::Statistics")]
impl ExportApi {
    /// The whole answer of a query as a file
    ///
    /// A row for each bucket and value in which something happened, however many there are; nothing
    /// is compared. Who exported what is written down. A branch-scoped member exports what belongs
    /// to their branches.
    #[oai(path = "/export", method = "post", operation_id = "stats_export")]
    async fn download(
        &self,
        caller: Authenticated,
        body: Json<ExportBody>,
    ) -> Result<ExportFile, ApiError> {
        self.services.limits.count_export(&caller.0)?;
        let refuse = |error: QueryError| {
            ApiError::invalid_field(format!("/query/{}", error.place), error.code, error.detail)
        };
        let ExportBody { format, query } = body.0;
        let CheckedQuery { body: query, query: asked, question } =
            CheckedQuery::new(query, &caller.0.locations, refuse)?;
        let body = ExportBody { format, query };
        let turn = self.services.turns.wait().await?;
        let mut tx = self.services.db.snapshot(&caller.0.scope).await?;
        let now = self.services.clock.now();
        let Found::Property(basis) = find(&mut tx, &question, now, &self.services.basis).await?
        else {
            return Err(ApiError::conflict(
                "no_property",
                "no Analytics property is connected yet",
            ));
        };
        let channels = body.query.channels();
        let mut file = scratch()?;
        let mut sheet = body.format.sheet();
        let rows = export(&mut tx, &basis, &asked, &channels, sheet.as_mut(), &mut file)
            .await
            .map_err(|error| match error {
                ExportError::Stats(StatsError::Query(error)) => refuse(error),
                ExportError::Stats(error) => error.into(),
                ExportError::TooLarge(error) => {
                    ApiError::invalid_field("/format", "too_large", error.to_string())
                }
                ExportError::File(error) => ApiError::internal(error),
            })?;
        drop((tx, turn));
        self.record(&caller.0, &basis, &body, rows).await?;
        file.rewind().await.map_err(ApiError::internal)?;
        let (first, last) = (asked.range.first(), asked.range.last());
        Ok(ExportFile {
            format: body.format,
            name: format!("footfall-{first}-{last}.{}", body.format.suffix()),
            body: Body::from_bytes_stream(chunks(file, caller.0.tenant_id(), body.format)),
        })
    }
}

impl ExportApi {
    async fn record(
        &self,
        caller: &Caller,
        basis: &Basis,
        body: &ExportBody,
        rows: u64,
    ) -> Result<(), ApiError> {
        let actor = caller.actor();
        let entry = Entry {
            detail: json!({
                "property_id": basis.property_id,
                "metrics": body.query.metrics,
                "dimensions": body.query.dimensions,
                "first": body.query.first.0,
                "last": body.query.last.0,
                "format": body.format.suffix(),
                "rows": rows,
            }),
            ..Entry::done(&actor, "statistics.exported", "statistics")
        };
        let mut tx = self.services.db.tenant(&caller.scope).await?;
        audit::record(&mut tx, &entry).await?;
        Ok(tx.commit().await?)
    }
}

/// The file is complete before its first byte leaves: a slow reader holds no transaction open.
fn scratch() -> Result<File, ApiError> {
    tempfile::tempfile().map(File::from_std).map_err(ApiError::internal)
}

fn chunks(
    file: File,
    tenant: TenantId,
    format: Format,
) -> impl stream::Stream<Item = Result<Bytes, std::io::Error>> + Send {
    let chunks = stream::try_unfold(file, async |mut file: File| {
        let mut chunk = vec![0; CHUNK];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(chunk), file)))
    });
    // The answer has begun: its reader sees no more than that it ends early.
    chunks.inspect_err(move |error: &std::io::Error| {
        let format = format.suffix();
        tracing::error!(tenant.id = %tenant, export.format = format, %error, "an export broke off");
    })
}

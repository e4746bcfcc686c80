//! `GET /reports/preview`

use std::sync::Arc;

use common::auth::Authenticated;
use common::http::{ApiError, ClientIp};
use poem::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use poem::web::Data;
use poem::{IntoResponse, Response};
use poem_openapi::param::Query;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Enum, OpenApi};

use crate::app::reports::{Period, compose};
use crate::http::Services;
use crate::http::conditional::PRIVATE;
use crate::http::contacts::note_shown;
use crate::http::stats::range_of;
use crate::http::tag::Tag;
use crate::wire::Day;

/// The page is a mail: it may be styled, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// Which of the message's two forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
#[oai(rename_all = "snake_case")]
enum Form {
    #[default]
    Html,
    Text,
}

/// The very bytes a message would hold.
#[derive(Debug)]
enum Preview {
    Html(String),
    Text(String),
}

impl IntoResponse for Preview {
    fn into_response(self) -> Response {
        let answer = Response::builder().header(CACHE_CONTROL, PRIVATE);
        match self {
            Self::Html(page) => answer
                .header(CONTENT_SECURITY_POLICY, POLICY)
                .content_type("text/html; charset=utf-8")
                .body(page),
            Self::Text(text) => answer.content_type("text/plain; charset=utf-8").body(text),
        }
    }
}

// Written out, because the derive would document one of the two forms only.
impl ApiResponse for Preview {
    fn meta() -> MetaResponses {
        let form = |content_type| MetaMediaType { content_type, schema: String::schema_ref() };
        MetaResponses {
            responses: vec![MetaResponse {
                description: "The very bytes a message would hold.",
                status: Some(200),
                status_range: None,
                content: vec![form("text/html"), form("text/plain")],
                headers: Vec::new(),
            }],
        }
    }

    fn register(_: &mut Registry) {}
}

#[derive(Debug)]
pub struct PreviewApi {
    services: Arc<Services>,
}

impl PreviewApi {
    pub(in crate::http) fn new(services: &Arc<Services>) -> Self {
        Self { services: services.clone() }
    }
}

#[OpenApi(prefix_path = "/reports", tag = "Tag::Reports")]
impl PreviewApi {
    /// A branch report as it would be sent
    #[oai(path = "/preview", method = "get", operation_id = "preview_branch_report")]
    #[expect(clippy::too_many_arguments, reason = "one argument for each parameter of the route")]
    async fn show(
        &self,
        caller: Authenticated,
        ip: Data<&ClientIp>,
        /// Location code, or `(unassigned)`.
        location: Query<String>,
        /// First local day.
        first: Query<Day>,
        /// Last local day, inclusive. At most 92 days.
        last: Query<Day>,
        /// GA4 property number; required when the tenant has several.
        property: Query<Option<i64>>,
        #[oai(default)] format: Query<Form>,
    ) -> Result<Preview, ApiError> {
        let range = range_of(first.0, last.0)?;
        let period = Period { property_id: property.0, location: location.0, range };
        let _turn = self.services.turns.wait().await?;
        let mut tx = self.services.db.tenant(&caller.0.scope).await?;
        let composed = compose(&mut tx, &period, self.services.clock.now()).await?;
        let shown = composed.report.carts.iter().filter_map(|cart| cart.contact.as_ref());
        let route = "GET /analytics/v1/reports/preview";
        note_shown(&mut tx, &caller.0, *ip.0, route, shown).await?;
        tx.commit().await?;
        let rendered = self.services.reports.render(&composed.report)?;
        Ok(match format.0 {
            Form::Html => Preview::Html(rendered.html),
            Form::Text => Preview::Text(rendered.text),
        })
    }
}

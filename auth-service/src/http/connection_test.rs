//! `POST /tenant/connections/{kind}/test`.

use std::collections::BTreeMap;

use common::auth::Authenticated;
use common::connection_test::ConnectionReport;
use common::http::ApiResult;
use common::tenant_config::ConnectionKind;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, OpenApi};
use serde_json::Value;

use super::api::{State, Tag};
use crate::app::test_connection;

/// An outside system of a tenant.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename = "ConnectionKind", rename_all = "snake_case")]
enum Kind {
    Bigquery,
    Sftp,
    Smtp,
}

impl From<Kind> for ConnectionKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Bigquery => Self::BigQuery,
            Kind::Sftp => Self::Sftp,
            Kind::Smtp => Self::Smtp,
        }
    }
}

pub(super) struct ConnectionTestApi(pub(super) State);

#[OpenApi(tag = "Tag::Configuration")]
impl ConnectionTestApi {
    /// Try a connection
    ///
    /// With what is saved, and over it whatever the body has of `connections/<kind>` as a JSON merge patch: `{}`
    /// tries what is saved. Each step is answered with how it went and how long it took, in ten seconds at most.
    /// Nothing is stored, and no secret is shown. Five a minute for each tenant.
    #[oai(
        path = "/tenant/connections/:kind/test",
        method = "post",
        operation_id = "testConnection"
    )]
    async fn test(
        &self,
        caller: Authenticated,
        kind: Path<Kind>,
        unsaved: Json<BTreeMap<String, Value>>,
    ) -> ApiResult<Json<ConnectionReport>> {
        self.0.count_connection_test(caller.0.tenant_id())?;
        let unsaved = Value::Object(unsaved.0.into_iter().collect());
        let report =
            test_connection(self.0.app()?, &caller.0.scope, kind.0.into(), unsaved).await?;
        Ok(Json(report))
    }
}

//! `/tenant`: the caller's tenant.

use common::auth::Authenticated;
use common::http::ApiResult;
use poem_openapi::OpenApi;
use poem_openapi::payload::Json;

use super::api::{State, Tag};
use super::client::Client;
use crate::app::{Asker, export_tenant, rename_tenant, show_tenant};
use crate::wire::{Tenant, TenantChange, TenantExport};

pub(super) struct TenantApi(pub(super) State);

#[OpenApi(prefix_path = "/tenant", tag = "Tag::Tenant")]
impl TenantApi {
    /// Show the tenant
    #[oai(path = "/", method = "get", operation_id = "getTenant")]
    async fn show(&self, caller: Authenticated) -> ApiResult<Json<Tenant>> {
        Ok(Json(show_tenant(self.0.app()?, &caller.0.scope).await?.into()))
    }

    /// Rename the tenant
    #[oai(path = "/", method = "patch", operation_id = "changeTenant")]
    async fn change(
        &self,
        caller: Authenticated,
        client: Client<'_>,
        change: Json<TenantChange>,
    ) -> ApiResult<Json<Tenant>> {
        let asker = Asker { caller: &caller.0, visitor: client.0 };
        Ok(Json(rename_tenant(self.0.app()?, asker, change.0.name.trim()).await?.into()))
    }

    /// Export the tenant
    ///
    /// Configuration, members, invitations and API keys in one document, without secrets.
    /// `elsewhere` says where the rest is: customers, branches and schedules, endpoints of
    /// webhooks, reports, action items, statistics, the audit trail. Facts themselves come from the
    /// tenant's own BigQuery and are not exported.
    #[oai(path = "/export", method = "post", operation_id = "exportTenant")]
    async fn export(
        &self,
        caller: Authenticated,
        client: Client<'_>,
    ) -> ApiResult<Json<TenantExport>> {
        self.0.count_export(&caller.0)?;
        let asker = Asker { caller: &caller.0, visitor: client.0 };
        Ok(Json(export_tenant(self.0.app()?, asker).await?.try_into()?))
    }
}

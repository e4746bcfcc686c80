//! The tenant itself, and all that is kept about it.

use chrono::{DateTime, Utc};
use common::http::ApiError;
use poem_openapi::Object;
use uuid::Uuid;

use super::{ApiKey, Invitation, MemberBody, TenantConfiguration, configuration};
use crate::app;
use crate::store::tenant::TenantRow;

/// A company that uses the product.
#[derive(Debug, Object)]
pub struct Tenant {
    pub tenant_id: Uuid,
    pub slug: String,
    pub name: String,
    /// `active`, `suspended` or `deleting`.
    pub state: String,
    pub created_at: DateTime<Utc>,
}

impl From<TenantRow> for Tenant {
    fn from(row: TenantRow) -> Self {
        Self {
            tenant_id: row.tenant_id,
            slug: row.slug,
            name: row.name,
            state: row.state,
            created_at: row.created_at,
        }
    }
}

/// Another name.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct TenantChange {
    #[oai(validator(min_length = 1, max_length = 200))]
    pub name: String,
}

/// Configuration and accounts, without secrets.
#[derive(Debug, Object)]
pub struct TenantExport {
    pub exported_at: DateTime<Utc>,
    pub tenant: Tenant,
    pub configuration: TenantConfiguration,
    pub members: Vec<MemberBody>,
    pub invitations: Vec<Invitation>,
    pub api_keys: Vec<ApiKey>,
    /// What else is kept about the tenant, and which route gives it.
    pub elsewhere: Vec<ExportedElsewhere>,
}

/// A part of a tenant that another route exports.
#[derive(Debug, Object)]
pub struct ExportedElsewhere {
    pub what: String,
    /// Method and path.
    pub route: String,
}

/// Of all services; a test holds the routes against the documents.
const ELSEWHERE: [(&str, &str); 7] = [
    ("customers, branches, schedules and the list of files", "POST /data/v1/tenant/export"),
    ("endpoints of webhooks", "GET /data/v1/webhook-endpoints"),
    ("jobs", "GET /data/v1/jobs"),
    ("report runs", "GET /analytics/v1/report-runs"),
    ("action items", "GET /analytics/v1/action-items"),
    ("numbers of every day and dimension", "POST /analytics/v1/stats/export"),
    ("audit trail", "GET /auth/v1/audit"),
];

impl TryFrom<app::TenantExport> for TenantExport {
    type Error = ApiError;

    fn try_from(export: app::TenantExport) -> Result<Self, ApiError> {
        Ok(Self {
            exported_at: export.exported_at,
            tenant: export.tenant.into(),
            configuration: configuration(export.configuration)?,
            members: export.members.into_iter().map(Into::into).collect(),
            invitations: export.invitations.into_iter().map(Into::into).collect(),
            api_keys: export.api_keys.into_iter().map(Into::into).collect(),
            elsewhere: ELSEWHERE
                .map(|(what, route)| ExportedElsewhere {
                    what: what.to_owned(),
                    route: route.to_owned(),
                })
                .into(),
        })
    }
}

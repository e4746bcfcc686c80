//! What keeps us from looking at the source, as answers.

use common::http::ApiError;
use common::tenant_config::TenantConfigError;

use crate::app::open_warehouse::OpenError;

impl From<OpenError> for ApiError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Db(error) | OpenError::Config(TenantConfigError::Db(error)) => error.into(),
            OpenError::NoConnection | OpenError::Config(TenantConfigError::Missing) => {
                let detail = "no BigQuery connection with a service account key is configured";
                Self::conflict("connection_missing", detail)
            }
            OpenError::Config(error) => Self::internal(error),
            OpenError::UnknownProperty(property) => {
                let detail = format!("the property {property} is not configured");
                Self::invalid_parameter("property_id", "unknown_property", detail)
            }
            OpenError::Warehouse(error) if error.may_pass() => {
                Self::unavailable("source_unavailable", 30, error.told()).caused_by(error)
            }
            OpenError::Warehouse(error) => {
                Self::conflict("source_refused", error.told()).caused_by(error)
            }
        }
    }
}

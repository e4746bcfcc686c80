//! The bodies of `POST /webhook-endpoints` and `PATCH /webhook-endpoints/{id}`.

use common::http::ApiError;
use poem_openapi::Object;

use crate::app::webhooks::{EndpointChange, NewEndpoint};

/// Where a shop is to send what happens in it.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct NewWebhookEndpoint {
    /// Unique within the tenant.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub name: String,
    /// GA4 property number whose live view shows the events. Some day of it must be loaded.
    pub property_id: i64,
}

/// What is left out stays as it is.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct WebhookEndpointChange {
    /// Unique within the tenant.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub name: Option<String>,
    /// False answers deliveries as if the endpoint were not there.
    pub enabled: Option<bool>,
}

impl NewWebhookEndpoint {
    /// What the schema cannot say.
    pub(super) fn checked(self) -> Result<NewEndpoint, ApiError> {
        if self.property_id <= 0 {
            let detail = "a GA4 property number is greater than 0";
            return Err(ApiError::invalid_field("/property_id", "out_of_range", detail));
        }
        Ok(NewEndpoint { name: visible(&self.name)?, property_id: self.property_id })
    }
}

impl WebhookEndpointChange {
    /// What the schema cannot say.
    pub(super) fn checked(self) -> Result<EndpointChange, ApiError> {
        let name = self.name.as_deref().map(visible).transpose()?;
        Ok(EndpointChange { name, enabled: self.enabled })
    }
}

fn visible(name: &str) -> Result<String, ApiError> {
    let name = name.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        let detail = "a name has visible characters only";
        return Err(ApiError::invalid_field("/name", "malformed", detail));
    }
    Ok(name.to_owned())
}

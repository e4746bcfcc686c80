//! `/data/v1/webhook-endpoints`: where shops send what happens in them.

mod collection;
mod deliveries;
mod one;
mod request;
mod resource;
mod rotate_secret;

pub use collection::WebhookEndpoints;
pub use deliveries::ListDeliveries;
pub use one::OneWebhookEndpoint;
pub use rotate_secret::RotateSecret;

use common::http::ApiError;

use crate::app::webhooks::EndpointError;

fn refused(error: EndpointError) -> ApiError {
    match error {
        EndpointError::NameTaken => {
            let detail = "another endpoint has this name";
            ApiError::conflict("name_taken", detail).pointer("/name", "name_taken", detail)
        }
        EndpointError::UnknownProperty => {
            let detail = "no property of this number was loaded yet";
            ApiError::invalid_field("/property_id", "unknown_property", detail)
        }
        EndpointError::Secret(error) => ApiError::internal(error),
        EndpointError::Db(error) => error.into(),
    }
}

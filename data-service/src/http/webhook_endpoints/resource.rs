//! An endpoint as the API shows it.

use chrono::{DateTime, Utc};
use common::http::ETag;
use common::kernel::Secret;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object};
use uuid::Uuid;

use crate::app::webhooks::EndpointRow;

/// Where a shop sends what happens in it.
#[derive(Debug, Object)]
pub struct WebhookEndpoint {
    pub id: Uuid,
    pub name: String,
    /// GA4 property number whose live view shows the events.
    pub property_id: i64,
    /// Deliveries to one that is not enabled are answered 404.
    pub enabled: bool,
    /// The path to deliver to, on the host of this service.
    pub path: String,
    /// Until then the secret before the current one is good, too.
    pub previous_secret_until: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Object)]
pub struct WebhookEndpointList {
    pub webhook_endpoints: Vec<WebhookEndpoint>,
}

/// An endpoint and its new secret.
#[derive(Debug, Object)]
pub struct WebhookEndpointSecret {
    pub webhook_endpoint: WebhookEndpoint,
    /// `whsec_` and base64, as Standard Webhooks writes it. Shown this once.
    pub secret: String,
}

#[derive(Debug, ApiResponse)]
pub enum Shown {
    #[oai(status = 200)]
    Endpoint(
        Json<WebhookEndpoint>,
        /// Its version, to be sent as `If-Match` with a change.
        #[oai(header = "ETag")]
        String,
    ),
}

#[derive(Debug, ApiResponse)]
pub enum Created {
    #[oai(status = 201)]
    Endpoint(
        Json<WebhookEndpointSecret>,
        #[oai(header = "Location")] String,
        /// Its version, to be sent as `If-Match` with a change.
        #[oai(header = "ETag")]
        String,
    ),
}

#[derive(Debug, ApiResponse)]
pub enum Rotated {
    #[oai(status = 200)]
    Endpoint(
        Json<WebhookEndpointSecret>,
        /// Its version, to be sent as `If-Match` with a change.
        #[oai(header = "ETag")]
        String,
    ),
}

#[derive(Debug, ApiResponse)]
pub enum Removed {
    /// Deliveries to it are answered 404.
    #[oai(status = 204)]
    Removed,
}

pub(super) fn tag(endpoint: &EndpointRow) -> ETag {
    ETag::version(endpoint.version)
}

impl Shown {
    pub(super) fn at(endpoint: EndpointRow, now: DateTime<Utc>) -> Self {
        let tag = tag(&endpoint).to_string();
        Self::Endpoint(Json(WebhookEndpoint::at(endpoint, now)), tag)
    }
}

impl Created {
    pub(super) fn at(endpoint: EndpointRow, secret: &Secret, now: DateTime<Utc>) -> Self {
        let tag = tag(&endpoint).to_string();
        let location = format!("/data/v1/webhook-endpoints/{}", endpoint.webhook_endpoint_id);
        Self::Endpoint(Json(WebhookEndpointSecret::at(endpoint, secret, now)), location, tag)
    }
}

impl Rotated {
    pub(super) fn at(endpoint: EndpointRow, secret: &Secret, now: DateTime<Utc>) -> Self {
        let tag = tag(&endpoint).to_string();
        Self::Endpoint(Json(WebhookEndpointSecret::at(endpoint, secret, now)), tag)
    }
}

impl WebhookEndpointSecret {
    fn at(endpoint: EndpointRow, secret: &Secret, now: DateTime<Utc>) -> Self {
        let secret = secret.expose().to_owned();
        Self { webhook_endpoint: WebhookEndpoint::at(endpoint, now), secret }
    }
}

impl WebhookEndpoint {
    /// As it stands at `now`.
    pub(super) fn at(row: EndpointRow, now: DateTime<Utc>) -> Self {
        Self {
            id: row.webhook_endpoint_id,
            path: format!("/hooks/{}", row.webhook_endpoint_id),
            previous_secret_until: row.previous_secret_until.filter(|_| row.overlapping(now)),
            name: row.name,
            property_id: row.property_id,
            enabled: row.enabled,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

//! `POST /backfills`.

use common::auth::Authenticated;
use common::http::{Accepted, ApiError, ApiResult, Idempotency};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::MONTHS;
use crate::app::first_connect::window;
use crate::app::submit_job::{IngestRequest, JobRequest};
use crate::http::jobs::accept;
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct CreateBackfill(pub State);

/// How much of the past to load.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct NewBackfill {
    /// Months back from today.
    #[oai(validator(minimum(value = "1"), maximum(value = "60")))]
    pub months: u32,
    /// GA4 property numbers; all that are configured when empty.
    #[oai(default, validator(max_items = "50"))]
    pub properties: Vec<i64>,
}

#[OpenApi(tag = "Tag::FirstConnect")]
impl CreateBackfill {
    /// Load the last months
    ///
    /// A job of kind `ingest` that loads every day of the last months that is not loaded, each within the tenant's
    /// limits of cost. `GET /backfills/estimate` tells before what it takes.
    #[oai(path = "/backfills", method = "post", operation_id = "create_backfill")]
    async fn create(
        &self,
        caller: Authenticated,
        #[oai(name = "Idempotency-Key")] idempotency: Idempotency,
        body: Json<NewBackfill>,
    ) -> ApiResult<Accepted> {
        let NewBackfill { months, properties } = body.0;
        if !MONTHS.contains(&months) {
            let detail = "must be from 1 to 60";
            return Err(ApiError::invalid_field("/months", "out_of_range", detail));
        }
        if let Some(index) = properties.iter().position(|property| *property <= 0) {
            let detail = "a GA4 property number is greater than 0";
            let pointer = format!("/properties/{index}");
            return Err(ApiError::invalid_field(pointer, "out_of_range", detail));
        }
        let first = Some(window(self.0.clock.now().date_naive(), months));
        let request =
            JobRequest::Ingest(IngestRequest { properties, first, ..IngestRequest::default() });
        accept(&self.0, &caller.0, &idempotency, &request).await
    }
}

//! `GET /backfills/estimate`.

use chrono::NaiveDate;
use common::auth::Authenticated;
use common::http::{ApiError, ApiResult};
use common::tenant_config::Reading;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};

use super::MONTHS;
use crate::app::first_connect::{BackfillEstimate, estimate};
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct EstimateBackfill(pub State);

#[derive(Debug, Object)]
pub struct BackfillEstimateList {
    pub properties: Vec<PropertyEstimate>,
}

/// How rows are read: `list`, which BigQuery does not bill, or `query`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum SourceReading {
    List,
    Query,
}

/// What a back-fill of one property would take.
#[derive(Debug, Object)]
pub struct PropertyEstimate {
    /// GA4 property number.
    pub property_id: i64,
    pub dataset: String,
    pub reading: SourceReading,
    /// Oldest day to load.
    pub first_day: Option<NaiveDate>,
    /// Newest day to load.
    pub last_day: Option<NaiveDate>,
    /// Days to load: those that have a daily table and are not loaded.
    pub days: u32,
    /// Days that are loaded already.
    pub loaded_days: u32,
    /// Tables that the sums come from; they are exact when it is all days to load.
    pub sampled_days: u32,
    pub rows: u64,
    /// Size of the tables.
    pub bytes: u64,
    /// Bytes that BigQuery would bill.
    pub billed_bytes: u64,
}

#[OpenApi(tag = "Tag::FirstConnect")]
impl EstimateBackfill {
    /// Estimate a back-fill
    ///
    /// Asks BigQuery what the tables of the last months hold and what reading them would be billed; costs nothing
    /// there and takes up to 20 s. Above 24 days it looks at 24 of them.
    #[oai(path = "/backfills/estimate", method = "get", operation_id = "estimate_backfill")]
    async fn estimate(
        &self,
        caller: Authenticated,
        /// Months back from today, from 1 to 60.
        months: Query<u32>,
        /// Only this GA4 property.
        property_id: Query<Option<i64>>,
    ) -> ApiResult<Json<BackfillEstimateList>> {
        if !MONTHS.contains(&months.0) {
            let detail = "must be from 1 to 60";
            return Err(ApiError::invalid_parameter("months", "out_of_range", detail));
        }
        let (ingestion, scope) = (&self.0.ingestion, &caller.0.scope);
        let source = ingestion.source(scope).await?;
        let properties: Vec<i64> = property_id.0.into_iter().collect();
        let estimates = estimate(ingestion, scope, &source, &properties, months.0).await?;
        let properties = estimates.into_iter().map(PropertyEstimate::from).collect();
        Ok(Json(BackfillEstimateList { properties }))
    }
}

impl From<BackfillEstimate> for PropertyEstimate {
    fn from(estimate: BackfillEstimate) -> Self {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            property_id: estimate.property_id,
            dataset: estimate.dataset,
            reading: match estimate.reading {
                Reading::List => SourceReading::List,
                Reading::Query => SourceReading::Query,
            },
            first_day: estimate.first,
            last_day: estimate.last,
            days: count(estimate.days),
            loaded_days: count(estimate.loaded_days),
            sampled_days: count(estimate.sampled_days),
            rows: estimate.rows,
            bytes: estimate.bytes,
            billed_bytes: estimate.billed_bytes,
        }
    }
}

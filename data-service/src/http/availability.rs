//! `GET /availability`.

use chrono::{DateTime, NaiveDate, Utc};
use common::auth::Authenticated;
use common::http::ApiResult;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::date_range::{self, Place};
use super::{State, Tag};
use crate::app::availability::{LoadedDay, PropertyAvailability, availability};

#[derive(Debug)]
pub struct ListAvailability(pub State);

/// What of the tenant's data is there.
#[derive(Debug, Object)]
pub struct Availability {
    pub properties: Vec<AvailableProperty>,
}

#[derive(Debug, Object)]
pub struct AvailableProperty {
    /// GA4 property number.
    pub property_id: i64,
    /// Oldest first.
    pub days: Vec<AvailableDay>,
    /// Days between the first and the last loaded one that are not loaded.
    pub missing: Vec<NaiveDate>,
    /// Provisional days whose daily table should be there by now: four days have passed.
    pub daily_missing: Vec<NaiveDate>,
    /// When such days were first found; the admins were told then, and are not again before all of them came.
    pub daily_missing_since: Option<DateTime<Utc>>,
}

/// A loaded day: rows in the source = loaded + collapsed + rejected.
#[derive(Debug, Object)]
pub struct AvailableDay {
    pub date: NaiveDate,
    /// Kind of the source table: `daily`, or `intraday` and `fresh`, which are provisional.
    pub kind: String,
    /// The day may still change a great deal: its daily table is not there yet.
    pub provisional: bool,
    /// The property's data version when the day last changed.
    pub version: i64,
    pub source_rows: i64,
    pub loaded_rows: i64,
    /// Duplicates of loaded rows.
    pub collapsed_rows: i64,
    pub rejected_rows: i64,
    pub loaded_at: DateTime<Utc>,
}

#[OpenApi(tag = "Tag::Availability")]
impl ListAvailability {
    /// List loaded days
    #[oai(path = "/availability", method = "get", operation_id = "list_availability")]
    async fn list(
        &self,
        caller: Authenticated,
        /// Only this GA4 property.
        property_id: Query<Option<i64>>,
        /// First day.
        from: Query<Option<NaiveDate>>,
        /// Last day.
        to: Query<Option<NaiveDate>>,
    ) -> ApiResult<Json<Availability>> {
        let (first, last) = date_range::open(from.0, to.0, Place::Query("to"))?;
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let found = availability(&mut tx, property_id.0, first, last).await?;
        let properties = found.into_iter().map(AvailableProperty::from).collect();
        Ok(Json(Availability { properties }))
    }
}

impl From<PropertyAvailability> for AvailableProperty {
    fn from(property: PropertyAvailability) -> Self {
        Self {
            property_id: property.property_id,
            days: property.days.into_iter().map(AvailableDay::from).collect(),
            missing: property.missing,
            daily_missing: property.daily_missing,
            daily_missing_since: property.daily_missing_since,
        }
    }
}

impl From<LoadedDay> for AvailableDay {
    fn from(day: LoadedDay) -> Self {
        Self {
            date: day.date,
            provisional: day.provisional(),
            kind: day.kind,
            version: day.version,
            source_rows: day.source_rows,
            loaded_rows: day.loaded_rows,
            collapsed_rows: day.collapsed_rows,
            rejected_rows: day.rejected_rows,
            loaded_at: day.loaded_at,
        }
    }
}

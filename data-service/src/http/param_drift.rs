//! `GET /param-drift`.

use chrono::NaiveDate;
use common::auth::Authenticated;
use common::http::cursor::Listing;
use common::http::{ApiResult, Limit, Paging};
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::{State, Tag};
use crate::app::param_drift::{self, DriftPosition, DriftRow};

#[derive(Debug)]
pub struct ListParamDrift(pub State);

/// One page, by property and key.
#[derive(Debug, Object)]
pub struct ParamDriftPage {
    pub drifts: Vec<ParamDrift>,
    /// Continues the list; none on its last page.
    pub next_cursor: Option<String>,
}

/// Values that stood in another type than they are needed in and could not be brought over without a loss: they count as
/// absent.
#[derive(Debug, Object)]
pub struct ParamDrift {
    /// GA4 property number.
    pub property_id: i64,
    /// Of an event parameter, or the path of a column.
    pub key: String,
    /// Where the value stood: `string`, `int`, `float` or `double`.
    pub from: String,
    pub to: String,
    /// Over all loads; a day that is loaded again counts again.
    pub occurrences: i64,
    /// The first day of the property that had one.
    pub first_seen: NaiveDate,
    pub last_seen: NaiveDate,
}

#[OpenApi(tag = "Tag::Availability")]
impl ListParamDrift {
    /// List parameters that come in other types
    #[oai(path = "/param-drift", method = "get", operation_id = "list_param_drift")]
    async fn list(
        &self,
        caller: Authenticated,
        /// Only this GA4 property.
        property_id: Query<Option<i64>>,
        cursor: Query<Option<String>>,
        #[oai(default)] limit: Query<Limit>,
    ) -> ApiResult<Json<ParamDriftPage>> {
        let listing =
            Listing::new(caller.0.tenant_id(), "param_drift").with("property_id", property_id.0);
        let paging = Paging::new(&self.0.cursor_key, listing, limit.0);
        let after = paging.after::<DriftPosition>(cursor.0.as_deref())?;
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let found =
            param_drift::list(&mut tx, property_id.0, after.as_ref(), paging.rows()).await?;
        let (found, next_cursor) = paging.cut(found, DriftRow::position)?;
        let drifts = found.into_iter().map(ParamDrift::from).collect();
        Ok(Json(ParamDriftPage { drifts, next_cursor }))
    }
}

impl From<DriftRow> for ParamDrift {
    fn from(row: DriftRow) -> Self {
        Self {
            property_id: row.property_id,
            key: row.key,
            from: row.from_type,
            to: row.to_type,
            occurrences: row.occurrences,
            first_seen: row.first_seen,
            last_seen: row.last_seen,
        }
    }
}

//! Branch and origin of a fact, as a row has them.

use crate::domain::rollup::{Origin, Place};

#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct PlaceRow {
    branch: Option<String>,
    customer: Option<String>,
    device: Option<String>,
    country: Option<String>,
    city: Option<String>,
    source: Option<String>,
    medium: Option<String>,
    campaign: Option<String>,
    landing_page: Option<String>,
    session_number: Option<i32>,
}

impl From<PlaceRow> for Place {
    fn from(row: PlaceRow) -> Self {
        Self {
            branch: row.branch,
            origin: Origin {
                customer: row.customer,
                device: row.device,
                country: row.country,
                city: row.city,
                source: row.source,
                medium: row.medium,
                campaign: row.campaign,
                landing_page: row.landing_page,
                session_number: row.session_number,
            },
        }
    }
}

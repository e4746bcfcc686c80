//! A GA4 property whose export a tenant owns.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// One property from `valid_from` on. A property whose zone changed stands here once per zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Property {
    /// GA4's property number.
    pub property_id: i64,
    /// BigQuery dataset of the export, usually `analytics_<property_id>`.
    pub dataset: String,
    /// Project of the dataset, when it is not the connection's.
    #[serde(default)]
    pub project: Option<String>,
    /// The zone set in GA4, in which the export cuts its days.
    pub time_zone: Tz,
    /// First day this line holds for; none means from the beginning.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    #[serde(default)]
    pub identity: IdentityProperties,
}

/// Names of the user properties (or event parameters) that carry a tenant's own keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityProperties {
    /// Branch code.
    pub branch: Option<String>,
    /// Customer code.
    pub customer: Option<String>,
    /// Logged-in user, where GA4's `user_id` is not set.
    pub known_user: Option<String>,
}

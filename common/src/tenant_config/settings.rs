//! The versioned document: how a tenant counts and shows.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::Property;
use crate::kernel::Currency;

/// Everything about a tenant that is no secret and no connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantSettings {
    /// For reports and everything else without a property of its own.
    pub time_zone: Tz,
    pub currency: Currency,
    /// BCP 47, such as `de-CH`.
    #[serde(default = "english")]
    pub locale: String,
    #[serde(default)]
    pub week_start: WeekStart,
    #[serde(default)]
    pub properties: Vec<Property>,
    /// Events that make a session engaged, besides GA4's own rule.
    #[serde(default)]
    pub key_events: Vec<String>,
    /// Types of event parameters, by key: values in another slot are brought over when nothing is lost.
    #[serde(default)]
    pub param_types: BTreeMap<String, ParamType>,
    #[serde(default)]
    pub filters: Filters,
    #[serde(default)]
    pub no_results: NoResultsRule,
    #[serde(default)]
    pub thresholds: Thresholds,
    /// Before GA4's default channel groups, in this order.
    #[serde(default)]
    pub channel_groups: Vec<ChannelGroup>,
    #[serde(default)]
    pub reports: Reports,
}

fn english() -> String {
    "en".to_owned()
}

impl TenantSettings {
    /// What a new tenant starts with.
    #[must_use]
    pub fn new(time_zone: Tz, currency: Currency) -> Self {
        Self {
            time_zone,
            currency,
            locale: english(),
            week_start: WeekStart::default(),
            properties: Vec::new(),
            key_events: Vec::new(),
            param_types: BTreeMap::new(),
            filters: Filters::default(),
            no_results: NoResultsRule::default(),
            thresholds: Thresholds::default(),
            channel_groups: Vec::new(),
            reports: Reports::default(),
        }
    }
}

/// A name for a kind of traffic. Each condition that is given has to be equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelGroup {
    pub name: String,
    #[serde(default)]
    pub source: Option<String>,
    #[serde(default)]
    pub medium: Option<String>,
    #[serde(default)]
    pub campaign: Option<String>,
}

/// Reports that are sent by themselves, at the end of the nightly job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reports {
    /// To each branch that has an address, about each such period once it is complete; none are sent without it.
    pub branch: Option<ReportPeriod>,
}

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportPeriod {
    Day,
    /// From the tenant's first day of the week on.
    Week,
    Month,
}

/// The first day of a tenant's week.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeekStart {
    #[default]
    Monday,
    Saturday,
    Sunday,
}

/// What an event parameter's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamType {
    String,
    Integer,
    Number,
    Boolean,
}

/// Which events count at all. Empty lists let everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filters {
    /// Data stream ids.
    pub streams: Vec<String>,
    pub hostnames: Vec<String>,
    /// Leaves out events that GA4 marked with `traffic_type`.
    pub exclude_internal_traffic: bool,
}

/// Which searches found nothing. An event matches when any of the given conditions holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NoResultsRule {
    pub event_names: Vec<String>,
    /// Event parameter with the number of results; 0 means none found.
    pub result_count_parameter: Option<String>,
    /// Text that the title of a page without results contains.
    pub title_contains: Option<String>,
    /// Text that the address of a page without results contains.
    pub url_contains: Option<String>,
}

impl Default for NoResultsRule {
    fn default() -> Self {
        Self {
            event_names: vec!["no_search_results".to_owned()],
            result_count_parameter: None,
            title_contains: None,
            url_contains: None,
        }
    }
}

/// When something is worth a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// A purchase within it after the last cart event means the cart was not abandoned.
    pub abandon_window_hours: u16,
    /// A cart whose last event is younger is still in use.
    pub cart_grace_minutes: u16,
    /// Searches of one session, without cart or purchase, that make it unconverted.
    pub unconverted_searches: u16,
    /// Sessions that make a repeat visitor.
    pub repeat_visitor_sessions: u16,
    /// Page views in a session that make a repeat visitor hot.
    pub hot_visitor_page_views: u16,
    /// Landing pages with fewer entrances show no bounce rate.
    pub bounce_minimum_entrances: u16,
}

impl Thresholds {
    /// Loading looks so far for what became of a cart.
    pub const LONGEST_ABANDON_WINDOW_DAYS: u16 = 90;
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            abandon_window_hours: 24,
            cart_grace_minutes: 60,
            unconverted_searches: 3,
            repeat_visitor_sessions: 2,
            hot_visitor_page_views: 3,
            bounce_minimum_entrances: 30,
        }
    }
}

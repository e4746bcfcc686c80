//! A tenant's configuration, secrets masked.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use common::http::ApiError;
use poem_openapi::types::ParseFromJSON;
use poem_openapi::{Enum, Object};
use serde_json::json;

use super::file_format::FileFormats;
use crate::app::Configuration;

/// The versioned configuration. A change is a JSON merge patch of it.
#[derive(Debug, Object)]
pub struct TenantConfiguration {
    /// Also in the ETag, as `"v<version>"`.
    pub version: i64,
    pub updated_at: DateTime<Utc>,
    /// IANA name.
    pub time_zone: String,
    /// ISO 4217 code.
    pub currency: String,
    /// BCP 47 tag.
    pub locale: String,
    pub week_start: WeekStart,
    pub properties: Vec<Property>,
    /// Events that make a session engaged, besides GA4's own rule.
    pub key_events: Vec<String>,
    /// Types of event parameters, by key.
    pub param_types: BTreeMap<String, ParamType>,
    pub filters: Filters,
    pub no_results: NoResultsRule,
    pub thresholds: Thresholds,
    /// Before GA4's default channel groups, in this order.
    #[oai(default)]
    pub channel_groups: Vec<ChannelGroup>,
    pub reports: Reports,
    pub connections: Connections,
}

/// A name for a kind of traffic. Each condition that is given has to be equal.
#[derive(Debug, Object)]
#[oai(rename = "TenantChannelGroup")]
pub struct ChannelGroup {
    pub name: String,
    pub source: Option<String>,
    pub medium: Option<String>,
    pub campaign: Option<String>,
}

/// Reports that are sent by themselves, at the end of the nightly job.
#[derive(Debug, Object)]
pub struct Reports {
    /// To each branch that has an address, about each such period once it is complete; none are sent without it.
    pub branch: Option<ReportPeriod>,
}

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum ReportPeriod {
    Day,
    Week,
    Month,
}

/// The first day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum WeekStart {
    Monday,
    Saturday,
    Sunday,
}

/// A GA4 property.
#[derive(Debug, Object)]
pub struct Property {
    /// GA4's property number.
    pub property_id: i64,
    /// BigQuery dataset of the export.
    pub dataset: String,
    /// Project of the dataset, when it is not the connection's.
    pub project: Option<String>,
    /// The zone set in GA4.
    pub time_zone: String,
    /// First day this line holds for.
    pub valid_from: Option<NaiveDate>,
    pub identity: IdentityProperties,
}

/// User properties that carry the tenant's own keys.
#[derive(Debug, Object)]
pub struct IdentityProperties {
    pub branch: Option<String>,
    pub customer: Option<String>,
    pub known_user: Option<String>,
}

/// What an event parameter's value is. A value in another slot is brought over when nothing is lost, and else none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum ParamType {
    String,
    Integer,
    Number,
    Boolean,
}

/// Which events count. Empty lists let everything through.
#[derive(Debug, Object)]
pub struct Filters {
    pub streams: Vec<String>,
    pub hostnames: Vec<String>,
    pub exclude_internal_traffic: bool,
}

/// Which searches found nothing.
#[derive(Debug, Object)]
pub struct NoResultsRule {
    pub event_names: Vec<String>,
    pub result_count_parameter: Option<String>,
    pub title_contains: Option<String>,
    pub url_contains: Option<String>,
}

/// When something is worth a task.
#[derive(Debug, Object)]
pub struct Thresholds {
    pub abandon_window_hours: u16,
    pub cart_grace_minutes: u16,
    pub unconverted_searches: u16,
    pub repeat_visitor_sessions: u16,
    pub hot_visitor_page_views: u16,
    pub bounce_minimum_entrances: u16,
}

/// The tenant's outside systems; those that are configured.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Connections {
    pub bigquery: Option<BigQuery>,
    pub sftp: Option<Sftp>,
    pub smtp: Option<Smtp>,
}

/// A secret is written as text and read back as this.
#[derive(Debug, Object)]
pub struct SecretState {
    pub set: bool,
    pub updated_at: Option<DateTime<Utc>>,
}

/// The warehouse that receives the GA4 export.
#[derive(Debug, Object)]
pub struct BigQuery {
    pub project: String,
    pub location: Option<String>,
    pub api_base_url: Option<String>,
    #[oai(default)]
    pub read: Reading,
    /// A query that would be billed more bytes is not run.
    pub max_bytes_per_job: Option<i64>,
    /// Bytes that all queries of a day (UTC) may be billed together.
    pub max_bytes_per_day: Option<i64>,
    pub service_account_key: SecretState,
}

/// How rows of the export are read: listed, which BigQuery does not bill, or queried, which sends less.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum Reading {
    #[default]
    List,
    Query,
}

/// The file drop with customers and locations.
#[derive(Debug, Object)]
pub struct Sftp {
    pub host: String,
    pub port: u16,
    pub user: String,
    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub host_key_fingerprints: Vec<String>,
    /// Any server that answers is taken for the right one: for trying things out only, and written down.
    pub trust_any_host_key: bool,
    pub paths: SftpPaths,
    pub formats: FileFormats,
    pub password: SecretState,
    pub private_key: SecretState,
    pub passphrase: SecretState,
}

/// Files or patterns below the login's folder.
#[derive(Debug, Object)]
pub struct SftpPaths {
    pub customers: Option<String>,
    pub locations: Option<String>,
}

/// The mail server for reports.
#[derive(Debug, Object)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub tls: SmtpTls,
    pub user: Option<String>,
    pub from: String,
    pub password: SecretState,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum SmtpTls {
    None,
    Starttls,
    Implicit,
}

/// The stored document in its documented form; a difference between the two is our own mistake.
///
/// # Errors
/// When the document does not have that form.
pub fn configuration(configuration: Configuration) -> Result<TenantConfiguration, ApiError> {
    let mut document = configuration.document;
    document["version"] = json!(configuration.version);
    document["updated_at"] = json!(configuration.updated_at);
    TenantConfiguration::parse_from_json(Some(document))
        .map_err(|error| ApiError::internal(error.into_message()))
}

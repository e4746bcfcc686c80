//! What types cannot say about the settings.

use std::collections::BTreeSet;

use common::config::NetSettings;
use common::tenant_config::{
    ChannelGroup, IdentityProperties, Property, TenantSettings, Thresholds,
};

use super::Document;
use super::connection_check::{bigquery, sftp, smtp};
use crate::domain::currency;
use crate::domain::issue::Issue;

/// More names than this are no overview.
const MAX_CHANNEL_GROUPS: usize = 50;

/// Everything that is wrong with a typed document; nothing when it may be stored.
#[must_use]
pub fn check(document: &Document, net: &NetSettings) -> Vec<Issue> {
    let mut issues = Vec::new();
    settings(&document.settings, &mut issues);
    let connections = &document.connections;
    if let Some(connection) = &connections.bigquery {
        bigquery(connection, net, &mut issues);
    }
    if let Some(connection) = &connections.sftp {
        sftp(connection, &mut issues);
    }
    if let Some(connection) = &connections.smtp {
        smtp(connection, &mut issues);
    }
    issues
}

fn settings(settings: &TenantSettings, issues: &mut Vec<Issue>) {
    if !currency::known(settings.currency.as_str()) {
        issues.push(Issue::new("/currency", "currency", "is not an ISO 4217 currency"));
    }
    if !locale(&settings.locale) {
        issues.push(Issue::new("/locale", "locale", "expected a BCP 47 tag such as de-CH"));
    }
    properties(&settings.properties, issues);
    names("/key_events", &settings.key_events, issues);
    for key in settings.param_types.keys() {
        let pointer = format!("/param_types/{}", key.replace('~', "~0").replace('/', "~1"));
        optional_text(&pointer, Some(key), issues);
    }
    names("/filters/streams", &settings.filters.streams, issues);
    names("/filters/hostnames", &settings.filters.hostnames, issues);
    names("/no_results/event_names", &settings.no_results.event_names, issues);
    for (field, value) in [
        ("result_count_parameter", &settings.no_results.result_count_parameter),
        ("title_contains", &settings.no_results.title_contains),
        ("url_contains", &settings.no_results.url_contains),
    ] {
        optional_text(&format!("/no_results/{field}"), value.as_deref(), issues);
    }
    thresholds(&settings.thresholds, issues);
    channel_groups(&settings.channel_groups, issues);
}

fn channel_groups(groups: &[ChannelGroup], issues: &mut Vec<Issue>) {
    if groups.len() > MAX_CHANNEL_GROUPS {
        let detail = format!("no more than {MAX_CHANNEL_GROUPS}");
        issues.push(Issue::new("/channel_groups", "too_many", detail));
    }
    for (index, group) in groups.iter().enumerate() {
        let at = format!("/channel_groups/{index}");
        let conditions =
            [("source", &group.source), ("medium", &group.medium), ("campaign", &group.campaign)];
        optional_text(&format!("{at}/name"), Some(&group.name), issues);
        for (field, value) in conditions {
            optional_text(&format!("{at}/{field}"), value.as_deref(), issues);
        }
        if conditions.iter().all(|(_, value)| value.is_none()) {
            let detail = "name a source, a medium or a campaign";
            issues.push(Issue::new(at, "required", detail));
        }
    }
}

fn properties(properties: &[Property], issues: &mut Vec<Issue>) {
    let mut seen = BTreeSet::new();
    for (index, property) in properties.iter().enumerate() {
        let at = format!("/properties/{index}");
        if property.property_id <= 0 {
            issues.push(Issue::new(format!("{at}/property_id"), "range", "must be positive"));
        }
        if !seen.insert((property.property_id, property.valid_from)) {
            let detail = "this property is listed before with the same valid_from";
            issues.push(Issue::new(format!("{at}/property_id"), "duplicate", detail));
        }
        if !dataset(&property.dataset) {
            let detail = "expected letters, digits and underscores";
            issues.push(Issue::new(format!("{at}/dataset"), "dataset", detail));
        }
        if property.project.as_deref().is_some_and(|project| !project_id(project)) {
            let detail = "is not a Google Cloud project id";
            issues.push(Issue::new(format!("{at}/project"), "project", detail));
        }
        let IdentityProperties { branch, customer, known_user } = &property.identity;
        for (field, value) in
            [("branch", branch), ("customer", customer), ("known_user", known_user)]
        {
            optional_text(&format!("{at}/identity/{field}"), value.as_deref(), issues);
        }
    }
}

fn thresholds(thresholds: &Thresholds, issues: &mut Vec<Issue>) {
    let Thresholds {
        abandon_window_hours,
        cart_grace_minutes,
        unconverted_searches,
        repeat_visitor_sessions,
        hot_visitor_page_views,
        bounce_minimum_entrances,
    } = *thresholds;
    for (field, value, most) in [
        (
            "abandon_window_hours",
            abandon_window_hours,
            24 * Thresholds::LONGEST_ABANDON_WINDOW_DAYS,
        ),
        ("cart_grace_minutes", cart_grace_minutes, 24 * 60),
        ("unconverted_searches", unconverted_searches, 1_000),
        ("repeat_visitor_sessions", repeat_visitor_sessions, 1_000),
        ("hot_visitor_page_views", hot_visitor_page_views, 1_000),
        ("bounce_minimum_entrances", bounce_minimum_entrances, 10_000),
    ] {
        if !(1..=most).contains(&value) {
            let detail = format!("must be from 1 to {most}");
            issues.push(Issue::new(format!("/thresholds/{field}"), "range", detail));
        }
    }
}

fn names(pointer: &str, names: &[String], issues: &mut Vec<Issue>) {
    for (index, name) in names.iter().enumerate() {
        optional_text(&format!("{pointer}/{index}"), Some(name), issues);
    }
}

/// Text that names something: neither empty, nor endless, nor with control characters.
pub(super) fn optional_text(pointer: &str, text: Option<&str>, issues: &mut Vec<Issue>) {
    let Some(text) = text else { return };
    if text.trim().is_empty() || text.len() > 500 || text.chars().any(char::is_control) {
        issues.push(Issue::new(pointer, "text", "expected 1 to 500 printable characters"));
    }
}

/// The well-formed tags of BCP 47 that people use: language, script, region, variants.
fn locale(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

fn dataset(name: &str) -> bool {
    (1..=1_024).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Lower-case letters, digits and hyphens, with an optional `domain.tld:` before it.
pub(super) fn project_id(project: &str) -> bool {
    let (domain, id) = project.rsplit_once(':').unwrap_or(("", project));
    (4..=40).contains(&id.len())
        && id.starts_with(|first: char| first.is_ascii_lowercase())
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::super::{merge, read};
    use super::*;
    use serde_json::json;

    fn pointers(patch: serde_json::Value) -> Vec<String> {
        let mut value = json!({"time_zone": "Europe/Zurich", "currency": "CHF"});
        merge(&mut value, &patch);
        let document = read(value).unwrap();
        check(&document, &NetSettings::default()).into_iter().map(|issue| issue.pointer).collect()
    }

    #[test]
    fn a_good_document_has_no_issues() {
        let found = pointers(json!({
            "locale": "de-CH",
            "properties": [{
                "property_id": 123456, "dataset": "analytics_123456", "time_zone": "Europe/Zurich",
                "identity": {"branch": "branch_code", "customer": "customer_number"},
            }],
            "connections": {
                "bigquery": {"project": "shop-analytics-1", "location": "EU"},
                "sftp": {
                    "host": "files.example.com", "user": "footfall",
                    "host_key_fingerprints": ["SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"],
                    "paths": {"customers": "customers.csv", "locations": "in/locations.csv"},
                },
                "smtp": {"host": "mail.example.com", "from": "Shop <reports@example.com>"},
            },
        }));
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn every_issue_is_found_at_once() {
        let found = pointers(json!({
            "currency": "ABC",
            "locale": "german",
            "properties": [
                {"property_id": 0, "dataset": "a.b", "time_zone": "UTC"},
                {"property_id": 5, "dataset": "d", "time_zone": "UTC"},
                {"property_id": 5, "dataset": "d", "time_zone": "UTC"},
            ],
            "key_events": [""],
            "thresholds": {"abandon_window_hours": 0},
            "connections": {
                "bigquery": {"project": "X", "api_base_url": "http://10.0.0.1/"},
                "sftp": {
                    "host": "http://x", "port": 0, "user": "u", "host_key_fingerprints": ["MD5:1"],
                    "paths": {"customers": "../c.csv", "locations": "in/"},
                },
                "smtp": {"host": "mail.example.com", "from": "nobody\r\nBcc: all"},
            },
        }));
        assert_eq!(
            found,
            [
                "/currency",
                "/locale",
                "/properties/0/property_id",
                "/properties/0/dataset",
                "/properties/2/property_id",
                "/key_events/0",
                "/thresholds/abandon_window_hours",
                "/connections/bigquery/project",
                "/connections/bigquery/api_base_url",
                "/connections/sftp/host",
                "/connections/sftp/port",
                "/connections/sftp/host_key_fingerprints/0",
                "/connections/sftp/paths/customers",
                "/connections/sftp/paths/locations",
                "/connections/smtp/from",
            ]
        );
    }
}

//! What types cannot say about the connections.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use common::config::NetSettings;
use common::tenant_config::{
    BigQuerySettings, FileFeed, FileFormats, FormatFault, SftpSettings, SmtpSettings,
    permitted_google_endpoint,
};

use super::check::{optional_text, project_id};
use crate::domain::issue::Issue;

pub(super) fn bigquery(settings: &BigQuerySettings, net: &NetSettings, issues: &mut Vec<Issue>) {
    let at = |field: &str| format!("/connections/bigquery/{field}");
    if !project_id(&settings.project) {
        let detail = "is not a Google Cloud project id";
        issues.push(Issue::new(at("project"), "project", detail));
    }
    if settings.location.as_deref().is_some_and(|location| !word(location)) {
        issues.push(Issue::new(at("location"), "location", "expected a location such as EU"));
    }
    if settings.api_base_url.as_deref().is_some_and(|url| !permitted_google_endpoint(url, net)) {
        let detail = "is neither Google's nor one the operator allows";
        issues.push(Issue::new(at("api_base_url"), "blocked_address", detail));
    }
    for (field, limit) in [
        ("max_bytes_per_job", settings.max_bytes_per_job),
        ("max_bytes_per_day", settings.max_bytes_per_day),
    ] {
        if limit.is_some_and(|bytes| bytes <= 0) {
            issues.push(Issue::new(at(field), "range", "must be positive"));
        }
    }
}

pub(super) fn sftp(settings: &SftpSettings, issues: &mut Vec<Issue>) {
    let at = |field: &str| format!("/connections/sftp/{field}");
    host_and_port("sftp", &settings.host, settings.port, issues);
    optional_text(&at("user"), Some(&settings.user), issues);
    for (index, fingerprint) in settings.host_key_fingerprints.iter().enumerate() {
        if !sha256_fingerprint(fingerprint) {
            let detail = "expected SHA256: and 43 characters of base64, as ssh-keygen -l prints it";
            let pointer = format!("{}/{index}", at("host_key_fingerprints"));
            issues.push(Issue::new(pointer, "fingerprint", detail));
        }
    }
    if settings.trust_any_host_key && !settings.host_key_fingerprints.is_empty() {
        let detail = "either fingerprints are pinned, or any server is trusted";
        issues.push(Issue::new(at("trust_any_host_key"), "conflict", detail));
    }
    for (feed, fault) in settings.paths.faults() {
        issues.push(Issue::new(at(&format!("paths/{feed}")), fault.code(), fault.to_string()));
    }
    formats(&settings.formats, issues);
}

fn formats(formats: &FileFormats, issues: &mut Vec<Issue>) {
    for (name, feed, format) in [
        ("customers", FileFeed::Customers, &formats.customers),
        ("locations", FileFeed::Locations, &formats.locations),
    ] {
        for FormatFault { pointer, code, detail } in format.faults(feed) {
            let pointer = format!("/connections/sftp/formats/{name}{pointer}");
            issues.push(Issue::new(pointer, code, detail));
        }
    }
}

pub(super) fn smtp(settings: &SmtpSettings, issues: &mut Vec<Issue>) {
    host_and_port("smtp", &settings.host, settings.port, issues);
    optional_text("/connections/smtp/user", settings.user.as_deref(), issues);
    if !sender(&settings.from) {
        let detail = "expected an address, or a name and an address in angle brackets";
        issues.push(Issue::new("/connections/smtp/from", "address", detail));
    }
}

fn host_and_port(kind: &str, host: &str, port: u16, issues: &mut Vec<Issue>) {
    if !valid_host(host) {
        let detail = "expected a host name or an address, without a scheme";
        issues.push(Issue::new(format!("/connections/{kind}/host"), "host", detail));
    }
    if port == 0 {
        let detail = "must be from 1 to 65535";
        issues.push(Issue::new(format!("/connections/{kind}/port"), "range", detail));
    }
}

/// A DNS name or an IP address.
fn valid_host(host: &str) -> bool {
    if host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok() {
        return true;
    }
    (1..=253).contains(&host.len())
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        })
}

fn word(text: &str) -> bool {
    (1..=50).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn sha256_fingerprint(text: &str) -> bool {
    text.strip_prefix("SHA256:")
        .and_then(|digest| STANDARD_NO_PAD.decode(digest.trim_end_matches('=')).ok())
        .is_some_and(|digest| digest.len() == 32)
}

/// `address` or `Name <address>`; a line break would let someone add headers.
fn sender(from: &str) -> bool {
    if from.len() > 320 || from.chars().any(char::is_control) {
        return false;
    }
    let address = match from.split_once('<') {
        Some((_, rest)) => match rest.strip_suffix('>') {
            Some(address) => address,
            None => return false,
        },
        None => from,
    };
    address.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && valid_host(domain)
            && !local.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | '@'))
    })
}

//! Reads an error answer: BigQuery's JSON with or without its list of errors, or a gateway's page.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::error::{ErrorClass, WarehouseError};

/// Longest piece of a foreign answer in an error's detail.
const EXCERPT: usize = 300;

/// What a server may ask for is less than what one mistaken header could cost.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

#[derive(Deserialize)]
struct Answer {
    error: ErrorBody,
}

#[derive(Deserialize)]
struct ErrorBody {
    #[serde(default)]
    message: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    errors: Vec<ErrorItem>,
}

#[derive(Deserialize)]
struct ErrorItem {
    #[serde(default)]
    reason: String,
}

/// The error behind a status that is no success. `asked` names the request for the log.
pub(super) fn error(status: u16, body: &[u8], asked: &str) -> WarehouseError {
    let parsed = serde_json::from_slice::<Answer>(body).ok().map(|answer| answer.error);
    let reason = parsed.as_ref().and_then(reason_of);
    let class = class_of(status, reason.as_deref());
    let reason = reason.unwrap_or_else(|| fallback_reason(status).to_owned());
    let message = match &parsed {
        Some(error) => error.message.clone(),
        None => String::from_utf8_lossy(body).split_whitespace().collect::<Vec<_>>().join(" "),
    };
    let message: String = message.chars().take(EXCERPT).collect();
    WarehouseError {
        class,
        user_sentence: sentence(class, &reason).to_owned(),
        detail: format!("{asked}: {status} {reason}: {message}"),
        reason,
        http_status: Some(status),
        retry_after: None,
        job: None,
    }
}

/// Why a job failed, as it says itself under a successful status.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct JobError {
    reason: String,
    message: String,
}

impl JobError {
    /// With the class its reason would have as an answer of its own.
    pub fn into_error(self, job: &str) -> WarehouseError {
        let reason = if self.reason.is_empty() { "invalid".to_owned() } else { self.reason };
        let class = class_of(200, Some(&reason));
        let message: String = self.message.chars().take(EXCERPT).collect();
        WarehouseError {
            class,
            user_sentence: sentence(class, &reason).to_owned(),
            detail: format!("job {job}: {reason}: {message}"),
            reason,
            http_status: Some(200),
            retry_after: None,
            job: Some(job.to_owned()),
        }
    }
}

fn reason_of(error: &ErrorBody) -> Option<String> {
    let listed =
        error.errors.iter().map(|item| item.reason.as_str()).find(|reason| !reason.is_empty());
    let named = match error.status.as_str() {
        "RESOURCE_EXHAUSTED" => Some("rateLimitExceeded"),
        "PERMISSION_DENIED" => Some("accessDenied"),
        "NOT_FOUND" => Some("notFound"),
        "UNAUTHENTICATED" => Some("authError"),
        "UNAVAILABLE" => Some("backendError"),
        "INTERNAL" => Some("internalError"),
        _ => None,
    };
    listed.or(named).map(str::to_owned)
}

fn fallback_reason(status: u16) -> &'static str {
    match status {
        401 => "authError",
        403 => "accessDenied",
        404 => "notFound",
        429 => "rateLimitExceeded",
        500.. => "backendError",
        _ => "invalid",
    }
}

/// The reason weighs more than the status: rate limits come as 403, internal errors as 400.
fn class_of(status: u16, reason: Option<&str>) -> ErrorClass {
    match (status, reason) {
        (
            _,
            Some(
                "rateLimitExceeded"
                | "userRateLimitExceeded"
                | "backendError"
                | "internalError"
                | "jobBackendError"
                | "jobInternalError"
                | "jobRateLimitExceeded"
                | "tableUnavailable",
            ),
        ) => ErrorClass::Transient,
        (501, _) => ErrorClass::Permanent,
        (_, Some("quotaExceeded" | "billingNotEnabled" | "accessDenied")) => ErrorClass::Permanent,
        (401, _) => ErrorClass::Configuration,
        (408 | 429 | 500.., _) => ErrorClass::Transient,
        _ => ErrorClass::Permanent,
    }
}

fn sentence(class: ErrorClass, reason: &str) -> &'static str {
    match reason {
        "accessDenied" => "The service account may not read this BigQuery dataset.",
        "notFound" => "The BigQuery project, dataset or table does not exist.",
        "quotaExceeded" => "The BigQuery project has used up its quota.",
        "billingNotEnabled" => "Billing is not enabled for the BigQuery project.",
        "invalidQuery" => "BigQuery does not understand the query; is this a GA4 export?",
        "bytesBilledLimitExceeded" => "The query would be billed more than its limit.",
        "stopped" => "The query was stopped at BigQuery.",
        "authError" => "BigQuery does not accept the service account's credentials.",
        _ if class == ErrorClass::Transient => "BigQuery did not answer properly for some time.",
        _ => "BigQuery refused the request.",
    }
}

/// `Retry-After` in either form: seconds, or a date. Never more than [`LONGEST_WAIT`].
pub(super) fn retry_after(header: &str, now: DateTime<Utc>) -> Option<Duration> {
    let wait = match header.trim().parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let at = DateTime::parse_from_rfc2822(header.trim()).ok()?;
            (at.to_utc() - now).to_std().ok()?
        }
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(reason: &str) -> String {
        format!(
            r#"{{"error":{{"code":1,"message":"why","errors":[{{"reason":"{reason}","domain":"global"}}]}}}}"#
        )
    }

    #[test]
    fn waiting_helps_or_not() {
        for (status, reason, class) in [
            (403, "rateLimitExceeded", ErrorClass::Transient),
            (403, "userRateLimitExceeded", ErrorClass::Transient),
            (429, "rateLimitExceeded", ErrorClass::Transient),
            (400, "internalError", ErrorClass::Transient),
            (500, "internalError", ErrorClass::Transient),
            (502, "backendError", ErrorClass::Transient),
            (504, "", ErrorClass::Transient),
            (403, "accessDenied", ErrorClass::Permanent),
            (403, "quotaExceeded", ErrorClass::Permanent),
            (429, "quotaExceeded", ErrorClass::Permanent),
            (403, "billingNotEnabled", ErrorClass::Permanent),
            (404, "notFound", ErrorClass::Permanent),
            (400, "invalidQuery", ErrorClass::Permanent),
            (501, "notImplemented", ErrorClass::Permanent),
            (302, "", ErrorClass::Permanent),
            (401, "authError", ErrorClass::Configuration),
        ] {
            let error = error(status, body(reason).as_bytes(), "GET x");
            assert_eq!(error.class, class, "{status} {reason}");
            assert_eq!(error.http_status, Some(status));
        }
    }

    #[test]
    fn errors_without_a_list_and_gateway_pages() {
        let bare = br#"{"error":{"code":403,"message":"slow down","status":"RESOURCE_EXHAUSTED"}}"#;
        assert_eq!(error(403, bare, "GET x").class, ErrorClass::Transient);
        let page = error(502, b"<!DOCTYPE html>\n<title>Error 502</title>", "GET x");
        assert_eq!((page.class, page.reason.as_str()), (ErrorClass::Transient, "backendError"));
        assert_eq!(
            page.detail,
            "GET x: 502 backendError: <!DOCTYPE html> <title>Error 502</title>"
        );
        assert_eq!(error(403, b"", "GET x").class, ErrorClass::Permanent);
        assert!(error(500, &[b'x'; 100_000], "GET x").detail.len() < 400);
    }

    #[test]
    fn a_failed_job_says_why_under_a_good_status() {
        for (reason, class) in [
            ("backendError", ErrorClass::Transient),
            ("jobRateLimitExceeded", ErrorClass::Transient),
            ("invalidQuery", ErrorClass::Permanent),
            ("bytesBilledLimitExceeded", ErrorClass::Permanent),
            ("stopped", ErrorClass::Permanent),
            ("", ErrorClass::Permanent),
        ] {
            let error = JobError { reason: reason.to_owned(), message: "why".to_owned() };
            let error = error.into_error("footfall_1");
            assert_eq!((error.class, error.http_status), (class, Some(200)), "{reason}");
            assert_eq!(error.job.as_deref(), Some("footfall_1"));
        }
    }

    #[test]
    fn retry_after_in_both_forms() {
        let now = DateTime::parse_from_rfc3339("2026-01-01T00:00:00Z").unwrap().to_utc();
        assert_eq!(retry_after("3", now), Some(Duration::from_secs(3)));
        assert_eq!(retry_after("Thu, 01 Jan 2026 00:00:07 GMT", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Wed, 31 Dec 2025 00:00:00 GMT", now), None);
        assert_eq!(retry_after("soon", now), None);
        for far in ["3601", "18446744073709551615", "Fri, 01 Jan 2100 00:00:00 GMT"] {
            assert_eq!(retry_after(far, now), Some(LONGEST_WAIT), "{far}");
        }
    }
}

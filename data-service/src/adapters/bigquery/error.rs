//! What can go wrong, and whether waiting helps.

use std::time::Duration;

use chrono::{DateTime, Utc};
use common::net::Open;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// May pass by itself; it was retried until the deadline.
    Transient,
    /// Stays until someone changes something at the source: access, quota, billing, the table itself.
    Permanent,
    /// The connection as configured here cannot work: key, token address.
    Configuration,
}

/// The reason when the rows of an ended query are gone: BigQuery keeps them for a day.
pub(super) const FORGOTTEN: &str = "resultsForgotten";

#[derive(Debug, Clone, thiserror::Error)]
#[error("{detail}")]
pub struct WarehouseError {
    pub class: ErrorClass,
    /// BigQuery's reason (`accessDenied`, `notFound`, …), or ours for what never reached it (`timeout`, `connection`).
    pub reason: String,
    pub http_status: Option<u16>,
    /// One sentence for a tenant's admin, without technical terms.
    pub user_sentence: String,
    /// For the log: what was asked and what came back. Holds no secret.
    pub detail: String,
    pub retry_after: Option<Duration>,
    /// BigQuery's name of the job that failed.
    pub job: Option<String>,
}

impl WarehouseError {
    pub(super) fn configuration(
        reason: &str,
        user_sentence: &str,
        detail: impl Into<String>,
    ) -> Self {
        Self::new(ErrorClass::Configuration, reason, user_sentence, detail)
    }

    /// Something between us and BigQuery: no answer, or half of one.
    pub(super) fn connection(reason: &str, detail: impl Into<String>) -> Self {
        Self::new(ErrorClass::Transient, reason, "BigQuery could not be reached.", detail)
    }

    pub(super) fn transient(reason: &str, user_sentence: &str, detail: impl Into<String>) -> Self {
        Self::new(ErrorClass::Transient, reason, user_sentence, detail)
    }

    pub(super) fn permanent(reason: &str, user_sentence: &str, detail: impl Into<String>) -> Self {
        Self::new(ErrorClass::Permanent, reason, user_sentence, detail)
    }

    /// Refused by ourselves: BigQuery failed too often just now.
    pub(super) fn circuit_open(open: &Open, now: DateTime<Utc>) -> Self {
        let sentence = "BigQuery failed repeatedly and is not called for a moment.";
        Self {
            retry_after: Some(open.wait(now)),
            ..Self::new(ErrorClass::Transient, "circuitOpen", sentence, open.to_string())
        }
    }

    /// Whether it may pass by itself.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        self.class == ErrorClass::Transient
    }

    /// Whether what was asked for does not exist, or no more.
    #[must_use]
    pub fn gone(&self) -> bool {
        self.reason == "notFound" || self.http_status == Some(404)
    }

    /// Whether the rows read so far do not continue: the same query would have to run again, in another order.
    #[must_use]
    pub fn forgotten(&self) -> bool {
        self.reason == FORGOTTEN
    }

    /// The sentence with what BigQuery's support would ask for.
    #[must_use]
    pub fn told(&self) -> String {
        let Self { user_sentence, reason, http_status, job, .. } = self;
        let mut facts = vec![reason.clone()];
        facts.extend(http_status.map(|status| format!("HTTP {status}")));
        facts.extend(job.as_ref().map(|job| format!("job {job}")));
        format!("{user_sentence} ({})", facts.join(", "))
    }

    /// Whether it shows that BigQuery itself is unwell: no answer, half of one, or a 5xx. Quotas and rate limits are
    /// one tenant's business.
    pub(super) fn unwell(&self) -> bool {
        self.class == ErrorClass::Transient && self.http_status.is_none_or(|status| status >= 500)
    }

    fn new(
        class: ErrorClass,
        reason: &str,
        user_sentence: &str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            class,
            reason: reason.to_owned(),
            http_status: None,
            user_sentence: user_sentence.to_owned(),
            detail: detail.into(),
            retry_after: None,
            job: None,
        }
    }

    pub(super) fn of_job(mut self, job: &str) -> Self {
        self.job = Some(job.to_owned());
        self
    }
}

//! The one error body, RFC 9457.

use poem_openapi::Object;
use serde::{Deserialize, Serialize};

/// Why the request was refused or failed.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize, Deserialize)]
#[oai(rename = "Problem")]
pub struct Problem {
    /// Identifies the kind of problem: `urn:footfall:problem:<code>`.
    #[serde(rename = "type")]
    #[oai(rename = "type")]
    pub kind: String,
    /// Short text, the same for every occurrence of the status.
    pub title: String,
    /// The HTTP status code.
    #[oai(validator(minimum(value = "400"), maximum(value = "599")))]
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// Path of the request.
    pub instance: String,
    /// Find the request in the logs by this.
    pub request_id: String,
    /// The parts of the request that are at fault.
    #[serde(default)]
    pub errors: Vec<FieldError>,
}

/// One part of the request that is at fault. Either `pointer` (into the body) or `parameter` is given.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize, Deserialize)]
#[oai(skip_serializing_if_is_none)]
pub struct FieldError {
    /// JSON pointer into the request body, RFC 6901; empty for the body as a whole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pointer: Option<String>,
    /// Name of a path, query or header parameter.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parameter: Option<String>,
    /// Stable word for programs.
    pub code: String,
    /// Sentence for people.
    pub detail: String,
}

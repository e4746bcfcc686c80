//! Schemathesis: makes requests out of an OpenAPI document and holds the answers to what the document says.

use std::path::Path;
use std::process::Output;

use crate::tools::{self, MissingTool};

/// What must hold for every answer. Left out are `positive_data_acceptance` (a well-formed request may still
/// name something that does not exist or may not be: 404, 409, 422) and the two that need a second identity or a
/// resource's whole life, which have tests of their own.
pub const CHECKS: &[&str] = &[
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
];

/// Generated requests for each operation, besides the document's examples and the fixed cases at the edges of
/// each parameter.
pub const EXAMPLES: u32 = 15;

/// A service and who asks.
#[derive(Debug, Clone)]
pub struct Target<'a> {
    /// The document's address.
    pub document: String,
    /// What the document's paths begin with, `http://127.0.0.1:1234/data/v1`.
    pub base: String,
    /// Access token of every request.
    pub token: &'a str,
    /// Operations left alone.
    pub without: &'a [&'a str],
}

/// It cannot be run, or found something.
#[derive(Debug, thiserror::Error)]
pub enum SchemathesisError {
    #[error(transparent)]
    Missing(#[from] MissingTool),
    #[error("schemathesis cannot be run")]
    Run(#[from] std::io::Error),
    /// Its whole report.
    #[error("{0}")]
    Found(String),
}

/// Runs every check in `folder`, where nothing else may lie; answers its report.
///
/// # Errors
/// [`SchemathesisError::Found`] with the report when any check failed.
pub fn run(target: &Target<'_>, folder: &Path) -> Result<String, SchemathesisError> {
    let mut command = tools::schemathesis()?;
    command
        .current_dir(folder)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args(["run", &target.document, "--url", &target.base])
        .args(["--header", &format!("Authorization: Bearer {}", target.token)])
        .args(["--checks", &CHECKS.join(",")])
        .args(["--phases", "examples,coverage,fuzzing"])
        .args(["--max-examples", &EXAMPLES.to_string()])
        .args(["--seed", "1", "--generation-deterministic"])
        .args(["--suppress-health-check", "all", "--request-timeout", "30"])
        .args(["--max-redirects", "0", "--warnings", "off", "--no-color"]);
    for operation in target.without {
        command.args(["--exclude-operation-id", operation]);
    }
    let Output { status, stdout, stderr } = command.output()?;
    let report =
        format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    if status.success() { Ok(report) } else { Err(SchemathesisError::Found(report)) }
}

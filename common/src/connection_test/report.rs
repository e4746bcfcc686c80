//! What a test found out.

use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};

/// What is tried, in this order; each kind of connection has some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[oai(rename = "ConnectionTestStepKind", rename_all = "snake_case")]
pub enum Step {
    /// The name resolves, and to public addresses only.
    Dns,
    /// A connection stands.
    Tcp,
    /// The connection is protected as configured, by a certificate that is trusted.
    Tls,
    /// The server is the one whose key is pinned.
    HostKey,
    /// The login is accepted.
    Auth,
    /// The account may do what it is needed for.
    Permission,
    /// What is to be read is there.
    Object,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[oai(rename = "ConnectionTestOutcome", rename_all = "snake_case")]
pub enum Outcome {
    Passed,
    Failed,
    /// Not tried: an earlier step failed, or the connection has nothing to try here.
    Skipped,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize, Deserialize)]
#[oai(rename = "ConnectionTestStep")]
pub struct StepReport {
    pub step: Step,
    pub outcome: Outcome,
    pub duration_ms: u64,
    /// Stable word for programs, when it did not pass: `blocked_address`, `timeout`, …
    pub code: Option<String>,
    /// Sentence for people, when it did not pass.
    pub detail: Option<String>,
}

/// The whole test.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize, Deserialize)]
#[oai(rename = "ConnectionTest")]
pub struct ConnectionReport {
    /// True when no step failed.
    pub passed: bool,
    pub duration_ms: u64,
    pub steps: Vec<StepReport>,
}

impl ConnectionReport {
    /// The step that failed.
    #[must_use]
    pub fn failure(&self) -> Option<&StepReport> {
        self.steps.iter().find(|step| step.outcome == Outcome::Failed)
    }
}

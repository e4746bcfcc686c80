//! The shape of a job: which steps, and which of them wait for which.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use crate::kernel::StepId;

/// Steps a job may be submitted with.
pub const MAX_SUBMITTED_STEPS: usize = 200;
/// Steps that one step may add: ten years of daily shards.
pub const MAX_ADDED_STEPS: usize = 4_000;

/// A job as it is asked for.
#[derive(Debug, Clone)]
pub struct NewJob {
    pub kind: String,
    /// At most one live job of the tenant bears it.
    pub unique_key: Option<String>,
    pub parameters: Value,
    /// Who asked, for people to read: `person:<id>`, `cli`, `schedule:<id>`.
    pub requested_by: String,
    pub steps: Vec<NewStep>,
}

/// A step as it is asked for.
#[derive(Debug, Clone)]
pub struct NewStep {
    /// Its name within this graph, for `needs`.
    pub key: String,
    /// What people read.
    pub label: String,
    /// Which [`super::StepKind`] runs it.
    pub kind: String,
    pub payload: Value,
    /// Keys of the steps of the same graph that must be done first.
    pub needs: Vec<String>,
    pub max_attempts: u16,
}

impl NewStep {
    /// A step without payload and needs that bears its kind as key and label.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Self {
            key: kind.to_owned(),
            label: kind.to_owned(),
            kind: kind.to_owned(),
            payload: json!({}),
            needs: Vec::new(),
            max_attempts: 5,
        }
    }

    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    #[must_use]
    pub fn payload(mut self, payload: Value) -> Self {
        self.payload = payload;
        self
    }

    #[must_use]
    pub fn needs(mut self, key: impl Into<String>) -> Self {
        self.needs.push(key.into());
        self
    }

    #[must_use]
    pub fn max_attempts(mut self, attempts: u16) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }
}

/// A graph that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    #[error("a job needs at least one step")]
    Empty,
    #[error("{found} steps are more than the {limit} allowed")]
    TooMany { found: usize, limit: usize },
    #[error("two steps are called `{0}`")]
    DuplicateKey(String),
    #[error("step `{step}` needs `{needs}`, which does not exist")]
    UnknownNeed { step: String, needs: String },
    #[error("the steps {} wait for one another", .0.join(", "))]
    Cycle(Vec<String>),
}

/// A checked graph: every step with its id, its needs as ids.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) ids: Vec<StepId>,
    /// The rows, for one `jsonb` parameter.
    pub(super) rows: Value,
}

/// Checks the graph and gives every step its id.
pub(super) fn plan(steps: &[NewStep], limit: usize) -> Result<Plan, GraphError> {
    if steps.len() > limit {
        return Err(GraphError::TooMany { found: steps.len(), limit });
    }
    let mut ids = HashMap::with_capacity(steps.len());
    for step in steps {
        if ids.insert(step.key.as_str(), StepId::mint()).is_some() {
            return Err(GraphError::DuplicateKey(step.key.clone()));
        }
    }
    for step in steps {
        if let Some(missing) = step.needs.iter().find(|need| !ids.contains_key(need.as_str())) {
            return Err(GraphError::UnknownNeed { step: step.key.clone(), needs: missing.clone() });
        }
    }
    refuse_cycle(steps)?;
    let row = |step: &NewStep| {
        let needs: Vec<_> = step.needs.iter().map(|need| ids[need.as_str()]).collect();
        json!({
            "step_id": ids[step.key.as_str()],
            "kind": step.kind,
            "label": step.label,
            "payload": step.payload,
            "needs": needs,
            "max_attempts": step.max_attempts,
            "state": if needs.is_empty() { "ready" } else { "waiting" },
        })
    };
    Ok(Plan {
        ids: steps.iter().map(|step| ids[step.key.as_str()]).collect(),
        rows: steps.iter().map(row).collect(),
    })
}

/// Takes away what needs nothing that is left, as long as there is such a step.
fn refuse_cycle(steps: &[NewStep]) -> Result<(), GraphError> {
    let mut left: Vec<&NewStep> = steps.iter().collect();
    let mut gone: HashSet<&str> = HashSet::with_capacity(steps.len());
    loop {
        let before = left.len();
        left.retain(|step| {
            let free = step.needs.iter().all(|need| gone.contains(need.as_str()));
            if free {
                gone.insert(step.key.as_str());
            }
            !free
        });
        if left.is_empty() {
            return Ok(());
        }
        if left.len() == before {
            return Err(GraphError::Cycle(left.iter().map(|step| step.key.clone()).collect()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(key: &str, needs: &[&str]) -> NewStep {
        needs.iter().fold(NewStep::new("kind").key(key), |step, need| step.needs(*need))
    }

    fn check(steps: &[NewStep]) -> Result<(), GraphError> {
        plan(steps, MAX_SUBMITTED_STEPS).map(|_| ())
    }

    #[test]
    fn a_step_without_needs_is_ready_and_others_wait() {
        let plan = plan(&[step("b", &["a"]), step("a", &[])], 2).unwrap();
        let states: Vec<_> = (0..2).map(|i| plan.rows[i]["state"].clone()).collect();
        assert_eq!(states, ["waiting", "ready"]);
        assert_eq!(plan.rows[0]["needs"], json!([plan.rows[1]["step_id"]]));
        assert_eq!(plan.ids.len(), 2);
    }

    #[test]
    fn a_cycle_is_named() {
        let steps = [step("a", &[]), step("b", &["a", "d"]), step("c", &["b"]), step("d", &["c"])];
        let named = ["b", "c", "d"].map(str::to_owned).to_vec();
        assert_eq!(check(&steps), Err(GraphError::Cycle(named)));
        assert_eq!(check(&[step("a", &["a"])]), Err(GraphError::Cycle(vec!["a".to_owned()])));
    }

    #[test]
    fn unknown_and_repeated_keys_are_refused() {
        let unknown = GraphError::UnknownNeed { step: "a".to_owned(), needs: "z".to_owned() };
        assert_eq!(check(&[step("a", &["z"])]), Err(unknown));
        let twice = [step("a", &[]), step("a", &[])];
        assert_eq!(check(&twice), Err(GraphError::DuplicateKey("a".to_owned())));
    }

    #[test]
    fn more_steps_than_allowed_are_refused() {
        let steps: Vec<_> = (0..=200).map(|n| step(&n.to_string(), &[])).collect();
        assert_eq!(check(&steps), Err(GraphError::TooMany { found: 201, limit: 200 }));
        assert_eq!(check(&steps[..200]), Ok(()));
    }
}

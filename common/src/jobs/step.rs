//! What a service adds to the engine: kinds of steps.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::{NewStep, StepContext, StepError};
use crate::db::TenantTx;

/// One kind of step. It must bear being started again after any crash: what it wrote outside
/// its finishing transaction may be there already.
#[async_trait::async_trait]
pub trait StepKind: Send + Sync + 'static {
    /// The name in `job_step.kind`; never reused for something else.
    fn kind(&self) -> &'static str;

    /// Does the work. Watch [`StepContext::cancelled`] wherever it takes long.
    ///
    /// # Errors
    /// With the class that decides about another attempt.
    async fn run(&self, context: &StepContext) -> Result<StepDone, StepError>;
}

/// A step's success. The engine completes the step in `tx` and commits it.
#[derive(Debug, Default)]
pub struct StepDone {
    /// From [`StepContext::fenced`], with the step's effects; none when it has no effects here.
    pub tx: Option<TenantTx>,
    /// Shown to users: counts, versions, file names.
    pub outcome: Value,
    /// Some of the input was refused: the job ends as `succeeded_with_rejects`.
    pub rejects: bool,
    /// Steps that this one found. What depends on this step waits for them too.
    pub new_steps: Vec<NewStep>,
}

impl StepDone {
    /// A success without effects of its own.
    #[must_use]
    pub fn new(outcome: Value) -> Self {
        Self { outcome, ..Self::default() }
    }

    /// A success whose effects are in `tx`.
    #[must_use]
    pub fn with_tx(tx: TenantTx, outcome: Value) -> Self {
        Self { tx: Some(tx), outcome, ..Self::default() }
    }
}

/// The kinds of steps that this process can run. Others are left to other processes.
#[derive(Clone, Default)]
pub struct Registry {
    kinds: BTreeMap<&'static str, Arc<dyn StepKind>>,
}

impl Registry {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a kind; a second one of the same name takes its place.
    #[must_use]
    pub fn with(mut self, kind: impl StepKind) -> Self {
        self.kinds.insert(kind.kind(), Arc::new(kind));
        self
    }

    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.kinds.keys().map(|name| (*name).to_owned()).collect()
    }

    pub(super) fn get(&self, kind: &str) -> Option<Arc<dyn StepKind>> {
        self.kinds.get(kind).cloned()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.kinds.keys()).finish()
    }
}

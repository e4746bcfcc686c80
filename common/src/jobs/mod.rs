//! The job engine: long work as a graph of steps.
//!
//! A request [`submit`]s a job; a [`Worker`] claims as many ready steps in one statement as it has
//! room for, each under a lease of its own, runs each outside any transaction, and finishes it in
//! one transaction that checks the lease first and carries the step's own effect: effect and
//! completion are one. What a step does belongs to the service that puts its [`StepKind`] into a
//! [`Registry`].
//!
//! Who locks what, always in this order: lease → own step and slot → job → other steps.

mod attempt;
mod attempt_record;
mod claim;
mod context;
pub mod control;
mod covered;
pub mod dead_letter;
mod error;
mod eta;
mod exception;
mod finish;
mod graph;
mod heartbeat;
mod held;
mod history;
mod janitor;
mod progress;
mod retry;
pub mod schedule;
mod settle;
mod state;
mod step;
mod submit;
mod view;
mod wake;
mod worker;

pub use attempt_record::{AttemptRecord, AttemptResult};
pub use context::StepContext;
pub use control::{ControlError, cancel};
pub use covered::{CoverError, Covered};
pub use error::{Class, ErrorCode, Failure, StepError};
pub use exception::Exception;
pub use graph::{GraphError, MAX_ADDED_STEPS, MAX_SUBMITTED_STEPS, NewJob, NewStep};
pub use progress::{Progress, ProgressSnapshot};
pub use state::{JobState, StepState};
pub use step::{Registry, StepDone, StepKind};
pub use submit::{SubmitError, Submitted, submit};
pub use view::{JobFilter, JobPosition, JobSummary, JobView, StepCounts, StepView, list, show};
pub use worker::{Worker, WorkerOptions};

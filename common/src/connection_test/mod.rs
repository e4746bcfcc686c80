//! Tests of a tenant's connections: the contract between auth-service, which asks, and the service that owns the
//! adapter, which tries. Step after step, none after the first that fails; nothing is stored.

mod report;
mod trial;
mod values;

pub use report::{ConnectionReport, Outcome, Step, StepReport};
pub use trial::{Fault, Trial};
pub use values::{ConnectionValues, MalformedValues, TestedDataset};

use std::time::Duration;

/// From the first step to the report. auth-service waits a little longer than this.
pub const LIMIT: Duration = Duration::from_secs(9);

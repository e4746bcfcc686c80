//! Which event parameters come in other types than they are needed in.

pub use crate::store::param_drift::{DriftPosition, DriftRow, list};

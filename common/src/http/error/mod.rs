//! The error every handler and middleware returns, and the ways into it.

mod api_error;
mod from_db;
mod from_poem;
mod response;

pub use api_error::{ApiError, ApiResult};
pub(crate) use from_poem::{Context, from_poem, from_status};
pub(crate) use response::PROBLEM_JSON;

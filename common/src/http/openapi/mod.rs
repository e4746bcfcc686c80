//! The OpenAPI document at work: it is what the routes, the query check and the error explanations go by.

mod document;
mod examples;
mod explain;
pub(crate) mod known;
mod operations;
mod schema_walk;

pub(crate) use document::{canonical, refine};
pub(crate) use explain::{explain_body, mistyped_text};
pub(crate) use operations::ROOTED;
pub use operations::{MatchedOperation, Operation, Operations, QueryParameter};
pub(crate) use schema_walk::join;

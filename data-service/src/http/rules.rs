//! Who may call what.

use common::auth::{Access, Role, Rule};
use poem::http::Method;

const READ: Access = Access::Role(Role::Viewer);
const WORK: Access = Access::Role(Role::Analyst);

/// The one table; a route that is not in it is closed.
pub const RULES: &[Rule] = &[
    Rule::new(Method::POST, "/data/v1/jobs", WORK),
    Rule::new(Method::GET, "/data/v1/jobs", READ),
    Rule::new(Method::GET, "/data/v1/jobs/{id}", READ),
    Rule::new(Method::POST, "/data/v1/jobs/{id}/cancel", WORK),
    Rule::new(Method::GET, "/data/v1/jobs/{id}/events", READ),
    Rule::new(Method::GET, "/data/v1/availability", READ),
];

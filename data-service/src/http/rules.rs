//! Who may call what.

use common::auth::{Access, Role, Rule};
use poem::http::Method;

const READ: Access = Access::Role(Role::Viewer);
const WORK: Access = Access::Role(Role::Analyst);
const MANAGE: Access = Access::Role(Role::Admin);

/// The one table; a route that is not in it is closed.
pub const RULES: &[Rule] = &[
    Rule::new(Method::POST, "/data/v1/jobs", WORK),
    Rule::new(Method::GET, "/data/v1/jobs", READ),
    Rule::new(Method::GET, "/data/v1/jobs/{id}", READ),
    Rule::new(Method::POST, "/data/v1/jobs/{id}/cancel", WORK),
    Rule::new(Method::POST, "/data/v1/jobs/{id}/pause", WORK),
    Rule::new(Method::POST, "/data/v1/jobs/{id}/resume", WORK),
    Rule::new(Method::POST, "/data/v1/jobs/{id}/retry", WORK),
    Rule::new(Method::GET, "/data/v1/jobs/{id}/events", READ),
    Rule::new(Method::GET, "/data/v1/job-pauses", READ),
    Rule::new(Method::PUT, "/data/v1/job-pauses/{kind}", MANAGE),
    Rule::new(Method::DELETE, "/data/v1/job-pauses/{kind}", MANAGE),
    Rule::new(Method::GET, "/data/v1/dead-letters", READ),
    Rule::new(Method::POST, "/data/v1/dead-letters/redrive", WORK),
    Rule::new(Method::GET, "/data/v1/dead-letters/{id}", READ),
    Rule::new(Method::POST, "/data/v1/dead-letters/{id}/redrive", WORK),
    Rule::new(Method::GET, "/data/v1/schedules", READ),
    Rule::new(Method::POST, "/data/v1/schedules", MANAGE),
    Rule::new(Method::GET, "/data/v1/schedules/{id}", READ),
    Rule::new(Method::PUT, "/data/v1/schedules/{id}", MANAGE),
    Rule::new(Method::DELETE, "/data/v1/schedules/{id}", MANAGE),
    Rule::new(Method::POST, "/data/v1/schedules/{id}/pause", MANAGE),
    Rule::new(Method::POST, "/data/v1/schedules/{id}/resume", MANAGE),
    Rule::new(Method::GET, "/data/v1/files", READ),
    Rule::new(Method::GET, "/data/v1/files/{id}", READ),
    // Rows as they were sent: names and addresses of people.
    Rule::new(Method::GET, "/data/v1/files/{id}/rejects", WORK),
    Rule::new(Method::GET, "/data/v1/files/{id}/rejects.csv", WORK),
    Rule::new(Method::GET, "/data/v1/availability", READ),
    Rule::new(Method::GET, "/data/v1/param-drift", READ),
    Rule::new(Method::GET, "/data/v1/source-datasets", MANAGE),
    Rule::new(Method::GET, "/data/v1/backfills/estimate", MANAGE),
    Rule::new(Method::POST, "/data/v1/backfills", MANAGE),
    Rule::new(Method::GET, "/data/v1/webhook-endpoints", MANAGE),
    Rule::new(Method::POST, "/data/v1/webhook-endpoints", MANAGE),
    Rule::new(Method::GET, "/data/v1/webhook-endpoints/{id}", MANAGE),
    Rule::new(Method::PATCH, "/data/v1/webhook-endpoints/{id}", MANAGE),
    Rule::new(Method::DELETE, "/data/v1/webhook-endpoints/{id}", MANAGE),
    Rule::new(Method::POST, "/data/v1/webhook-endpoints/{id}/rotate-secret", MANAGE),
    Rule::new(Method::GET, "/data/v1/webhook-endpoints/{id}/deliveries", MANAGE),
    Rule::new(Method::POST, "/data/v1/hooks/{endpoint_id}", Access::Signature),
    // All people's contacts at once.
    Rule::new(Method::POST, "/data/v1/tenant/export", Access::Role(Role::Owner)),
    Rule::new(Method::POST, "/data/v1/internal/connection-tests/{kind}", Access::Service),
];

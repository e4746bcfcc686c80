//! Who may call what. An operation without a line here is closed to everyone.

use common::auth::{Access, Role, Rule};
use poem::http::Method;

const VIEWER: Access = Access::Role(Role::Viewer);
/// Reports show contacts unmasked, as their recipients see them; an export leaves the house.
const ANALYST: Access = Access::Role(Role::Analyst);

/// The one table of the service.
pub const RULES: &[Rule] = &[
    Rule::new(Method::GET, "/analytics/v1/stats/overview", VIEWER).for_branches(),
    Rule::new(Method::GET, "/analytics/v1/stats/series", VIEWER).for_branches(),
    Rule::new(Method::GET, "/analytics/v1/stats/locations", VIEWER),
    Rule::new(Method::GET, "/analytics/v1/stats/breakdown", VIEWER).for_branches(),
    Rule::new(Method::POST, "/analytics/v1/stats/query", VIEWER).for_branches(),
    Rule::new(Method::GET, "/analytics/v1/stats/funnel", VIEWER).for_branches(),
    Rule::new(Method::GET, "/analytics/v1/stats/retention", VIEWER).for_branches(),
    Rule::new(Method::POST, "/analytics/v1/stats/export", ANALYST).for_branches(),
    Rule::new(Method::GET, "/analytics/v1/stats/realtime", VIEWER).for_branches(),
    Rule::new(Method::GET, "/analytics/v1/tasks/carts", VIEWER),
    Rule::new(Method::GET, "/analytics/v1/action-items", VIEWER).for_branches(),
    Rule::new(Method::GET, "/analytics/v1/action-items/{action_item_id}", VIEWER).for_branches(),
    Rule::new(Method::GET, "/analytics/v1/reports/preview", ANALYST),
    Rule::new(Method::POST, "/analytics/v1/report-runs", ANALYST),
    Rule::new(Method::GET, "/analytics/v1/report-runs", ANALYST),
    Rule::new(Method::GET, "/analytics/v1/report-runs/{report_run_id}", ANALYST),
    Rule::new(Method::GET, "/analytics/v1/health/database", VIEWER),
    Rule::new(Method::POST, "/analytics/v1/internal/connection-tests/smtp", Access::Service),
];

//! Who may call what.

use common::auth::{Access, Role, Rule};
use poem::http::Method;

/// One line for each operation; a route without a line is closed.
pub const RULES: &[Rule] = &[
    Rule::new(Method::GET, "/auth/v1/login", Access::Public),
    Rule::new(Method::GET, "/auth/v1/callback", Access::Public),
    Rule::new(Method::GET, "/auth/v1/keys", Access::Public),
    Rule::new(Method::POST, "/auth/v1/logout", Access::Authenticated),
    Rule::new(Method::POST, "/auth/v1/tokens", Access::Authenticated),
    Rule::new(Method::GET, "/auth/v1/me", Access::Authenticated),
    Rule::new(Method::GET, "/auth/v1/tenant/configuration", Access::Role(Role::Admin)),
    Rule::new(Method::PATCH, "/auth/v1/tenant/configuration", Access::Role(Role::Admin)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_rule() {
        common::auth::assert_rules_cover(&crate::http::document(), RULES);
    }
}

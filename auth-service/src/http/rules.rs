//! Who may call what.

use common::auth::{Access, Role, Rule, Scope};
use poem::http::Method;

const ADMIN: Access = Access::Role(Role::Admin);

/// One line for each operation; a route without a line is closed.
pub const RULES: &[Rule] = &[
    Rule::new(Method::GET, "/auth/v1/login", Access::Public),
    Rule::new(Method::GET, "/auth/v1/callback", Access::Public),
    Rule::new(Method::GET, "/auth/v1/keys", Access::Public),
    // The refresh token is the credential.
    Rule::new(Method::POST, "/auth/v1/tokens/refresh", Access::Public),
    Rule::new(Method::POST, "/auth/v1/logout", Access::Authenticated),
    Rule::new(Method::POST, "/auth/v1/tokens", Access::Authenticated),
    Rule::new(Method::GET, "/auth/v1/sessions", Access::Authenticated),
    Rule::new(Method::DELETE, "/auth/v1/sessions/{session_id}", Access::Authenticated),
    Rule::new(Method::GET, "/auth/v1/me", Access::Authenticated),
    Rule::new(Method::POST, "/auth/v1/invitations/accept", Access::Authenticated),
    Rule::new(Method::POST, "/auth/v1/introspect", Access::Role(Role::ServiceAccount))
        .with_scope(Scope::TokensIntrospect),
    Rule::new(Method::GET, "/auth/v1/members", ADMIN),
    Rule::new(Method::PATCH, "/auth/v1/members/{person_id}", ADMIN),
    Rule::new(Method::DELETE, "/auth/v1/members/{person_id}", ADMIN),
    Rule::new(Method::GET, "/auth/v1/invitations", ADMIN),
    Rule::new(Method::POST, "/auth/v1/invitations", ADMIN),
    Rule::new(Method::DELETE, "/auth/v1/invitations/{invitation_id}", ADMIN),
    Rule::new(Method::GET, "/auth/v1/api-keys", ADMIN),
    Rule::new(Method::POST, "/auth/v1/api-keys", ADMIN),
    Rule::new(Method::POST, "/auth/v1/api-keys/{api_key_id}/rotate", ADMIN),
    Rule::new(Method::DELETE, "/auth/v1/api-keys/{api_key_id}", ADMIN),
    Rule::new(Method::GET, "/auth/v1/audit", ADMIN),
    Rule::new(Method::GET, "/auth/v1/tenant", Access::Role(Role::Viewer)).for_branches(),
    Rule::new(Method::PATCH, "/auth/v1/tenant", ADMIN),
    Rule::new(Method::POST, "/auth/v1/tenant/export", Access::Role(Role::Owner)),
    Rule::new(Method::GET, "/auth/v1/tenant/configuration", ADMIN),
    Rule::new(Method::PATCH, "/auth/v1/tenant/configuration", ADMIN),
    Rule::new(Method::POST, "/auth/v1/tenant/connections/{kind}/test", ADMIN),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_rule() {
        common::auth::assert_rules_cover(&crate::http::document(), RULES);
    }
}

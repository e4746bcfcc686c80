//! Walks a service's routes with every kind of caller, and compares with the rules.

use common::auth::{Access, Role, Rule, Scope};
use common::kernel::TenantScope;
use poem::Endpoint;
use poem::http::header;
use poem::test::TestClient;
use serde_json::Value;

use super::Identity;
use super::forged::concrete;

/// A caller and what is known about them.
struct Caller {
    name: String,
    token: String,
    role: Role,
    /// None for a person.
    scopes: Option<Vec<Scope>>,
    limited: bool,
}

/// Codes of refusals by rule; whatever else a route answers, it let the caller in.
const BY_RULE: [&str; 4] =
    ["role_too_low", "scope_missing", "limited_to_branches", "person_required"];

/// Every route × every role, service account with each single scope and with none, and
/// branch-scoped member: let in or refused exactly as the route's rule says.
///
/// # Panics
/// At the first route that answers otherwise.
pub async fn assert_roles<E: Endpoint>(
    client: &TestClient<E>,
    rules: &[Rule],
    identity: &Identity,
    scope: &TenantScope,
) {
    for caller in callers(identity, scope).await {
        for rule in rules {
            let (method, path) = (&rule.method, concrete(rule.path));
            let answer = client
                .request(method.clone(), path.clone())
                .header(header::AUTHORIZATION, format!("Bearer {}", caller.token))
                .content_type("application/json")
                .body("{}")
                .send()
                .await
                .0;
            let status = answer.status();
            let body = answer.into_body().into_vec().await.unwrap_or_default();
            let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
            let code = problem["type"].as_str().and_then(|kind| kind.rsplit(':').next());
            let refused = code.filter(|code| BY_RULE.contains(code));
            let name = &caller.name;
            if matches!(rule.access, Access::Service | Access::Signature) {
                assert_eq!(status.as_u16(), 401, "{method} {path} as {name}");
                continue;
            }
            assert_eq!(refused, expected(rule, &caller), "{method} {path} as {name}: {status}");
            assert_ne!(status.as_u16(), 401, "{method} {path} as {name}");
        }
    }
}

fn expected(rule: &Rule, caller: &Caller) -> Option<&'static str> {
    let needed = match rule.access {
        // People and machines have no credential for it; who calls is judged before.
        Access::Public | Access::Service | Access::Signature => return None,
        Access::Authenticated => return caller.scopes.is_some().then_some("person_required"),
        Access::Role(needed) => needed,
    };
    if !caller.role.covers(needed) {
        return Some("role_too_low");
    }
    if let Some(scopes) = &caller.scopes
        && !rule.scope().is_some_and(|scope| scopes.contains(&scope))
    {
        return Some("scope_missing");
    }
    (caller.limited && !rule.open_to_branches()).then_some("limited_to_branches")
}

async fn callers(identity: &Identity, scope: &TenantScope) -> Vec<Caller> {
    let mut callers = Vec::new();
    for role in Role::ALL {
        callers.push(Caller {
            name: role.to_string(),
            token: identity.token(scope, role).await,
            role,
            scopes: None,
            limited: false,
        });
    }
    for role in [Role::Analyst, Role::Viewer] {
        callers.push(Caller {
            name: format!("{role} of one branch"),
            token: identity.branch_member(scope, role, &["B1"]).await.token,
            role,
            scopes: None,
            limited: true,
        });
    }
    let single = Scope::ALL.into_iter().map(|scope| vec![scope]);
    for scopes in std::iter::once(Vec::new()).chain(single) {
        callers.push(Caller {
            name: format!("API key {scopes:?}"),
            token: identity.api_key(scope, &scopes).await,
            role: Role::ServiceAccount,
            scopes: Some(scopes),
            limited: false,
        });
    }
    callers
}

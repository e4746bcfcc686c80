//! A service's one table of who may call what.

use std::collections::HashMap;

use poem::http::Method;

use super::{Role, Scope};

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Public,
    /// Anyone who is logged in, with whatever role.
    Authenticated,
    /// Members of the tenant whose role covers this one.
    Role(Role),
    /// Services of ours, with a token made for this service. The endpoint takes [`super::CallingService`].
    Service,
    /// Outside systems that sign what they send with a secret they were given. The endpoint checks it itself.
    Signature,
}

/// One line of the table. The path is the whole one, in OpenAPI's form: `/data/v1/jobs/{job_id}`.
#[derive(Debug, Clone)]
pub struct Rule {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
    scope: Option<Scope>,
    branches: bool,
}

impl Rule {
    /// Open to members who see the whole tenant, and to API keys with the scope of service and
    /// method.
    #[must_use]
    pub const fn new(method: Method, path: &'static str, access: Access) -> Self {
        Self { method, path, access, scope: None, branches: false }
    }

    /// Another scope than that of service and method.
    #[must_use]
    pub const fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Open to branch-scoped members too: the operation shows them their branches only.
    #[must_use]
    pub const fn for_branches(mut self) -> Self {
        self.branches = true;
        self
    }

    /// What an API key needs; none closes the route to keys.
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        self.scope.or_else(|| Scope::of(&self.method, self.path))
    }

    /// Whether branch-scoped members may call it.
    #[must_use]
    pub const fn open_to_branches(&self) -> bool {
        self.branches
    }
}

/// The part of a rule that judges a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) access: Access,
    pub(super) scope: Option<Scope>,
    pub(super) branches: bool,
}

/// The table as the checker reads it.
#[derive(Debug)]
pub(super) struct Rules {
    by_route: HashMap<(Method, String), Terms>,
}

impl Rules {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let entry = |rule: &Rule| {
            let terms = Terms { access: rule.access, scope: rule.scope(), branches: rule.branches };
            ((rule.method.clone(), template(rule.path)), terms)
        };
        Self { by_route: rules.iter().map(entry).collect() }
    }

    /// None when no line names the route: it is closed.
    pub(super) fn terms(&self, method: &Method, pattern: &str) -> Option<Terms> {
        let method = if method == Method::HEAD { Method::GET } else { method.clone() };
        self.by_route.get(&(method, template(pattern))).copied()
    }
}

/// One spelling for poem's `:id`, OpenAPI's `{id}` and a trailing slash. Names of parameters do
/// not tell routes apart.
pub(super) fn template(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        out.push('/');
        out.push_str(if segment.starts_with([':', '{', '*']) { "{}" } else { segment });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_found_by_either_spelling() {
        let rules = Rules::new(&[Rule::new(
            Method::GET,
            "/data/v1/jobs/{job_id}",
            Access::Role(Role::Viewer),
        )
        .for_branches()]);
        let viewer = Some(Terms {
            access: Access::Role(Role::Viewer),
            scope: Some(Scope::DataRead),
            branches: true,
        });
        assert_eq!(rules.terms(&Method::GET, "/data/v1/jobs/:job_id"), viewer);
        assert_eq!(rules.terms(&Method::HEAD, "/data/v1/jobs/:job_id"), viewer);
        assert_eq!(rules.terms(&Method::POST, "/data/v1/jobs/:job_id"), None);
        assert_eq!(rules.terms(&Method::GET, "/data/v1/jobs"), None);
    }
}

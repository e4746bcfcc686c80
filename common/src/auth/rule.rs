//! A service's one table of who may call what.

use std::collections::HashMap;

use poem::http::Method;

use super::Role;

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Public,
    /// Anyone who is logged in, with whatever role.
    Authenticated,
    /// Members of the tenant whose role covers this one.
    Role(Role),
}

/// One line of the table. The path is the whole one, in OpenAPI's form: `/data/v1/jobs/{job_id}`.
#[derive(Debug, Clone)]
pub struct Rule {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
}

impl Rule {
    #[must_use]
    pub const fn new(method: Method, path: &'static str, access: Access) -> Self {
        Self { method, path, access }
    }
}

/// The table as the checker reads it.
#[derive(Debug)]
pub(super) struct Rules {
    by_route: HashMap<(Method, String), Access>,
}

impl Rules {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let entry = |rule: &Rule| ((rule.method.clone(), template(rule.path)), rule.access);
        Self { by_route: rules.iter().map(entry).collect() }
    }

    /// None when no line names the route: it is closed.
    pub(super) fn access(&self, method: &Method, pattern: &str) -> Option<Access> {
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
        )]);
        let viewer = Some(Access::Role(Role::Viewer));
        assert_eq!(rules.access(&Method::GET, "/data/v1/jobs/:job_id"), viewer);
        assert_eq!(rules.access(&Method::HEAD, "/data/v1/jobs/:job_id"), viewer);
        assert_eq!(rules.access(&Method::POST, "/data/v1/jobs/:job_id"), None);
        assert_eq!(rules.access(&Method::GET, "/data/v1/jobs"), None);
    }
}

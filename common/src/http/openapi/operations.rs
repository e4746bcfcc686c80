//! The operations of a document, found by method and path. Also the source of `Allow` and of route labels.

use std::collections::BTreeMap;
use std::sync::Arc;

use poem::http::Method;
use serde_json::Value;

use super::known;

/// What outside systems are told to call is answered without the service's base too: an address to paste stays short,
/// and outlives the version of the API.
pub(crate) const ROOTED: &str = "/hooks";

/// One documented operation.
#[derive(Debug)]
pub struct Operation {
    /// The method it answers.
    pub method: Method,
    /// Path below the service's base, for example `/jobs/{job_id}`.
    pub template: String,
    /// True unless it may be called without a credential.
    pub secured: bool,
    /// Names in the template, in its order.
    pub path_parameters: Vec<String>,
    /// The query parameters it knows.
    pub query_parameters: Vec<QueryParameter>,
    /// Parameter → the words it takes, where they are listed.
    words: BTreeMap<String, Vec<String>>,
    /// Schema of the JSON body, if it takes one.
    pub body: Option<Value>,
}

/// One query parameter of an operation.
#[derive(Debug)]
pub struct QueryParameter {
    /// As it stands before `=`.
    pub name: String,
    /// True for lists, which may be given several times.
    pub repeatable: bool,
}

/// An operation together with the schemas its body refers to. In the extensions of every matched request.
#[derive(Debug, Clone)]
pub struct MatchedOperation {
    /// The operation.
    pub operation: Arc<Operation>,
    pub(crate) components: Arc<Value>,
}

/// Whether a path below the base is answered without it, too.
pub(crate) fn rooted(below: &str) -> bool {
    below.strip_prefix(ROOTED).is_some_and(|rest| rest.starts_with('/'))
}

impl Operation {
    /// What a parameter takes, if the document lists its words.
    pub(crate) fn expected(&self, parameter: &str) -> Option<String> {
        let words = self.words.get(parameter)?.iter().map(String::as_str);
        Some(format!("expected one of {}", known::list(words)))
    }

    /// Name of the first path parameter whose segment of `path` is not UTF-8 once decoded. Compared from the end,
    /// because the template lacks the service's base.
    pub(crate) fn undecodable(&self, path: &str) -> Option<&str> {
        let segments = self.template.rsplit('/').zip(path.rsplit('/'));
        let broken = segments.filter(|(template, given)| is_parameter(template) && !decodes(given));
        broken.last().map(|(template, _)| template.trim_matches(['{', '}']))
    }
}

fn decodes(segment: &str) -> bool {
    let mut bytes = segment.bytes();
    let mut decoded = Vec::with_capacity(segment.len());
    while let Some(byte) = bytes.next() {
        let mut digit = || bytes.next().and_then(|digit| char::from(digit).to_digit(16));
        match byte {
            b'%' => match (digit(), digit()) {
                (Some(high), Some(low)) => decoded.extend(u8::try_from(high * 16 + low)),
                _ => return false,
            },
            _ => decoded.push(byte),
        }
    }
    String::from_utf8(decoded).is_ok()
}

/// All operations of a service.
#[derive(Debug)]
pub struct Operations {
    base: String,
    operations: Vec<Arc<Operation>>,
    components: Arc<Value>,
}

const METHODS: [(&str, Method); 6] = [
    ("get", Method::GET),
    ("put", Method::PUT),
    ("post", Method::POST),
    ("delete", Method::DELETE),
    ("patch", Method::PATCH),
    ("head", Method::HEAD),
];

impl Operations {
    /// Reads `document`, whose paths lie below `base` (`/data/v1`).
    pub fn new(base: &str, document: &Value) -> Self {
        let schemas = &document["components"]["schemas"];
        let mut operations = Vec::new();
        for (template, path) in document["paths"].as_object().into_iter().flatten() {
            for (name, method) in METHODS {
                if let Some(operation) = path.get(name) {
                    operations.push(Arc::new(read(method, template, operation, schemas)));
                }
            }
        }
        let components = Arc::new(schemas.clone());
        Self { base: base.to_owned(), operations, components }
    }

    /// The operation that answers `method` at `path`; HEAD is answered by GET.
    pub fn find(&self, method: &Method, path: &str) -> Option<MatchedOperation> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let best = self
            .at(path)
            .filter(|operation| operation.method == *method)
            .max_by_key(|operation| literal_segments(&operation.template))?;
        Some(MatchedOperation { operation: best.clone(), components: self.components.clone() })
    }

    /// The value of `Allow` at `path`, none where nothing is documented.
    pub fn allowed(&self, path: &str) -> Option<String> {
        let most = self.at(path).map(|operation| literal_segments(&operation.template)).max()?;
        let mut methods: Vec<&str> = self
            .at(path)
            .filter(|operation| literal_segments(&operation.template) == most)
            .map(|operation| operation.method.as_str())
            .collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.sort_unstable();
        methods.dedup();
        Some(methods.join(", "))
    }

    /// Whether any answers without the service's base, too.
    pub(crate) fn rooted(&self) -> bool {
        self.operations.iter().any(|operation| rooted(&operation.template))
    }

    /// Every operation, for tests that walk them.
    pub fn iter(&self) -> impl Iterator<Item = &Operation> {
        self.operations.iter().map(AsRef::as_ref)
    }

    fn at<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Arc<Operation>> {
        let below = path.strip_prefix(&self.base).or_else(|| rooted(path).then_some(path));
        self.operations
            .iter()
            .filter(move |operation| below.is_some_and(|below| fits(&operation.template, below)))
    }
}

/// They win over parameters, as in the router.
fn literal_segments(template: &str) -> usize {
    template.split('/').filter(|segment| !is_parameter(segment)).count()
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{')
}

fn fits(template: &str, path: &str) -> bool {
    let mut path = path.split('/');
    template.split('/').all(|expected| {
        path.next().is_some_and(|given| {
            if is_parameter(expected) { !given.is_empty() } else { expected == given }
        })
    }) && path.next().is_none()
}

/// The words a parameter of this schema takes, each item of a list for itself.
fn words(schema: &Value, schemas: &Value) -> Option<Vec<String>> {
    if let Some(name) = schema["$ref"].as_str().and_then(|at| at.rsplit('/').next()) {
        return words(&schemas[name], schemas);
    }
    if let Some(words) = schema["enum"].as_array() {
        return Some(words.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    }
    let parts = schema["allOf"].as_array().into_iter().flatten().chain(schema.get("items"));
    parts.filter_map(|part| words(part, schemas)).next()
}

fn read(method: Method, template: &str, operation: &Value, schemas: &Value) -> Operation {
    let parameters = || operation["parameters"].as_array().into_iter().flatten();
    let listed = parameters().filter_map(|parameter| {
        let name = parameter["name"].as_str()?.to_owned();
        Some((name, words(&parameter["schema"], schemas)?))
    });
    let query = parameters().filter(|parameter| parameter["in"] == "query").map(|parameter| {
        QueryParameter {
            name: parameter["name"].as_str().unwrap_or_default().to_owned(),
            repeatable: parameter["schema"]["type"] == "array" && parameter["explode"] != false,
        }
    });
    let security = operation["security"].as_array();
    let body = operation["requestBody"]["content"].as_object().and_then(|content| {
        content
            .iter()
            .find(|(media, _)| media.starts_with("application/") && media.contains("json"))
    });
    Operation {
        method,
        template: template.to_owned(),
        secured: security.is_some_and(|any| {
            !any.is_empty()
                && any
                    .iter()
                    .all(|scheme| scheme.as_object().is_some_and(|scheme| !scheme.is_empty()))
        }),
        path_parameters: template
            .split('/')
            .filter(|segment| is_parameter(segment))
            .map(|segment| segment.trim_matches(['{', '}']).to_owned())
            .collect(),
        query_parameters: query.collect(),
        words: listed.collect(),
        body: body.map(|(_, content)| content["schema"].clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn operations() -> Operations {
        Operations::new(
            "/data/v1",
            &json!({"paths": {
                "/jobs": {"get": {"security": [{"bearer": []}], "parameters": [
                    {"in": "query", "name": "state", "schema": {"type": "array"}, "explode": true},
                    {"in": "query", "name": "limit", "schema": {"type": "integer"}}]},
                    "post": {"security": [{"bearer": []}, {}]}},
                "/jobs/{job_id}": {"get": {}, "delete": {}},
                "/jobs/latest": {"get": {}},
                "/hooks/{id}": {"post": {}},
            }}),
        )
    }

    #[test]
    fn literal_segments_win_and_the_rest_is_a_parameter() {
        let operations = operations();
        let template = |path| {
            operations.find(&Method::GET, path).map(|found| found.operation.template.clone())
        };
        assert_eq!(template("/data/v1/jobs/latest").as_deref(), Some("/jobs/latest"));
        assert_eq!(template("/data/v1/jobs/7").as_deref(), Some("/jobs/{job_id}"));
        assert_eq!(template("/data/v1/jobs/"), None);
        assert_eq!(template("/data/v1/jobs/7/x"), None);
        assert_eq!(template("/jobs/7"), None);
        assert!(operations.find(&Method::HEAD, "/data/v1/jobs").is_some());
    }

    #[test]
    fn what_outside_systems_call_is_found_without_the_base() {
        let operations = operations();
        for path in ["/hooks/7", "/data/v1/hooks/7"] {
            let found = operations.find(&Method::POST, path);
            assert_eq!(found.unwrap().operation.template, "/hooks/{id}", "{path}");
        }
        assert_eq!(operations.allowed("/hooks/7").as_deref(), Some("POST"));
        assert!(operations.find(&Method::POST, "/hooksX/7").is_none());
        assert!(operations.rooted());
    }

    #[test]
    fn allow_lists_what_is_documented() {
        assert_eq!(operations().allowed("/data/v1/jobs").as_deref(), Some("GET, HEAD, POST"));
        assert_eq!(operations().allowed("/data/v1/jobs/7").as_deref(), Some("DELETE, GET, HEAD"));
        assert_eq!(operations().allowed("/data/v1/jobs/latest").as_deref(), Some("GET, HEAD"));
        assert_eq!(operations().allowed("/data/v1/nothing"), None);
    }

    #[test]
    fn an_optional_credential_is_not_secured() {
        let operations = operations();
        assert!(operations.find(&Method::GET, "/data/v1/jobs").unwrap().operation.secured);
        assert!(!operations.find(&Method::POST, "/data/v1/jobs").unwrap().operation.secured);
        let get = operations.find(&Method::GET, "/data/v1/jobs").unwrap().operation;
        assert!(get.query_parameters[0].repeatable && !get.query_parameters[1].repeatable);
    }
}

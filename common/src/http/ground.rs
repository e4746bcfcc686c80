//! Puts a web API together: the operations, their document and page, health, and the envelope around it all.

use std::sync::Arc;
use std::time::Duration;

use poem::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use poem::{
    EndpointExt, IntoEndpoint, Response, Route, endpoint::BoxEndpoint, endpoint::make_sync, get,
};
use poem_openapi::{OpenApi, OpenApiService};
use serde_json::Value;

use super::middleware::{Cors, Envelope, Rules, TrustedProxies};
use super::openapi::{Operations, ROOTED, canonical, refine};
use super::rate_limit::AddressLimit;
use super::{Health, health_routes};
use crate::config::{ConfigError, HttpSettings};
use crate::kernel::{SharedClock, SystemClock};

/// The page runs the script and styles that it contains, nothing else.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const NO_EXAMPLES: &str = "{}";

/// What [`ground`] needs besides the API itself.
#[derive(Debug)]
pub struct Ground {
    service: &'static str,
    settings: HttpSettings,
    health: Health,
    examples: &'static str,
    body_limits: Vec<(String, usize)>,
    extra: Vec<(&'static str, BoxedRoute)>,
}

struct BoxedRoute(BoxEndpoint<'static, Response>);

impl std::fmt::Debug for BoxedRoute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BoxedRoute")
    }
}

impl Ground {
    /// `service` is the first path segment: `data` serves `/data/v1`, `/data/docs` and `/data/openapi.json`.
    pub fn new(service: &'static str, settings: &HttpSettings, health: Health) -> Self {
        Self {
            service,
            settings: settings.clone(),
            health,
            examples: NO_EXAMPLES,
            body_limits: Vec::new(),
            extra: Vec::new(),
        }
    }

    /// What is asked and answered, for the document: a JSON object such as `{"GET /jobs": {"200": …}}`, with
    /// `request` beside the statuses where a body is sent.
    #[must_use]
    pub fn examples(mut self, examples: &'static str) -> Self {
        self.examples = examples;
        self
    }

    /// The body limit of one route, named by its template (`/hooks/{endpoint_id}`), instead of the general one.
    #[must_use]
    pub fn body_limit(mut self, template: &str, bytes: usize) -> Self {
        self.body_limits.push((template.to_owned(), bytes));
        self
    }

    /// A route outside the document, such as a bundled page, answering GET.
    #[must_use]
    pub fn page<E>(mut self, path: &'static str, page: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        self.extra.push((path, BoxedRoute(page.into_endpoint().map_to_response().boxed())));
        self
    }

    fn rules(&self, document: &Value) -> Result<Rules, ConfigError> {
        self.settings.validate()?;
        let invalid = |error: crate::config::InvalidRange| {
            ConfigError::invalid("http.trusted_proxies", error.to_string())
        };
        let clock: SharedClock = Arc::new(SystemClock);
        Ok(Rules {
            addresses: AddressLimit::new(&self.settings, &clock),
            operations: Operations::new(&base(self.service), document),
            cors: Cors::new(&self.settings.allowed_origins),
            proxies: TrustedProxies::new(&self.settings.trusted_proxies).map_err(invalid)?,
            deadline: Duration::from_millis(self.settings.request_deadline_ms),
            body_limit: self.settings.body_limit_bytes,
            body_limits: self.body_limits.clone(),
            https: self.settings.public_url.starts_with("https://"),
        })
    }
}

fn base(service: &str) -> String {
    format!("/{service}/v1")
}

/// The document as served at `/<service>/openapi.json`; `docs/openapi/` holds its snapshot.
/// `examples` as in [`Ground::examples`].
pub fn openapi_document<T: OpenApi + 'static>(
    api: OpenApiService<T, ()>,
    service: &str,
    examples: &str,
) -> String {
    canonical(&refine(&api.server(base(service)).spec(), examples))
}

/// The whole web API of a service. The result never fails: every error is already a problem.
///
/// # Errors
/// When the HTTP settings are not usable.
pub fn ground<T: OpenApi + 'static>(
    api: OpenApiService<T, ()>,
    options: Ground,
) -> Result<BoxEndpoint<'static, Response>, ConfigError> {
    let service = options.service;
    let api = api.server(base(service));
    let generated = api.spec();
    let document = refine(&generated, options.examples);
    let rules = options.rules(&document)?;
    let served = canonical(&document);
    // The page embeds the generated document; people should read the refined one.
    let page = api.swagger_ui_html().replace(&generated, served.replace("</", "<\\/").trim_end());
    let rooted = rules.operations.rooted();
    let api = Arc::new(api.into_endpoint());
    let mut routes = Route::new()
        .nest(base(service), api.clone())
        .at(
            format!("/{service}/openapi.json"),
            get(text("application/json", "default-src 'none'", served)),
        )
        .at(format!("/{service}/docs"), get(text("text/html; charset=utf-8", DOCS_POLICY, page)));
    if rooted {
        routes = routes.nest_no_strip(ROOTED, api);
    }
    for (path, BoxedRoute(page)) in options.extra {
        routes = routes.at(path, get(page));
    }
    Ok(Envelope::new(health_routes(routes, options.health), rules).boxed())
}

/// Health and metrics of a process without a web API (`work`), under the same rules.
///
/// # Errors
/// When the HTTP settings are not usable.
pub fn health_only(
    service: &'static str,
    settings: &HttpSettings,
    health: Health,
) -> Result<BoxEndpoint<'static, Response>, ConfigError> {
    let options = Ground::new(service, settings, health.clone());
    let rules = options.rules(&Value::Null)?;
    Ok(Envelope::new(health_routes(Route::new(), health), rules).boxed())
}

fn text(media: &'static str, policy: &'static str, body: String) -> BoxEndpoint<'static, Response> {
    let body = bytes::Bytes::from(body);
    make_sync(move |_| {
        Response::builder()
            .header(CONTENT_TYPE, media)
            .header(CACHE_CONTROL, "no-cache")
            .header(CONTENT_SECURITY_POLICY, policy)
            .body(body.clone())
    })
    .boxed()
}

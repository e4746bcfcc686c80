//! The endpoints of the code flow.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use common::kernel::{Clock, SystemClock};
use jsonwebtoken::{Algorithm, Header, encode};
use poem::endpoint::BoxEndpoint;
use poem::http::{StatusCode, header};
use poem::web::{Data, Form, Html, Json, Query, Redirect};
use poem::{EndpointExt, IntoResponse, Request, Response, Route, get, handler, post};
use serde::Deserialize;
use serde_json::{Value, json};

use super::code::Grant;
use super::page::login_page;
use super::provider::{KEY_ID, Shared};

type State<'a> = Data<&'a Arc<Shared>>;

pub(super) fn routes(shared: Arc<Shared>) -> BoxEndpoint<'static> {
    Route::new()
        .at("/.well-known/openid-configuration", get(discovery))
        .at("/keys", get(keys))
        .at("/authorize", get(choose).post(chosen))
        .at("/token", post(token))
        .data(shared)
        .boxed()
}

#[handler]
fn discovery(Data(shared): State<'_>) -> Json<Value> {
    let issuer = &shared.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "email", "profile"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

#[handler]
fn keys(Data(shared): State<'_>) -> Json<Value> {
    Json(json!(shared.keys))
}

#[derive(Deserialize)]
struct Authorize {
    client_id: String,
    redirect_uri: String,
    response_type: String,
    state: String,
    nonce: Option<String>,
    code_challenge: String,
    code_challenge_method: String,
}

impl Authorize {
    fn acceptable(&self, shared: &Shared) -> bool {
        self.client_id == shared.options.client_id
            && self.redirect_uri == shared.options.redirect_uri
            && self.response_type == "code"
            && self.code_challenge_method == "S256"
    }
}

#[handler]
fn choose(Data(shared): State<'_>, Query(asked): Query<Authorize>) -> Response {
    if asked.acceptable(shared) {
        Html(login_page(&shared.options.accounts)).into_response()
    } else {
        refused(StatusCode::BAD_REQUEST, "invalid_request")
    }
}

#[derive(Deserialize)]
struct Chosen {
    subject: String,
}

#[handler]
fn chosen(
    Data(shared): State<'_>,
    Query(asked): Query<Authorize>,
    Form(chosen): Form<Chosen>,
) -> Response {
    let known = shared.options.accounts.iter().any(|account| account.subject == chosen.subject);
    if !known || !asked.acceptable(shared) {
        return refused(StatusCode::BAD_REQUEST, "invalid_request");
    }
    let Ok(mut target) = reqwest::Url::parse(&asked.redirect_uri) else {
        return refused(StatusCode::BAD_REQUEST, "invalid_request");
    };
    let code = shared.codes.issue(Grant {
        subject: chosen.subject,
        nonce: asked.nonce,
        redirect_uri: asked.redirect_uri,
        code_challenge: asked.code_challenge,
        issued_at: SystemClock.now(),
    });
    target
        .query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("state", &asked.state)
        .append_pair("iss", &shared.issuer);
    Redirect::see_other(target).into_response()
}

#[derive(Deserialize)]
struct Exchange {
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
}

#[handler]
fn token(request: &Request, Data(shared): State<'_>, Form(asked): Form<Exchange>) -> Response {
    if !client_authenticated(request, shared) {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let now = SystemClock.now();
    let grant = (asked.grant_type == "authorization_code")
        .then(|| shared.codes.redeem(&asked.code, &asked.code_verifier, &asked.redirect_uri, now))
        .flatten();
    let Some(grant) = grant else { return refused(StatusCode::BAD_REQUEST, "invalid_grant") };
    match id_token(shared, &grant, now) {
        Some(id_token) => Json(json!({
            "access_token": crate::canary::secret(uuid::Uuid::new_v4().simple()),
            "token_type": "Bearer",
            "expires_in": 60,
            "id_token": id_token,
        }))
        .into_response(),
        None => refused(StatusCode::BAD_REQUEST, "invalid_grant"),
    }
}

/// HTTP Basic, with id and secret form-encoded (RFC 6749, section 2.3.1); ours need no encoding.
fn client_authenticated(request: &Request, shared: &Shared) -> bool {
    let expected = format!("{}:{}", shared.options.client_id, shared.options.client_secret);
    request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
        .and_then(|encoded| STANDARD.decode(encoded).ok())
        .is_some_and(|given| given == expected.as_bytes())
}

fn id_token(shared: &Shared, grant: &Grant, now: chrono::DateTime<Utc>) -> Option<String> {
    let account = shared.options.accounts.iter().find(|a| a.subject == grant.subject)?;
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(KEY_ID.to_owned());
    let claims = json!({
        "iss": shared.issuer,
        "sub": account.subject,
        "aud": shared.options.client_id,
        "iat": now.timestamp(),
        "exp": now.timestamp() + 60,
        "nonce": grant.nonce,
        "email": account.email,
        "name": account.name,
    });
    encode(&header, &claims, &shared.key).ok()
}

fn refused(status: StatusCode, error: &str) -> Response {
    Json(json!({ "error": error })).with_status(status).into_response()
}

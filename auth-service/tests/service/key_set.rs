//! How often the provider's key set is fetched, and what holds while it cannot be.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use auth_service::adapters::provider::{Answer, Provider, ProviderError};
use auth_service::domain::identity::Identity;
use chrono::TimeDelta;
use common::kernel::{Clock, ManualClock, SystemClock};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use poem::http::StatusCode;
use poem::listener::{Acceptor, TcpAcceptor};
use poem::web::{Data, Json};
use poem::{EndpointExt, IntoResponse, Response, Route, Server, get, handler, post};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};

use crate::support::{CALLBACK, config};

/// A provider that counts, whose tokens bear whatever key id it is told.
struct Counting {
    issuer: String,
    clock: ManualClock,
    keys: Mutex<Vec<(String, EncodingKey, Jwk)>>,
    /// Key id of the next token; one that is not published is signed with the first key.
    signs_with: Mutex<String>,
    fetches: AtomicU32,
    away: AtomicBool,
}

type Shared<'a> = Data<&'a Arc<Counting>>;

impl Counting {
    fn publish(&self, kid: &str) {
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let key = EncodingKey::from_ec_der(pkcs8.unwrap().as_ref());
        let mut public = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
        public.common.key_id = Some(kid.to_owned());
        self.keys.lock().unwrap().push((kid.to_owned(), key, public));
    }

    fn sign_with(&self, kid: &str) {
        *self.signs_with.lock().unwrap() = kid.to_owned();
    }

    fn fetches(&self) -> u32 {
        self.fetches.load(Ordering::SeqCst)
    }
}

#[handler]
fn discovery(Data(shared): Shared<'_>) -> Response {
    if shared.away.load(Ordering::SeqCst) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let issuer = &shared.issuer;
    let document: Value = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    });
    Json(document).into_response()
}

#[handler]
fn jwks(Data(shared): Shared<'_>) -> Response {
    shared.fetches.fetch_add(1, Ordering::SeqCst);
    if shared.away.load(Ordering::SeqCst) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let keys = shared.keys.lock().unwrap().iter().map(|(_, _, public)| public.clone()).collect();
    Json(JwkSet { keys }).into_response()
}

#[handler]
fn issue(Data(shared): Shared<'_>) -> Json<Value> {
    let kid = shared.signs_with.lock().unwrap().clone();
    let keys = shared.keys.lock().unwrap();
    let (_, key, _) = keys.iter().find(|(known, _, _)| *known == kid).unwrap_or(&keys[0]);
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(kid);
    let now = shared.clock.now().timestamp();
    let claims = json!({
        "iss": shared.issuer, "sub": "anna", "aud": "footfall", "nonce": "n",
        "iat": now, "exp": now + 60,
    });
    let id_token = encode(&header, &claims, key).unwrap();
    Json(json!({ "access_token": "a", "token_type": "Bearer", "id_token": id_token }))
}

#[expect(clippy::disallowed_methods, reason = "a provider that ends with the test")]
async fn start() -> (Arc<Counting>, Provider) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let clock = ManualClock::at(SystemClock.now());
    let counting = Arc::new(Counting {
        issuer: issuer.clone(),
        clock: clock.clone(),
        keys: Mutex::default(),
        signs_with: Mutex::new("one".to_owned()),
        fetches: AtomicU32::new(0),
        away: AtomicBool::new(false),
    });
    counting.publish("one");
    let app = Route::new()
        .at("/.well-known/openid-configuration", get(discovery))
        .at("/keys", get(jwks))
        .at("/token", post(issue))
        .data(counting.clone());
    let acceptor = TcpAcceptor::from_tokio(listener).unwrap();
    assert_eq!(acceptor.local_addr().len(), 1);
    tokio::spawn(Server::new_with_acceptor(acceptor).run(app));
    let config = config(&issuer);
    let provider =
        Provider::new(&config.oidc, &config.net, CALLBACK.to_owned(), Arc::new(clock)).unwrap();
    (counting, provider)
}

async fn exchange(provider: &Provider) -> Result<Identity, ProviderError> {
    let answer =
        Answer { code: "c".to_owned(), nonce: "n".to_owned(), pkce_verifier: "v".repeat(43) };
    provider.exchange(answer).await
}

#[tokio::test]
async fn a_thousand_unknown_key_ids_cause_one_fetch_of_the_providers_keys() {
    let (counting, provider) = start().await;
    exchange(&provider).await.unwrap();
    assert_eq!(counting.fetches(), 1);
    counting.clock.advance(TimeDelta::seconds(31));
    for bogus in 0..1_000 {
        counting.sign_with(&format!("bogus-{bogus}"));
        let refused = exchange(&provider).await.unwrap_err();
        assert!(matches!(refused, ProviderError::IdToken(_)), "{refused:?}");
    }
    assert_eq!(counting.fetches(), 2);
    // A rotation needs no restart, only the pause.
    counting.publish("two");
    counting.sign_with("two");
    assert!(exchange(&provider).await.is_err());
    counting.clock.advance(TimeDelta::seconds(31));
    exchange(&provider).await.unwrap();
    assert_eq!(counting.fetches(), 3);
}

#[tokio::test]
async fn a_failed_fetch_keeps_the_good_keys_for_their_time_and_then_nothing_is_refused() {
    let (counting, provider) = start().await;
    exchange(&provider).await.unwrap();
    counting.away.store(true, Ordering::SeqCst);
    counting.clock.advance(TimeDelta::seconds(31));
    counting.sign_with("bogus");
    assert!(exchange(&provider).await.is_err());
    counting.sign_with("one");
    exchange(&provider).await.unwrap();
    // Outdated, and still good for a day.
    counting.clock.advance(TimeDelta::hours(23));
    exchange(&provider).await.unwrap();
    counting.clock.advance(TimeDelta::hours(1));
    let away = exchange(&provider).await.unwrap_err();
    assert!(matches!(away, ProviderError::Away(_)), "{away:?}");
    let answer = common::http::ApiError::from(auth_service::error::Error::Provider(away));
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    counting.away.store(false, Ordering::SeqCst);
    counting.clock.advance(TimeDelta::seconds(31));
    exchange(&provider).await.unwrap();
}

//! Walks a service's routes with credentials that must open none of them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::auth::{Access, Claims, Rule, TOKEN_TYPE};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use poem::Endpoint;
use poem::http::{StatusCode, header};
use poem::test::TestClient;
use serde_json::{Value, json};

use super::{Identity, Member};

/// Every route that is not public answers 401 with a challenge to no credential and to each
/// forged one. `member` is someone whom the routes would let in.
///
/// # Panics
/// At the first route that answers otherwise.
pub async fn assert_closed<E: Endpoint>(
    client: &TestClient<E>,
    rules: &[Rule],
    identity: &Identity,
    member: &Member,
) {
    let tokens = identity.forged(member);
    for rule in rules.iter().filter(|rule| rule.access != Access::Public) {
        let path = concrete(rule.path);
        for (name, token) in &tokens {
            let mut request = client.request(rule.method.clone(), path.clone());
            if let Some(token) = token {
                request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
            }
            let answer = request.content_type("application/json").body("{}").send().await.0;
            let (method, status) = (&rule.method, answer.status());
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path} with {name}");
            let challenge = answer.headers().get(header::WWW_AUTHENTICATE);
            assert!(challenge.is_some(), "{method} {path} with {name} has no challenge");
        }
    }
}

/// The path with something well-formed in place of each parameter.
pub(super) fn concrete(path: &str) -> String {
    let part = |segment: &str| match segment.strip_prefix('{') {
        Some(name) if name.contains("date") || name.contains("day") => "2020-12-21".to_owned(),
        Some(_) => uuid::Uuid::from_u128(1).to_string(),
        None => segment.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

impl Identity {
    /// No credential, and one of each kind that must not pass.
    fn forged(&self, member: &Member) -> Vec<(&'static str, Option<String>)> {
        let changed = |change: fn(&mut Claims)| {
            let mut claims = member.claims.clone();
            change(&mut claims);
            Some(self.sign(&claims))
        };
        vec![
            ("no credential", None),
            ("an expired token", changed(|claims| claims.exp = claims.iat - 1)),
            ("another audience", changed(|claims| claims.aud = "elsewhere".to_owned())),
            ("another issuer", changed(|claims| claims.iss = "https://evil.example".to_owned())),
            ("alg none", Some(self.unsigned(&member.claims))),
            ("HS256 with the public key", Some(self.symmetric(&member.claims))),
            ("nonsense", Some("nonsense".to_owned())),
        ]
    }

    fn unsigned(&self, claims: &Claims) -> String {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({"alg": "none", "typ": TOKEN_TYPE, "kid": self.key_id.to_string()});
        format!("{}.{}.", part(header), part(json!(claims)))
    }

    fn symmetric(&self, claims: &Claims) -> String {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TOKEN_TYPE.to_owned());
        header.kid = Some(self.key_id.to_string());
        let key = EncodingKey::from_secret(json!(self.public).to_string().as_bytes());
        match encode(&header, claims, &key) {
            Ok(token) => token,
            Err(error) => panic!("no token: {error}"),
        }
    }
}

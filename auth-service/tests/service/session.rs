//! Sessions and access tokens: what lets someone in, and what does not.

use crate::support::{Person, Service, header, json as body, service_without_provider};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use common::auth::{AUDIENCE, Claims, ISSUER, Role};
use common::db::sql;
use common::kernel::Clock;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use poem::http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::identity::Identity;

async fn alpha_admin(service: &Service) -> Person {
    let person = service.person("admin").await;
    service.member(&service.test_db.alpha(), &person, "admin").await;
    service.settings(&service.test_db.alpha()).await;
    person
}

async fn read(service: &Service, token: &str) -> StatusCode {
    service
        .client
        .get("/auth/v1/tenant/configuration")
        .header("Authorization", format!("Bearer {token}"))
        .send()
        .await
        .0
        .status()
}

fn claims(service: &Service, person: &Person) -> Claims {
    let now = service.clock.now().timestamp();
    Claims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: person.person_id,
        tid: service.test_db.alpha().tenant_id(),
        sid: person.session_id,
        iat: now,
        exp: now + 600,
    }
}

#[tokio::test]
async fn a_token_is_good_until_it_expires() {
    let service = service_without_provider().await;
    let person = alpha_admin(&service).await;
    let token = service.token(&person, None).await;
    assert_eq!(read(&service, &token).await, StatusCode::OK);
    service.clock.advance(TimeDelta::minutes(10));
    assert_eq!(read(&service, &token).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let service = service_without_provider().await;
    let person = alpha_admin(&service).await;
    let good = service.token(&person, None).await;
    let kid = jsonwebtoken::decode_header(&good).unwrap().kid.unwrap();
    let keys = body(service.client.get("/auth/v1/keys").send().await).await;
    let public = keys["keys"][0].clone();
    assert_eq!(public["kid"], Value::from(kid.clone()));

    let unsigned = |alg: &str| {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(json!({"alg": alg, "typ": "at+jwt", "kid": kid}));
        format!("{head}.{}.", part(json!(claims(&service, &person))))
    };
    let mut symmetric = Header::new(Algorithm::HS256);
    symmetric.typ = Some("at+jwt".to_owned());
    symmetric.kid = Some(kid.clone());
    let with_public_key = |secret: &[u8]| {
        encode(&symmetric, &claims(&service, &person), &EncodingKey::from_secret(secret)).unwrap()
    };
    let point = [
        URL_SAFE_NO_PAD.decode(public["x"].as_str().unwrap()).unwrap(),
        URL_SAFE_NO_PAD.decode(public["y"].as_str().unwrap()).unwrap(),
    ]
    .concat();
    let signed = |change: fn(&mut Claims)| {
        let mut claims = claims(&service, &person);
        change(&mut claims);
        let app = service.app.clone();
        async move { app.signer.sign(&claims).await.unwrap() }
    };
    let mut tampered = good.clone();
    tampered.replace_range(good.len() - 4.., "AAAA");
    let forged = [
        ("none", unsigned("none")),
        ("None", unsigned("None")),
        ("no signature", unsigned("ES256")),
        ("HS256 with the key's JSON", with_public_key(public.to_string().as_bytes())),
        ("HS256 with the key's point", with_public_key(&point)),
        ("other audience", signed(|c| c.aud = "elsewhere".to_owned()).await),
        ("other issuer", signed(|c| c.iss = "https://evil.example".to_owned()).await),
        ("expired", signed(|c| c.exp = c.iat).await),
        ("from the future", signed(|c| c.iat += 3_600).await),
        ("someone else's session", signed(|c| c.sub = common::kernel::PersonId::mint()).await),
        ("tampered", tampered),
        ("nonsense", "nonsense".to_owned()),
        ("empty", String::new()),
    ];
    for (name, token) in forged {
        let answer = service.me(&token).await;
        assert_eq!(answer.0.status(), StatusCode::UNAUTHORIZED, "{name}");
        assert!(header(&answer, "www-authenticate").starts_with("Bearer"), "{name}");
    }
    assert_eq!(read(&service, &good).await, StatusCode::OK);
}

#[tokio::test]
async fn unknown_keys_cause_one_reading_of_the_set_in_thirty_seconds() {
    let service = service_without_provider().await;
    let person = alpha_admin(&service).await;
    let good = service.token(&person, None).await;
    assert_eq!(read(&service, &good).await, StatusCode::OK);
    // Had any of these a reading of its own, it would find the key that is published now.
    let other = Identity::new(&service.test_db).await;
    let token = other.token(&service.test_db.alpha(), Role::Admin).await;
    for _ in 0..1_000 {
        assert_eq!(read(&service, &token).await, StatusCode::UNAUTHORIZED);
    }
    service.clock.advance(TimeDelta::seconds(31));
    assert_eq!(read(&service, &token).await, StatusCode::OK);
    assert_eq!(read(&service, &good).await, StatusCode::OK, "the known key is kept");
}

#[tokio::test]
async fn logout_ends_cookie_and_tokens_within_two_seconds() {
    let service = service_without_provider().await;
    let person = alpha_admin(&service).await;
    let token = service.token(&person, None).await;
    assert_eq!(read(&service, &token).await, StatusCode::OK);
    let answer = service.post("/auth/v1/logout", &person.cookie).send().await;
    answer.assert_status(StatusCode::NO_CONTENT);
    assert!(header(&answer, "set-cookie").contains("Max-Age=0"));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(read(&service, &token).await, StatusCode::UNAUTHORIZED);
    let me = service.get("/auth/v1/me", &person.cookie).send().await;
    me.assert_status(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn role_and_suspension_act_within_two_seconds() {
    let service = service_without_provider().await;
    let person = alpha_admin(&service).await;
    let alpha = service.test_db.alpha();
    let token = service.token(&person, None).await;
    assert_eq!(read(&service, &token).await, StatusCode::OK);
    service.member(&alpha, &person, "viewer").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(read(&service, &token).await, StatusCode::FORBIDDEN);
    service.member(&alpha, &person, "owner").await;
    let mut tx = service.db.tenant(&alpha).await.unwrap();
    sql::query("UPDATE tenant SET state = 'suspended'").execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(read(&service, &token).await, StatusCode::FORBIDDEN);
    let answer = service.post("/auth/v1/tokens", &person.cookie).body_json(&json!({})).send().await;
    answer.assert_status(StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_cookie_changes_nothing_from_other_origins_or_beside_a_token() {
    let service = service_without_provider().await;
    let person = alpha_admin(&service).await;
    for origin in [None, Some("https://evil.example"), Some("null")] {
        let mut request = service.client.post("/auth/v1/logout").header("Cookie", &person.cookie);
        if let Some(origin) = origin {
            request = request.header("Origin", origin);
        }
        request.send().await.assert_status(StatusCode::FORBIDDEN);
    }
    let token = service.token(&person, None).await;
    let both = service
        .get("/auth/v1/me", &person.cookie)
        .header("Authorization", format!("Bearer {token}"))
        .send()
        .await;
    both.assert_status(StatusCode::BAD_REQUEST);
    // An access token does not beget another.
    let answer = service
        .client
        .post("/auth/v1/tokens")
        .header("Authorization", format!("Bearer {token}"))
        .body_json(&json!({}))
        .send()
        .await;
    answer.assert_status(StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_tenant_header_selects_and_never_widens() {
    let service = service_without_provider().await;
    let person = alpha_admin(&service).await;
    let (alpha, beta) = (service.test_db.alpha(), service.test_db.beta());
    let path = "/auth/v1/tenant/configuration";
    let ask = async |tenant: String| {
        service.get(path, &person.cookie).header("X-Tenant-Id", tenant).send().await
    };
    ask(alpha.tenant_id().to_string()).await.assert_status_is_ok();
    let mut problems = Vec::new();
    for tenant in [beta.tenant_id().to_string(), common::kernel::TenantId::mint().to_string()] {
        let answer = ask(tenant).await;
        answer.assert_status(StatusCode::NOT_FOUND);
        let mut problem = body(answer).await;
        problem["request_id"] = Value::Null;
        problems.push(problem);
    }
    assert_eq!(problems[0], problems[1], "not yours looks like not there");
    ask("alpha".to_owned()).await.assert_status(StatusCode::BAD_REQUEST);
    // In both, one has to be named, and a token stays with its tenant.
    service.member(&beta, &person, "viewer").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    service.get(path, &person.cookie).send().await.assert_status(StatusCode::BAD_REQUEST);
    let token = service.token(&person, Some(alpha.tenant_id())).await;
    let answer = service
        .client
        .get(path)
        .header("Authorization", format!("Bearer {token}"))
        .header("X-Tenant-Id", beta.tenant_id().to_string())
        .send()
        .await;
    answer.assert_status(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_session_ends_when_idle() {
    let service = service_without_provider().await;
    let person = alpha_admin(&service).await;
    service.get("/auth/v1/me", &person.cookie).send().await.assert_status_is_ok();
    service.clock.advance(TimeDelta::hours(12));
    let answer = service.get("/auth/v1/me", &person.cookie).send().await;
    answer.assert_status(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_database_that_is_away_stops_nobody_who_was_known() {
    let service = service_without_provider().await;
    let person = alpha_admin(&service).await;
    let token = service.token(&person, None).await;
    service.me(&token).await.assert_status_is_ok();
    let stranger = Claims { sid: common::kernel::SessionId::mint(), ..claims(&service, &person) };
    let stranger = service.app.signer.sign(&stranger).await.unwrap();
    service.db.close().await;
    // Longer than a standing counts as fresh.
    tokio::time::sleep(Duration::from_secs(2)).await;
    service.me(&token).await.assert_status_is_ok();
    let answer = service.me(&stranger).await;
    answer.assert_status(StatusCode::SERVICE_UNAVAILABLE);
    assert!(!header(&answer, "retry-after").is_empty());
    service.clock.advance(TimeDelta::minutes(10));
    service.me(&token).await.assert_status(StatusCode::UNAUTHORIZED);
}

//! The internal route: for a service of ours, with a token for this one, and for nobody else.

use common::auth::{Claims, ISSUER, Role, SERVICE_TOKEN_TYPE, ServiceClaims, TOKEN_TYPE};
use common::kernel::{Clock, SystemClock};
use poem::http::Method;
use serde_json::json;
use testkit::identity::Identity;

use crate::support::{Answer, Site};

const PATH: &str = "/data/v1/internal/connection-tests/sftp";

async fn ask(site: &Site, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    // An address that the guard refuses: the test ends at once, whoever may ask.
    let settings = json!({ "host": "10.0.0.1", "user": "footfall" });
    let body = json!({ "settings": settings, "secrets": {"password": testkit::canary::MARKER}, "datasets": [] });
    site.send(Method::POST, PATH, &headers, Some(body.to_string())).await
}

#[tokio::test]
async fn only_a_service_token_for_this_service_opens_the_internal_route() {
    let site = Site::new().await;
    let identity = Identity::new(&site.test).await;
    let member = identity.member(&site.test.alpha(), Role::Owner).await;
    let now = SystemClock.now().timestamp();
    let good = ServiceClaims {
        iss: ISSUER.to_owned(),
        aud: "data-service".to_owned(),
        sub: "auth-service".to_owned(),
        tid: site.test.alpha().tenant_id(),
        iat: now,
        exp: now + 30,
    };
    let answer = ask(&site, &identity.sign_as(SERVICE_TOKEN_TYPE, &good)).await;
    assert_eq!((answer.status, &answer.body["passed"]), (200, &json!(false)), "{}", answer.body);
    assert_eq!(answer.body["steps"][0]["code"], "blocked_address");

    let changed = |change: fn(&mut ServiceClaims)| {
        let mut claims = good.clone();
        change(&mut claims);
        identity.sign_as(SERVICE_TOKEN_TYPE, &claims)
    };
    let as_member = Claims { aud: "data-service".to_owned(), ..member.claims.clone() };
    for (name, token) in [
        ("an access token", member.token.clone()),
        ("an access token for this service", identity.sign(&as_member)),
        ("a service token that says it is an access token", identity.sign_as(TOKEN_TYPE, &good)),
        ("another service's", changed(|claims| claims.aud = "analytics-service".to_owned())),
        ("expired", changed(|claims| claims.exp = claims.iat)),
        ("another issuer's", changed(|claims| claims.iss = "https://evil.example".to_owned())),
        ("from the future", changed(|claims| claims.iat += 3_600)),
    ] {
        let answer = ask(&site, &token).await;
        assert_eq!(answer.status, 401, "{name}: {}", answer.body);
        assert!(!answer.header("www-authenticate").is_empty(), "{name}");
    }
}

//! Login against the OpenID-certified `oidc-provider`.

use crate::support::{CALLBACK, ORIGIN, Service, header, json, service, set_cookie};
use chrono::TimeDelta;
use common::auth::DEVELOPMENT_COOKIE;
use poem::http::StatusCode;
use poem::test::TestResponse;
use reqwest::Url;
use reqwest::redirect::Policy;
use testkit::oidc::{CertifiedProvider, Outcome};

const LOGIN_COOKIE: &str = "footfall_login_dev";

/// A login under way in one browser.
struct Login {
    authorize: Url,
    cookie: String,
}

async fn begin(service: &Service, return_to: &str) -> Login {
    let answer = service.client.get("/auth/v1/login").query("return_to", &return_to).send().await;
    answer.assert_status(StatusCode::SEE_OTHER);
    let cookie = set_cookie(&answer, LOGIN_COOKIE).unwrap();
    Login {
        authorize: header(&answer, "location").parse().unwrap(),
        cookie: format!("{LOGIN_COOKIE}={cookie}"),
    }
}

/// Walks the provider's redirects until it sends the browser back to us.
#[expect(clippy::disallowed_methods, reason = "plays a browser at the provider")]
async fn at_provider(authorize: &Url) -> Url {
    let browser = reqwest::Client::builder()
        .cookie_store(true)
        .redirect(Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let mut next = authorize.clone();
    for _ in 0..8 {
        let answer = browser.get(next.clone()).send().await.unwrap();
        let Some(location) = answer.headers().get("location") else {
            panic!("{next} answered {}: {}", answer.status(), answer.text().await.unwrap());
        };
        next = next.join(location.to_str().unwrap()).unwrap();
        if next.as_str().starts_with(CALLBACK) {
            return next;
        }
    }
    panic!("the provider never came back, last {next}");
}

async fn come_back(service: &Service, callback: &Url, cookie: &str) -> TestResponse {
    let path = format!("/auth/v1/callback?{}", callback.query().unwrap_or_default());
    service.client.get(path).header("Cookie", cookie).send().await
}

fn with(url: &Url, name: &str, value: Option<&str>) -> Url {
    let mut changed = url.clone();
    let pairs: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| key != name)
        .map(|(k, v)| (k.into(), v.into()))
        .collect();
    changed.query_pairs_mut().clear().extend_pairs(pairs);
    if let Some(value) = value {
        changed.query_pairs_mut().append_pair(name, value);
    }
    changed
}

fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}

async fn assert_refused(answer: TestResponse, code: &str) {
    answer.assert_status(StatusCode::BAD_REQUEST);
    assert_eq!(set_cookie(&answer, DEVELOPMENT_COOKIE), None, "no session cookie");
    let problem = json(answer).await;
    assert_eq!(problem["type"], format!("urn:footfall:problem:{code}"), "{problem}");
}

async fn sessions(service: &Service) -> i64 {
    let mut tx = service.db.identity().await.unwrap();
    common::db::sql::query_scalar("SELECT count(*) FROM session")
        .fetch_one(tx.conn())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_login_begins_a_session_that_begets_tokens() {
    let provider = CertifiedProvider::start(CALLBACK).unwrap();
    let service = service(provider.issuer()).await;
    provider.next("anna", Outcome::LogIn).await.unwrap();
    let login = begin(&service, "/dashboard").await;
    assert_eq!(parameter(&login.authorize, "code_challenge_method"), "S256");
    let callback = at_provider(&login.authorize).await;
    let answer = come_back(&service, &callback, &login.cookie).await;
    answer.assert_status(StatusCode::SEE_OTHER);
    assert_eq!(header(&answer, "location"), "/dashboard");
    let cookie = set_cookie(&answer, DEVELOPMENT_COOKIE).unwrap();
    assert!(cookie.len() >= 43, "at least 256 bits");
    let cookie = format!("{DEVELOPMENT_COOKIE}={cookie}");
    let me = json(service.get("/auth/v1/me", &cookie).send().await).await;
    assert_eq!(me["person"]["email"], "anna@example.com");
    assert_eq!(me["tenants"].as_array().unwrap().len(), 0);
    // The same person again, and the first session ends with the second's beginning.
    let again = begin(&service, "//evil.example").await;
    let callback = at_provider(&again.authorize).await;
    let both = format!("{}; {cookie}", again.cookie);
    let answer = come_back(&service, &callback, &both).await;
    assert_eq!(header(&answer, "location"), "/");
    let new = format!("{DEVELOPMENT_COOKIE}={}", set_cookie(&answer, DEVELOPMENT_COOKIE).unwrap());
    let other = json(service.get("/auth/v1/me", &new).send().await).await;
    assert_eq!(other["person"]["person_id"], me["person"]["person_id"]);
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    service.get("/auth/v1/me", &cookie).send().await.assert_status(StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn answers_that_prove_nothing_begin_no_session() {
    let provider = CertifiedProvider::start(CALLBACK).unwrap();
    let service = service(provider.issuer()).await;
    provider.next("berta", Outcome::LogIn).await.unwrap();

    // Wrong, missing and foreign state.
    let login = begin(&service, "/").await;
    let callback = at_provider(&login.authorize).await;
    let wrong = with(&callback, "state", Some("x"));
    assert_refused(come_back(&service, &wrong, &login.cookie).await, "unknown_login").await;
    let missing = with(&callback, "state", None);
    come_back(&service, &missing, &login.cookie).await.assert_status(StatusCode::BAD_REQUEST);
    let stranger = begin(&service, "/").await;
    assert_refused(come_back(&service, &callback, &stranger.cookie).await, "unknown_login").await;
    // The stranger's attempt spent the state.
    assert_refused(come_back(&service, &callback, &login.cookie).await, "unknown_login").await;

    // Replayed state, and a code used for the second time in a login of its own.
    let first = begin(&service, "/").await;
    let used = at_provider(&first.authorize).await;
    come_back(&service, &used, &first.cookie).await.assert_status(StatusCode::SEE_OTHER);
    assert_refused(come_back(&service, &used, &first.cookie).await, "unknown_login").await;
    let second = begin(&service, "/").await;
    let state = parameter(&second.authorize, "state");
    let replayed = with(&used, "state", Some(&state));
    assert_refused(come_back(&service, &replayed, &second.cookie).await, "login_refused").await;

    // An answer that names another issuer, or none.
    for iss in [Some("https://other.example.com"), None] {
        let login = begin(&service, "/").await;
        let callback = with(&at_provider(&login.authorize).await, "iss", iss);
        assert_refused(come_back(&service, &callback, &login.cookie).await, "other_issuer").await;
    }

    // An ID token with another login's nonce.
    let login = begin(&service, "/").await;
    let swapped = with(&login.authorize, "nonce", Some("someone-elses"));
    let callback = at_provider(&swapped).await;
    assert_refused(come_back(&service, &callback, &login.cookie).await, "login_refused").await;

    // The person says no.
    provider.next("berta", Outcome::Deny).await.unwrap();
    let login = begin(&service, "/").await;
    let callback = at_provider(&login.authorize).await;
    assert_eq!(parameter(&callback, "error"), "access_denied");
    assert_refused(come_back(&service, &callback, &login.cookie).await, "login_refused").await;

    // Too late.
    provider.next("berta", Outcome::LogIn).await.unwrap();
    let login = begin(&service, "/").await;
    let callback = at_provider(&login.authorize).await;
    service.clock.advance(TimeDelta::minutes(11));
    assert_refused(come_back(&service, &callback, &login.cookie).await, "unknown_login").await;

    assert_eq!(sessions(&service).await, 1, "only the one good login began a session");
}

#[tokio::test]
async fn a_provider_that_is_away_or_has_new_keys_needs_no_restart() {
    let provider = CertifiedProvider::start(CALLBACK).unwrap();
    let (issuer, port) = (provider.issuer().to_owned(), provider.port());
    drop(provider);
    let service = service(&issuer).await;
    let answer = service.client.get("/auth/v1/login").send().await;
    answer.assert_status(StatusCode::SERVICE_UNAVAILABLE);
    assert!(!header(&answer, "retry-after").is_empty());

    let provider = CertifiedProvider::start_on(port, CALLBACK).unwrap();
    service.clock.advance(TimeDelta::seconds(5));
    let login = begin(&service, "/").await;
    let callback = at_provider(&login.authorize).await;
    come_back(&service, &callback, &login.cookie).await.assert_status(StatusCode::SEE_OTHER);

    // Known, then away: the exchange fails as unavailable, not as refused.
    let login = begin(&service, "/").await;
    let callback = at_provider(&login.authorize).await;
    drop(provider);
    let answer = come_back(&service, &callback, &login.cookie).await;
    answer.assert_status(StatusCode::SERVICE_UNAVAILABLE);

    // Back with other keys.
    let _provider = CertifiedProvider::start_on(port, CALLBACK).unwrap();
    service.clock.advance(TimeDelta::seconds(31));
    let login = begin(&service, "/").await;
    let callback = at_provider(&login.authorize).await;
    come_back(&service, &callback, &login.cookie).await.assert_status(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_invitation_is_accepted_at_login_once() {
    let provider = CertifiedProvider::start(CALLBACK).unwrap();
    let service = service(provider.issuer()).await;
    let owner = service.person("owner").await;
    service.member(&service.test_db.alpha(), &owner, "owner").await;
    service.settings(&service.test_db.alpha()).await;
    let configuration = async || {
        let path = "/auth/v1/tenant/configuration";
        json(service.get(path, &owner.cookie).send().await).await
    };
    let configured = configuration().await;
    let body = serde_json::json!({ "role": "analyst", "locations": ["B1"] });
    let made = service.post("/auth/v1/invitations", &owner.cookie).body_json(&body).send().await;
    let made = json(made).await;
    let path = made["accept_url"].as_str().unwrap().strip_prefix(ORIGIN).unwrap().to_owned();
    let follow = async |account: &str| {
        provider.next(account, Outcome::LogIn).await.unwrap();
        let answer = service.client.get(path.clone()).send().await;
        answer.assert_status(StatusCode::SEE_OTHER);
        let cookie = format!("{LOGIN_COOKIE}={}", set_cookie(&answer, LOGIN_COOKIE).unwrap());
        let callback = at_provider(&header(&answer, "location").parse().unwrap()).await;
        come_back(&service, &callback, &cookie).await
    };
    let answer = follow("carla").await;
    answer.assert_status(StatusCode::SEE_OTHER);
    let cookie =
        format!("{DEVELOPMENT_COOKIE}={}", set_cookie(&answer, DEVELOPMENT_COOKIE).unwrap());
    let me = json(service.get("/auth/v1/me", &cookie).send().await).await;
    assert_eq!(me["tenants"][0]["role"], "analyst");
    assert_eq!(me["tenants"][0]["locations"], serde_json::json!(["B1"]));
    // The same person logs in with the old link; another one is not let in by it.
    follow("carla").await.assert_status(StatusCode::SEE_OTHER);
    assert_refused(follow("doris").await, "invitation_unusable").await;
    assert_eq!(configuration().await, configured, "a login changes no configuration");
    // Every admin sees their own people's logins.
    let audit = service.get("/auth/v1/audit?action=login.succeeded", &owner.cookie).send().await;
    assert_eq!(json(audit).await["entries"].as_array().unwrap().len(), 2);
}

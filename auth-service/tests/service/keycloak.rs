//! Login at Keycloak, a provider that nobody here wrote, through its own login form.

use common::auth::DEVELOPMENT_COOKIE;
use poem::http::StatusCode;
use reqwest::Url;
use reqwest::redirect::Policy;
use testkit::oidc::Keycloak;

use crate::support::{CALLBACK, header, json, service, set_cookie};

const LOGIN_COOKIE: &str = "footfall_login_dev";

/// Follows redirects, fills in the form once, and stops where the browser is sent back to us.
#[expect(clippy::disallowed_methods, reason = "plays a browser at the provider")]
async fn at_keycloak(authorize: Url, password: &str) -> Result<Url, String> {
    let browser = reqwest::Client::builder();
    let browser = browser.cookie_store(true).redirect(Policy::none()).no_proxy().build().unwrap();
    let (mut next, mut filled_in) = (authorize, false);
    let mut answer = browser.get(next.clone()).send().await.unwrap();
    for _ in 0..10 {
        if let Some(location) = answer.headers().get("location") {
            next = next.join(location.to_str().unwrap()).unwrap();
            if next.as_str().starts_with(CALLBACK) {
                return Ok(next);
            }
            answer = browser.get(next.clone()).send().await.unwrap();
            continue;
        }
        let status = answer.status();
        let page = answer.text().await.unwrap();
        let Some(action) = login_form(&page).filter(|_| !filled_in && status == StatusCode::OK)
        else {
            return Err(format!("{status}: {page}"));
        };
        filled_in = true;
        next = next.join(&action).unwrap();
        let form = [("username", Keycloak::EMAIL), ("password", password)];
        answer = browser.post(next.clone()).form(&form).send().await.unwrap();
    }
    Err(format!("{next}: too many redirects"))
}

/// Where the login form of `page` is sent.
fn login_form(page: &str) -> Option<String> {
    let (_, form) = page.split_once("id=\"kc-form-login\"")?;
    let (_, action) = form.split_once("action=\"")?;
    let (action, _) = action.split_once('"')?;
    Some(action.replace("&amp;", "&"))
}

fn without_challenge(authorize: &Url) -> Url {
    let mut url = authorize.clone();
    let kept = authorize.query_pairs().filter(|(name, _)| !name.starts_with("code_challenge"));
    url.query_pairs_mut().clear().extend_pairs(kept);
    url
}

#[tokio::test]
async fn keycloak_is_a_provider_like_any_other() {
    let name = "keycloak_is_a_provider_like_any_other";
    let started = Keycloak::start_or_not_run(name, CALLBACK).await.unwrap();
    let Some(keycloak) = started else { return };
    let service = service(keycloak.issuer()).await;
    let begin = async || {
        let answer = service.client.get("/auth/v1/login?return_to=/dashboard").send().await;
        answer.assert_status(StatusCode::SEE_OTHER);
        let cookie = set_cookie(&answer, LOGIN_COOKIE).unwrap();
        let authorize: Url = header(&answer, "location").parse().unwrap();
        (authorize, format!("{LOGIN_COOKIE}={cookie}"))
    };
    let come_back = async |callback: &Url, cookie: &str| {
        let path = format!("/auth/v1/callback?{}", callback.query().unwrap());
        service.client.get(path).header("Cookie", cookie).send().await
    };

    let (authorize, cookie) = begin().await;
    let refused = at_keycloak(authorize.clone(), "wrong").await.unwrap_err();
    assert!(refused.contains("Invalid username or password"), "{refused}");
    let callback = at_keycloak(authorize, Keycloak::PASSWORD).await.unwrap();
    let answer = come_back(&callback, &cookie).await;
    answer.assert_status(StatusCode::SEE_OTHER);
    assert_eq!(header(&answer, "location"), "/dashboard");
    let session = set_cookie(&answer, DEVELOPMENT_COOKIE).unwrap();
    let session = format!("{DEVELOPMENT_COOKIE}={session}");
    let me = json(service.get("/auth/v1/me", &session).send().await).await;
    assert_eq!(me["person"]["email"], Keycloak::EMAIL);

    let again = come_back(&callback, &cookie).await;
    again.assert_status(StatusCode::BAD_REQUEST);
    assert_eq!(set_cookie(&again, DEVELOPMENT_COOKIE), None, "a state is good once");

    // What one browser began, another that has begun a login too cannot end.
    let (authorize, _) = begin().await;
    let (_, other) = begin().await;
    let callback = at_keycloak(authorize, Keycloak::PASSWORD).await.unwrap();
    let stolen = come_back(&callback, &other).await;
    stolen.assert_status(StatusCode::BAD_REQUEST);
    assert_eq!(set_cookie(&stolen, DEVELOPMENT_COOKIE), None);

    // Keycloak insists on the proof that we are the one that began, and refuses without asking for a password.
    let (authorize, cookie) = begin().await;
    let callback = at_keycloak(without_challenge(&authorize), Keycloak::PASSWORD).await.unwrap();
    assert!(callback.query().unwrap().contains("error=invalid_request"), "{callback}");
    let answer = come_back(&callback, &cookie).await;
    assert_eq!(set_cookie(&answer, DEVELOPMENT_COOKIE), None);
}

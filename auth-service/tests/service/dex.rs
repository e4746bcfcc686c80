//! Login at dex, a provider that nobody here wrote, through its own login form.

use common::auth::DEVELOPMENT_COOKIE;
use poem::http::StatusCode;
use reqwest::Url;
use reqwest::redirect::Policy;
use testkit::oidc::Dex;

use crate::support::{CALLBACK, header, json, service, set_cookie};

const LOGIN_COOKIE: &str = "footfall_login_dev";

/// Follows redirects, fills in the form, and stops where the browser is sent back to us.
#[expect(clippy::disallowed_methods, reason = "plays a browser at the provider")]
async fn at_dex(authorize: Url, password: &str) -> Result<Url, String> {
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
        } else if !filled_in && answer.status() == StatusCode::OK {
            filled_in = true;
            let form = [("login", Dex::EMAIL), ("password", password)];
            answer = browser.post(next.clone()).form(&form).send().await.unwrap();
        } else {
            return Err(format!("{next}: {}", answer.status()));
        }
    }
    Err(format!("{next}: too many redirects"))
}

#[tokio::test]
async fn dex_is_a_provider_like_any_other() {
    let name = "dex_is_a_provider_like_any_other";
    let Some(dex) = Dex::start_or_not_run(name, CALLBACK).await.unwrap() else { return };
    let service = service(dex.issuer()).await;
    let begin = async || {
        let answer = service.client.get("/auth/v1/login?return_to=/dashboard").send().await;
        answer.assert_status(StatusCode::SEE_OTHER);
        let cookie = set_cookie(&answer, LOGIN_COOKIE).unwrap();
        let authorize: Url = header(&answer, "location").parse().unwrap();
        (authorize, format!("{LOGIN_COOKIE}={cookie}"))
    };
    let (authorize, cookie) = begin().await;
    assert!(at_dex(authorize.clone(), "wrong").await.is_err(), "dex knows the password");
    let callback = at_dex(authorize, Dex::PASSWORD).await.unwrap();
    let back = format!("/auth/v1/callback?{}", callback.query().unwrap());
    let answer = service.client.get(back.clone()).header("Cookie", &cookie).send().await;
    answer.assert_status(StatusCode::SEE_OTHER);
    assert_eq!(header(&answer, "location"), "/dashboard");
    let session = set_cookie(&answer, DEVELOPMENT_COOKIE).unwrap();
    let session = format!("{DEVELOPMENT_COOKIE}={session}");
    let me = json(service.get("/auth/v1/me", &session).send().await).await;
    assert_eq!(me["person"]["email"], Dex::EMAIL);

    let again = service.client.get(back).header("Cookie", &cookie).send().await;
    again.assert_status(StatusCode::BAD_REQUEST);
    assert_eq!(set_cookie(&again, DEVELOPMENT_COOKIE), None, "a state is good once");
    // Another browser's answer begins no session.
    let (authorize, _) = begin().await;
    let callback = at_dex(authorize, Dex::PASSWORD).await.unwrap();
    let back = format!("/auth/v1/callback?{}", callback.query().unwrap());
    let stolen = service.client.get(back).header("Cookie", &cookie).send().await;
    stolen.assert_status(StatusCode::BAD_REQUEST);
}

//! How often one may ask, the same in all three services.

use reqwest::{Method, Response};
use testkit::identity::Role;

use crate::house::{House, Tenant};

/// A route of each that anyone in a tenant may ask.
const ROUTES: [&str; 3] = ["/auth/v1/tenant", "/data/v1/jobs", "/analytics/v1/tasks/carts"];

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_service_limits_callers_and_tenants() {
    let house = House::limited(&[
        ("FOOTFALL_HTTP__CALLER_REQUESTS_A_MINUTE", "4"),
        ("FOOTFALL_HTTP__TENANT_REQUESTS_A_MINUTE", "5"),
    ])
    .await;
    let first = house.member(Tenant::Alpha, Role::Viewer).await;
    let second = house.member(Tenant::Alpha, Role::Viewer).await;
    let stranger = house.member(Tenant::Beta, Role::Viewer).await;
    for route in ROUTES {
        let ask = async |token: &str| {
            house.request(Method::GET, route).bearer_auth(token).send().await.unwrap()
        };
        // More than the minute gives back meanwhile.
        let mut seen = Vec::new();
        for (token, times) in [(&first.token, 10), (&second.token, 10), (&stranger.token, 1)] {
            let mut of_one = Vec::new();
            for _ in 0..times {
                let answer = ask(token).await;
                let status = answer.status().as_u16();
                if status == 429 {
                    assert!(header(&answer, "retry-after").parse::<u64>().unwrap() >= 1, "{route}");
                    assert!(header(&answer, "ratelimit").contains(";r=0;"), "{route}");
                }
                of_one.push((status, header(&answer, "ratelimit-policy").to_owned()));
            }
            seen.push(of_one);
        }
        let refused = |by: &str, quota: u32| (429, format!("\"{by}\";q={quota};w=60"));
        let begins = |answers: &[(u16, String)]| answers[0].0 == 200;
        assert!(begins(&seen[0]) && seen[0].contains(&refused("caller", 4)), "{route}: {seen:?}");
        assert_eq!(seen[0].last().unwrap(), &refused("caller", 4), "{route}");
        // Another one of the tenant is let in, until all of them together asked too much.
        assert!(begins(&seen[1]) && seen[1].contains(&refused("tenant", 5)), "{route}: {seen:?}");
        assert!(begins(&seen[2]), "another tenant is not limited: {route}: {seen:?}");
    }
}

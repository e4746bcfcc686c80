//! How often one address may ask.

use common::config::HttpSettings;
use common::http::{ApiResult, Ground, Health, ground};
use common::lifecycle::Shutdown;
use poem_openapi::payload::PlainText;
use poem_openapi::{OpenApi, OpenApiService};

use crate::socket::Served;

struct Api;

#[OpenApi]
impl Api {
    /// Answers.
    #[oai(path = "/ok", method = "get")]
    async fn ok(&self) -> ApiResult<PlainText<&'static str>> {
        Ok(PlainText("ok"))
    }
}

#[tokio::test]
async fn an_address_asks_so_often_and_a_forwarded_one_counts_for_itself() {
    let settings = HttpSettings {
        address_requests_a_minute: 3,
        trusted_proxies: vec!["127.0.0.1".to_owned()],
        ..HttpSettings::default()
    };
    let options = Ground::new("test", &settings, Health::new(Shutdown::new()));
    let served = Served::new(ground(OpenApiService::new(Api, "Test", "1"), options).unwrap()).await;
    for remaining in [2, 1, 0] {
        let answer = served.get("/test/v1/ok", "").await;
        assert!(answer.starts_with("http/1.1 200"), "{answer}");
        assert!(answer.contains("ratelimit-policy: \"address\";q=3;w=60"), "{answer}");
        assert!(answer.contains(&format!("ratelimit: \"address\";r={remaining};")), "{answer}");
    }
    // Whatever is asked for, known to us or not; but for those who watch the process.
    for path in ["/test/v1/ok", "/test/v1/nothing", "/test/docs"] {
        let answer = served.get(path, "").await;
        assert!(answer.starts_with("http/1.1 429"), "{answer}");
        assert!(answer.contains("retry-after: ") && answer.contains("rate_limited"), "{answer}");
    }
    for path in ["/livez", "/readyz", "/metrics"] {
        let answer = served.get(path, "").await;
        assert!(answer.starts_with("http/1.1 200"), "{answer}");
    }
    let other = served.get("/test/v1/ok", "x-forwarded-for: 192.0.2.7\r\n").await;
    assert!(other.starts_with("http/1.1 200"), "{other}");
    assert!(other.contains("ratelimit: \"address\";r=2;"), "{other}");
}

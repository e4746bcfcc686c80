//! Connection tests from the admin's request to the real other side: an OpenSSH server, a mail server, and the
//! stand-in of BigQuery.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::bigquery::{Dataset, Fault, Injection, Route, Server};
use testkit::identity::Role;
use testkit::smtp::{Authority, Login, Protection, SmtpSink};
use testkit::sshd::{KeyKind, Sshd};

use crate::house::{House, Person, Tenant};

const CANARY: &str = testkit::canary::MARKER;

async fn ask(house: &House, admin: &Person, kind: &str, values: Value) -> (StatusCode, Value) {
    let begun = Instant::now();
    let answer = house
        .request(Method::POST, &format!("/auth/v1/tenant/connections/{kind}/test"))
        .bearer_auth(&admin.token)
        .json(&values)
        .send()
        .await
        .unwrap();
    assert!(begun.elapsed() < Duration::from_secs(15), "took {:?}", begun.elapsed());
    (answer.status(), answer.json().await.unwrap())
}

/// The step at which it failed and why; none when it passed.
async fn failure(
    house: &House,
    admin: &Person,
    kind: &str,
    values: Value,
) -> Option<(String, String)> {
    let (status, report) = ask(house, admin, kind, values).await;
    assert_eq!(status, 200, "{report}");
    let steps = report["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["duration_ms"].is_u64()));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let failed = steps.iter().find(|step| step["outcome"] == "failed");
    assert_eq!(report["passed"], failed.is_none(), "{report}");
    failed.map(|step| (text(&step["step"]), text(&step["code"])))
}

fn failed(step: &str, code: &str) -> Option<(String, String)> {
    Some((step.to_owned(), code.to_owned()))
}

fn with(values: &Value, more: Value) -> Value {
    let mut all = values.clone();
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn file_drops_and_mail_servers_are_tried_step_by_step() {
    let house = House::new().await;
    let sshd = Sshd::temporary(&[KeyKind::Ed25519]).unwrap();
    sshd.put("customers.csv", b"code,name\n").unwrap();
    let sftp = json!({
        "host": "127.0.0.1", "port": sshd.port(), "user": sshd.username(),
        "host_key_fingerprints": [sshd.fingerprint(KeyKind::Ed25519).unwrap()],
        "paths": {"customers": "customers.csv"},
        "private_key": sshd.client_key(KeyKind::Ed25519, "").unwrap(),
        "password": CANARY,
    });
    let admin = house.admin(Tenant::Alpha).await;

    let (status, report) = ask(&house, &admin, "sftp", sftp.clone()).await;
    assert_eq!((status, &report["passed"]), (StatusCode::OK, &json!(true)), "{report}");
    let steps: Vec<&str> =
        report["steps"].as_array().unwrap().iter().map(|s| s["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["dns", "tcp", "host_key", "auth", "permission", "object"]);

    // What was tried was not saved.
    let (status, problem) = ask(&house, &admin, "sftp", json!({})).await;
    assert_eq!((status.as_u16(), &problem["errors"][0]["code"]), (422, &json!("required")));
    house.configure(&admin, &json!({ "connections": { "sftp": sftp } })).await;
    assert_eq!(failure(&house, &admin, "sftp", json!({})).await, None, "as saved");
    let strange = json!({ "private_key": sshd.strange_key(KeyKind::Ed25519).unwrap() });
    let refused = failure(&house, &admin, "sftp", strange).await;
    assert_eq!(refused, failed("auth", "login_refused"));
    let other = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
    let attempts = sshd.authentication_attempts();
    let mismatch = json!({ "host_key_fingerprints": [other] });
    let (_, report) = ask(&house, &admin, "sftp", mismatch).await;
    let step = &report["steps"][2];
    assert_eq!((&step["step"], &step["code"]), (&json!("host_key"), &json!("host_key_mismatch")));
    let offered = sshd.fingerprint(KeyKind::Ed25519).unwrap();
    assert!(step["detail"].as_str().unwrap().contains(&offered), "{step}");
    assert_eq!(sshd.authentication_attempts(), attempts, "nothing was told to a stranger");

    // The sixth within a minute; the other tenant has its own five.
    let (status, _) = ask(&house, &admin, "smtp", json!({})).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);

    let admin = house.admin(Tenant::Beta).await;
    let mails = tempfile::tempdir().unwrap();
    let login = Login { user: "reports", password: CANARY };
    let sink = SmtpSink::start(mails.path(), 0, Protection::None, Some(login)).unwrap();
    let smtp = json!({
        "host": "127.0.0.1", "port": sink.port(), "tls": "none", "user": "reports",
        "password": CANARY, "from": "Shop <reports@example.com>",
    });
    assert_eq!(failure(&house, &admin, "smtp", smtp.clone()).await, None);
    let wrong = with(&smtp, json!({ "password": "wrong" }));
    assert_eq!(failure(&house, &admin, "smtp", wrong).await, failed("auth", "login_refused"));
    let authority = Authority::new().unwrap();
    let secure = tempfile::tempdir().unwrap();
    let untrusted =
        SmtpSink::start(secure.path(), 0, Protection::StartTls(&authority), None).unwrap();
    let starttls = with(&smtp, json!({ "port": untrusted.port(), "tls": "starttls" }));
    assert_eq!(failure(&house, &admin, "smtp", starttls).await, failed("tls", "tls"));
    assert_eq!(sink.messages().unwrap(), [], "nobody was sent anything");
    let inside = with(&sftp, json!({ "host": "169.254.169.254" }));
    let blocked = failure(&house, &admin, "sftp", inside).await;
    assert_eq!(blocked, failed("dns", "blocked_address"));
    // Takes a connection and says nothing: the test ends by itself.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let nobody = failure(&house, &admin, "sftp", with(&sftp, json!({ "port": port }))).await;
    assert_eq!(nobody, failed("host_key", "timeout"));

    nothing_leaked(&house, "canary");
    nothing_leaked(&house, sftp["private_key"].as_str().unwrap().lines().nth(2).unwrap());
}

fn nothing_leaked(house: &House, secret: &str) {
    for service in [&house.auth, &house.data, &house.analytics] {
        let log = service.log();
        assert!(log.contains("DEBUG"), "the log is at debug level");
        assert!(!log.contains(secret));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warehouse_is_tried_step_by_step() {
    let export = testkit::bigquery::TableSource::rows(
        testkit::ga4::Schema::from_notation("event_name").unwrap().into(),
        Vec::new(),
    );
    let dataset = Dataset::new("shop-analytics", "analytics_1").table("events_20260131", export);
    let empty = Dataset::new("shop-analytics", "analytics_2");
    let server = Server::start(vec![dataset, empty]).await.unwrap();
    let base_url = server.base_url();
    let data = [
        ("FOOTFALL_BIGQUERY__BASE_URL", base_url.as_str()),
        ("FOOTFALL_BIGQUERY__TOKEN_URIS", server.token_uri()),
    ];
    let house = House::with(&data, &[]).await;
    let admin = house.admin(Tenant::Alpha).await;
    let property = |dataset: &str| {
        json!({"properties": [
            {"property_id": 1, "dataset": dataset, "time_zone": "Europe/Zurich"},
        ]})
    };
    let key = server.service_account_key_json();
    let values = json!({ "project": "shop-analytics", "service_account_key": key });

    house.configure(&admin, &property("analytics_1")).await;
    assert_eq!(failure(&house, &admin, "bigquery", values.clone()).await, None);
    house.configure(&admin, &property("analytics_2")).await;
    let without = failure(&house, &admin, "bigquery", values.clone()).await;
    assert_eq!(without, failed("object", "not_found"), "no table of an export");
    server.inject(Injection::new(Fault::access_denied()).on(Route::TableList));
    let denied = failure(&house, &admin, "bigquery", values.clone()).await;
    assert_eq!(denied, failed("permission", "access_denied"));

    // A key file that would send its assertion elsewhere is refused before anything is called.
    server.clear_log();
    let stranger = key.replace(server.token_uri(), "https://evil.example/token");
    let (status, problem) =
        ask(&house, &admin, "bigquery", with(&values, json!({"service_account_key": stranger})))
            .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["pointer"], "/service_account_key");
    assert_eq!(problem["errors"][0]["code"], "blocked_address");
    assert!(server.request_log().is_empty());
    nothing_leaked(&house, "PRIVATE KEY");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_needs_its_service_and_an_admin() {
    // Nobody listens on the discard port.
    let nowhere = "http://127.0.0.1:9";
    let alone = House::with(&[], &[("FOOTFALL_SERVICES__ANALYTICS_URL", nowhere)]).await;
    let smtp = json!({ "host": "127.0.0.1", "port": 9, "from": "reports@example.com" });
    let admin = alone.admin(Tenant::Alpha).await;
    let (status, problem) = ask(&alone, &admin, "smtp", smtp.clone()).await;
    assert_eq!((status.as_u16(), &problem["status"]), (503, &json!(503)), "{problem}");
    let analyst = alone.member(Tenant::Alpha, Role::Analyst).await;
    assert_eq!(ask(&alone, &analyst, "smtp", smtp.clone()).await.0, StatusCode::FORBIDDEN);
    // People do not reach the internal route, whoever they are.
    let path = "/analytics/v1/internal/connection-tests/smtp";
    let body = json!({ "settings": smtp, "secrets": {}, "datasets": [] });
    let request = alone.request(Method::POST, path).bearer_auth(&admin.token).json(&body);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

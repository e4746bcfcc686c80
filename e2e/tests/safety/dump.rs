//! What a backup holds, and that it can be restored.

use std::path::Path;
use std::process::Command;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::db::{ServiceLogin, make_roles};
use testkit::postgres::{Binaries, Postgres, Profile};
use testkit::sshd::{KeyKind, Sshd};

use crate::house::{House, Person, Tenant, start, url};

const CANARY: &str = testkit::canary::MARKER;
/// The same in base64, as an encoding that hides nothing would show it.
const IN_BASE64: &str = "Y2FuYXJ5LTJmNmExYzBlOGIxMQ";

const CONFIGURATION: &str = "/auth/v1/tenant/configuration";

fn run(program: &str, arguments: &[&str]) -> String {
    let program = Binaries::find().unwrap().program(program);
    let output = Command::new(&program).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", program.display());
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Every kind of secret, planted in a connection that works but for its password.
fn planted(server: &Sshd) -> Value {
    json!({"connections": {
        "bigquery": {
            "project": "shop-analytics",
            "service_account_key": json!({
                "client_email": "reader@shop-analytics.iam.gserviceaccount.com",
                "private_key": format!("-----BEGIN PRIVATE KEY-----\n{CANARY}\n"),
                "token_uri": "https://oauth2.googleapis.com/token",
            }).to_string(),
        },
        "sftp": {
            "host": "127.0.0.1", "port": server.port(), "user": server.username(),
            "password": CANARY, "passphrase": CANARY,
            "host_key_fingerprints": [server.fingerprint(KeyKind::Ed25519).unwrap()],
            "paths": {"customers": "customers.csv"},
        },
        "smtp": {"host": "127.0.0.1", "port": 9, "user": "u", "password": CANARY,
                 "from": "Shop <reports@example.com>"},
    }})
}

/// Requests that fail with the canary in them, each in its own way; answers the bodies.
async fn provoke(house: &House, admin: &Person) -> Vec<String> {
    let long = CANARY.repeat(4_000);
    let test = "/auth/v1/tenant/connections/sftp/test";
    let json_body = "application/json";
    let mut bodies = Vec::new();
    for (method, path, media, body) in [
        (Method::PATCH, CONFIGURATION, json_body, format!("{{\"connections\": {CANARY}}}")),
        (
            Method::PATCH,
            CONFIGURATION,
            json_body,
            json!({"connections": {"sftp": {"host": "a b", "password": CANARY}}}).to_string(),
        ),
        (
            Method::PATCH,
            CONFIGURATION,
            json_body,
            json!({"connections": {"sftp": {"password": [CANARY]}}}).to_string(),
        ),
        (
            Method::PATCH,
            CONFIGURATION,
            json_body,
            json!({"connections": {"smtp": {"password": long}}}).to_string(),
        ),
        (
            Method::PATCH,
            CONFIGURATION,
            json_body,
            json!({"connections": {"bigquery": {"service_account_key": CANARY}}}).to_string(),
        ),
        (Method::PATCH, CONFIGURATION, "text/plain", CANARY.to_owned()),
        (Method::POST, test, json_body, json!({"password": CANARY, "port": 0}).to_string()),
        (Method::POST, test, json_body, json!({"private_key": CANARY}).to_string()),
        (Method::POST, test, json_body, json!({"password": CANARY}).to_string()),
        (Method::POST, "/auth/v1/tokens", json_body, CANARY.to_owned()),
        (Method::POST, "/data/v1/jobs", json_body, json!({"kind": 7, "note": 1}).to_string()),
    ] {
        let request = house.request(method.clone(), path).bearer_auth(&admin.token);
        let request = request.header("If-Match", "*").header("Content-Type", media).body(body);
        let answer = request.send().await.unwrap();
        let status = answer.status();
        assert!(!status.is_server_error(), "{method} {path}: {status}");
        bodies.push(answer.text().await.unwrap());
    }
    bodies
}

/// Has the worker log in with the planted password, which the server refuses.
async fn fail_a_job(house: &House, admin: &Person) -> Value {
    let body = json!({ "kind": "master_data" });
    let request = house.request(Method::POST, "/data/v1/jobs").bearer_auth(&admin.token);
    let job: Value = request.json(&body).send().await.unwrap().json().await.unwrap();
    let path = format!("/data/v1/jobs/{}", job["id"].as_str().unwrap());
    loop {
        let request = house.request(Method::GET, &path).bearer_auth(&admin.token);
        let job: Value = request.send().await.unwrap().json().await.unwrap();
        if !matches!(job["status"].as_str(), Some("pending" | "running")) {
            return job;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_secret_is_nowhere_to_be_found() {
    let house = House::new().await;
    let server = Sshd::temporary(&[KeyKind::Ed25519]).unwrap();
    let admin = house.admin(Tenant::Alpha).await;
    house.configure(&admin, &planted(&server)).await;
    let mut shown = provoke(&house, &admin).await;
    let worker = start(&house.test, "data-service", "work", &[]);
    let job = fail_a_job(&house, &admin).await;
    assert_eq!(job["status"], "failed", "{job}");
    shown.push(job.to_string());
    let request = house.request(Method::GET, CONFIGURATION).bearer_auth(&admin.token);
    shown.push(request.send().await.unwrap().text().await.unwrap());

    let dump = run("pg_dump", &[house.test.owner_url()]);
    // It is the whole database that was searched: settings, the audit trail and the job are in it.
    for known in ["shop-analytics", "configuration.changed", "master_data", "exception"] {
        assert!(dump.contains(known), "{known}");
    }
    let logs = [&house.auth, &house.data, &house.analytics, &worker].map(|service| service.log());
    assert!(logs.iter().all(|log| log.contains("DEBUG")), "the logs are at debug level");
    for text in shown.iter().chain(&logs).chain([&dump]) {
        for form in [CANARY, IN_BASE64] {
            let at = text.find(form).map(|at| &text[at.saturating_sub(200)..at]);
            assert_eq!(at, None, "the canary");
        }
    }
}

fn restore(dump: &Path, cluster: &Postgres) -> String {
    let maintenance = cluster.url("postgres");
    run("createdb", &["--maintenance-db", &maintenance, "restored"]);
    let target = cluster.url("restored");
    run("pg_restore", &["--dbname", &target, "--exit-on-error", &dump.to_string_lossy()]);
    target
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_dump_opens_its_secrets() {
    let house = House::new().await;
    let server = Sshd::temporary(&[KeyKind::Ed25519]).unwrap();
    server.put("customers.csv", b"code,name\n").unwrap();
    let admin = house.admin(Tenant::Alpha).await;
    let mut patch = planted(&server);
    let key = server.client_key(KeyKind::Ed25519, "").unwrap();
    patch["connections"]["sftp"]["private_key"] = json!(key);
    patch["connections"]["sftp"].as_object_mut().unwrap().remove("passphrase");
    house.configure(&admin, &patch).await;
    let stranger = house.admin(Tenant::Beta).await;

    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("footfall.dump");
    let file = format!("--file={}", dump.display());
    run("pg_dump", &["--format=custom", &file, house.test.owner_url()]);
    let cluster_folder = folder.path().join("cluster");
    let started = move || Postgres::start(&cluster_folder, Profile::Test);
    let cluster = tokio::task::spawn_blocking(started).await.unwrap().unwrap();
    make_roles(&cluster.url("postgres")).await.unwrap();
    let restored = restore(&dump, &cluster);

    let login = |login: ServiceLogin| login.url(&restored);
    let database = |url: String| ("FOOTFALL_DATABASE__URL", url);
    let (name, data_url) = database(login(ServiceLogin::Data));
    let data = start(&house.test, "data-service", "serve", &[(name, &data_url)]);
    let (name, auth_url) = database(login(ServiceLogin::Auth));
    let data_origin = url(&data, "");
    let settings = [(name, auth_url.as_str()), ("FOOTFALL_SERVICES__DATA_URL", &data_origin)];
    let auth = start(&house.test, "auth-service", "serve", &settings);

    // Sessions and signing keys came along, so the token from before is good.
    let read = house.http.get(url(&auth, CONFIGURATION)).bearer_auth(&admin.token);
    let read = read.send().await.unwrap();
    assert_eq!(
        (read.status(), &read.headers()["etag"]),
        (StatusCode::OK, &"\"v2\"".parse().unwrap())
    );
    let configuration: Value = read.json().await.unwrap();
    assert_eq!(configuration["connections"]["sftp"]["private_key"]["set"], true);
    let test = url(&auth, "/auth/v1/tenant/connections/sftp/test");
    let tested = house.http.post(test).bearer_auth(&admin.token).json(&json!({}));
    let report: Value = tested.send().await.unwrap().json().await.unwrap();
    assert_eq!(report["passed"], true, "{report}");
    // Policies came along, too.
    let other = house.http.get(url(&auth, CONFIGURATION)).bearer_auth(&stranger.token);
    let other: Value = other.send().await.unwrap().json().await.unwrap();
    assert_eq!(other["connections"], json!({}), "{other}");
    drop((auth, data));
    cluster.stop().unwrap();
}

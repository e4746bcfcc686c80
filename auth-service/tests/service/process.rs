//! The real binary: verbs, signals and exit codes.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use testkit::TestDb;
use testkit::db::ServiceLogin;

pub fn command(db: &TestDb, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auth-service"));
    command
        .env("FOOTFALL_DATABASE__URL", db.login_url(ServiceLogin::Auth))
        .env("FOOTFALL_CRYPTO__KEYS__FIRST", STANDARD.encode([7u8; 32]))
        .env("FOOTFALL_CRYPTO__ACTIVE", "first")
        .env("FOOTFALL_OIDC__ISSUER", "http://127.0.0.1:9")
        .env("FOOTFALL_HTTP__BIND", format!("127.0.0.1:{port}"))
        .env("FOOTFALL_HTTP__WORKERS_BIND", format!("127.0.0.1:{port}"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[expect(clippy::disallowed_methods, reason = "asks a process of its own whether it is ready")]
pub async fn ready(port: u16) {
    for _ in 0..600 {
        let answer = reqwest::get(format!("http://127.0.0.1:{port}/readyz")).await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not ready after 30 seconds");
}

pub fn terminate(child: Child) -> (Output, Duration) {
    let started = Instant::now();
    let killed = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap();
    assert!(killed.success());
    (child.wait_with_output().unwrap(), started.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn both_roles_drain_at_sigterm() {
    let db = TestDb::new().await;
    for role in ["serve", "work"] {
        let port = free_port();
        let child = command(&db, port).arg(role).spawn().unwrap();
        ready(port).await;
        let (output, took) = terminate(child);
        let log = String::from_utf8_lossy(&output.stderr).into_owned()
            + &String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{role}: {log}");
        assert!(took < Duration::from_secs(10), "{role} took {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tenant_create_prints_one_id_however_often() {
    let db = TestDb::new().await;
    let create = || {
        command(&db, 0)
            .args(["tenant", "create", "--slug", "garden-shops", "--name", "Garden Shops"])
            .args(["--time-zone", "Europe/Zurich", "--currency", "CHF", "--owner-subject", "owner"])
            .env("FOOTFALL_TELEMETRY__FILTER", "error")
            .output()
            .unwrap()
    };
    let (first, second) = (create(), create());
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let id = String::from_utf8_lossy(&first.stdout).trim().to_owned();
    assert!(id.parse::<common::kernel::TenantId>().is_ok(), "{id}");
    assert_eq!(first.stdout, second.stdout);
    assert!(String::from_utf8_lossy(&second.stderr).contains("exists"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_configuration_is_exit_code_two() {
    let db = TestDb::new().await;
    let output = command(&db, 0)
        .args(["config", "check"])
        .env("FOOTFALL_CRYPTO__ACTIVE", "another")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("crypto.active"));
    let output = command(&db, 0).args(["config", "check"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

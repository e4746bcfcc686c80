//! The real binary: verbs, signals and exit codes.

use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use testkit::TestDb;
use testkit::db::ServiceLogin;
use testkit::service::ServiceProcess;

pub fn command(db: &TestDb) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auth-service"));
    command
        .env("FOOTFALL_DATABASE__URL", db.login_url(ServiceLogin::Auth))
        .env("FOOTFALL_CRYPTO__KEYS__FIRST", STANDARD.encode([7u8; 32]))
        .env("FOOTFALL_CRYPTO__ACTIVE", "first")
        .env("FOOTFALL_OIDC__ISSUER", "http://127.0.0.1:9");
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn both_roles_drain_at_sigterm() {
    let db = TestDb::new().await;
    for role in ["serve", "work"] {
        let mut command = command(&db);
        command.arg(role);
        let ended = ServiceProcess::start(command).terminate(Duration::from_secs(10));
        assert_eq!(ended.status.code(), Some(0), "{role} after {:?}: {}", ended.took, ended.log);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tenant_create_prints_one_id_however_often() {
    let db = TestDb::new().await;
    let create = || {
        command(&db)
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
    let output = command(&db)
        .args(["config", "check"])
        .env("FOOTFALL_CRYPTO__ACTIVE", "another")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("crypto.active"));
    let output = command(&db).args(["config", "check"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

//! The real binary: verbs, signals and exit codes.

use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use testkit::TestDb;
use testkit::canary::SEALING_KEY;
use testkit::db::ServiceLogin;
use testkit::service::ServiceProcess;

pub fn command(db: &TestDb) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auth-service"));
    command
        .env("FOOTFALL_DATABASE__URL", db.login_url(ServiceLogin::Auth))
        .env("FOOTFALL_CRYPTO__KEYS__FIRST", STANDARD.encode(SEALING_KEY))
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

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_runs_a_tenant_from_the_command_line() {
    let db = TestDb::new().await;
    let run = |words: &[&str]| {
        let output =
            command(&db).args(words).env("FOOTFALL_TELEMETRY__FILTER", "off").output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let done = |words: &[&str]| {
        let (code, text) = run(words);
        assert_eq!(code, Some(0), "{words:?}: {text}");
        text
    };
    done(&[
        "tenant",
        "create",
        "--slug",
        "garden",
        "--name",
        "Garden",
        "--time-zone",
        "UTC",
        "--currency",
        "CHF",
        "--owner-subject",
        "owner",
    ]);
    let named = |verb: &'static str| ["tenant", verb, "--slug", "garden"];
    assert_eq!(done(&named("suspend")), "garden suspended");
    assert_eq!(done(&named("resume")), "garden active");
    done(&["tenant", "rename", "--slug", "garden", "--name", "Garden Shops"]);
    let export: serde_json::Value = serde_json::from_str(&done(&named("export"))).unwrap();
    assert_eq!(export["tenant"]["name"], "Garden Shops");
    assert_eq!(export["members"][0]["role"], "owner");
    let deleting = done(&["tenant", "delete", "--slug", "garden", "--grace-days", "7"]);
    assert!(deleting.starts_with("garden deleting, erased after 20"), "{deleting}");
    assert!(done(&["tenant", "list"]).contains("deleting   garden"));
    assert_eq!(done(&named("resume")), "garden active");
    let trail = done(&["audit", "--tenant", "garden"]);
    let actions: Vec<String> = trail
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["action"].to_string())
        .collect();
    assert_eq!(actions.len(), 7, "{trail}");
    assert_eq!(actions[0], "\"tenant.resumed\"");
    assert_eq!(done(&["audit", "--tenant", "system", "--action", "login.refused"]), "");
    for slug in ["nobody", "system"] {
        assert_ne!(run(&["tenant", "suspend", "--slug", slug]).0, Some(0));
    }
    done(&["keys", "rotate"]);
    assert_eq!(done(&["keys", "rewrap"]), "0 re-wrapped, 0 failed");
}

//! The shared main as a real process: it starts, serves, drains on a signal and tells by its exit code.
//!
//! The process is this test binary, started again for the one ignored test below.

use std::process::Stdio;
use std::time::Duration;

use common::boot::{Boot, Running, run};
use common::config::{DatabaseSettings, HttpSettings, ServiceConfig, TelemetrySettings};
use common::db::sql;
use common::http::{ApiResult, Ground, Health, bind, ground};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use poem_openapi::payload::PlainText;
use poem_openapi::{OpenApi, OpenApiService};
use serde::{Deserialize, Serialize};
use testkit::TestDb;
use testkit::db::ServiceLogin;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Config {
    http: HttpSettings,
    database: DatabaseSettings,
    telemetry: TelemetrySettings,
}

impl ServiceConfig for Config {
    fn telemetry(&self) -> &TelemetrySettings {
        &self.telemetry
    }

    fn database(&self) -> &DatabaseSettings {
        &self.database
    }
}

/// Tells the process which migration to expect, and to leave a task hanging.
const SCHEMA: &str = "DRAIN_TEST_SCHEMA";
const HANG: &str = "DRAIN_TEST_HANG";

struct Api;

#[OpenApi]
impl Api {
    /// Takes its time.
    #[oai(path = "/slow", method = "get")]
    async fn slow(&self) -> ApiResult<PlainText<&'static str>> {
        tokio::time::sleep(Duration::from_millis(800)).await;
        Ok(PlainText("done"))
    }
}

async fn serve(running: Running<Config>) -> anyhow::Result<()> {
    let shutdown = running.tasks.shutdown().clone();
    let db = running.db.clone();
    let health = Health::new(shutdown.clone()).check("database", move || {
        let db = db.clone();
        async move { db.ping().await }
    });
    let hangs = std::env::var(HANG).is_ok();
    if hangs {
        running.tasks.spawn("hanging", std::future::pending());
    }
    let app = ground(
        OpenApiService::new(Api, "Test", "1"),
        Ground::new("test", &running.config.http, health),
    )?;
    let server = bind(running.config.http.bind).await?;
    println!("bound {}", server.address());
    server.serve(app, &shutdown).await;
    Ok(())
}

#[test]
#[ignore = "the process under test, started by the tests below"]
fn process() {
    let boot =
        Boot { service: "test-service", config_file: None, schema: std::env::var(SCHEMA).unwrap() };
    std::process::exit(i32::from(run(boot, serve).code()));
}

/// The newest migration of a test database.
async fn newest(test: &TestDb) -> String {
    let db = test.connect(ServiceLogin::Data).await;
    let mut tx = db.identity().await.unwrap();
    sql::query_scalar("SELECT max(version) FROM seaql_migrations")
        .fetch_one(tx.conn())
        .await
        .unwrap()
}

fn command(env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "drain::process", "--ignored", "--nocapture", "--test-threads=1"])
        .env("FOOTFALL_HTTP__BIND", "127.0.0.1:0")
        .envs(env.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Starts the process and waits until it listens.
async fn start(env: &[(&str, &str)]) -> (Child, String) {
    let mut child = command(env).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some((_, address)) = line.split_once("bound ") {
            return (child, address.trim().to_owned());
        }
    }
    let output = child.wait_with_output().await.unwrap();
    panic!("did not start: {}", String::from_utf8_lossy(&output.stderr));
}

fn signal(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap());
    kill(pid, signal).unwrap();
}

async fn exit_code(child: &mut Child) -> i32 {
    let status =
        tokio::time::timeout(Duration::from_secs(30), child.wait()).await.unwrap().unwrap();
    status.code().unwrap()
}

#[tokio::test]
async fn sigterm_finishes_the_answer_in_progress_and_exits_0() {
    let test = TestDb::new().await;
    let (url, schema) = (test.login_url(ServiceLogin::Data), newest(&test).await);
    let (mut child, address) = start(&[(SCHEMA, &schema), ("FOOTFALL_DATABASE__URL", &url)]).await;
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.write_all(b"GET /test/v1/slow HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    signal(&child, Signal::SIGTERM);
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
    assert_eq!(exit_code(&mut child).await, 0);
    assert!(TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn a_second_signal_stops_at_once() {
    let test = TestDb::new().await;
    let (url, schema) = (test.login_url(ServiceLogin::Data), newest(&test).await);
    let (mut child, _) =
        start(&[(SCHEMA, &schema), ("FOOTFALL_DATABASE__URL", &url), (HANG, "yes")]).await;
    signal(&child, Signal::SIGTERM);
    tokio::time::sleep(Duration::from_millis(500)).await;
    signal(&child, Signal::SIGINT);
    assert_eq!(exit_code(&mut child).await, 5);
}

#[tokio::test]
async fn what_hangs_is_left_behind_after_the_deadline() {
    let test = TestDb::new().await;
    let (url, schema) = (test.login_url(ServiceLogin::Data), newest(&test).await);
    let (mut child, _) =
        start(&[(SCHEMA, &schema), ("FOOTFALL_DATABASE__URL", &url), (HANG, "yes")]).await;
    signal(&child, Signal::SIGTERM);
    assert_eq!(exit_code(&mut child).await, 4);
}

#[tokio::test]
async fn exit_codes_tell_configuration_from_database_from_port() {
    let test = TestDb::new().await;
    let (url, schema) = (test.login_url(ServiceLogin::Data), newest(&test).await);
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let busy = taken.local_addr().unwrap().to_string();
    let owner = test.owner_url().rsplit_once('/').unwrap().0.to_owned();
    for (env, code, says) in [
        (
            vec![("FOOTFALL_HTTP__BNID", "x"), ("FOOTFALL_DATABASE__URL", url.as_str())],
            2,
            "FOOTFALL_HTTP__BNID",
        ),
        (vec![("FOOTFALL_DATABASE__URL", "nonsense")], 2, "database"),
        (vec![("FOOTFALL_DATABASE__URL", "postgres://x@127.0.0.1:1/x")], 3, "no database"),
        (vec![("FOOTFALL_DATABASE__URL", format!("{owner}/postgres").leak())], 3, "migrat"),
        (
            vec![("FOOTFALL_DATABASE__URL", url.as_str()), ("FOOTFALL_HTTP__BIND", busy.as_str())],
            1,
            "already in use",
        ),
    ] {
        let output = command(&env).env(SCHEMA, &schema).output().await.unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{env:?}: {text}");
        assert!(text.contains(says), "{env:?}: {text}");
        assert!(!text.contains(&url), "a secret in the log: {text}");
    }
}

//! The real binary: what a signal does to it, and what a crash cannot undo.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use common::db::sql;
use serde_json::json;
use testkit::db::ServiceLogin;

use crate::support::Site;

/// Longer than a start takes on a busy machine.
const START: Duration = Duration::from_secs(60);
/// From the signal to the end of the process.
const DRAIN: Duration = Duration::from_secs(10);

/// Killed when the test is over.
struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    /// `serve` answers the API at its address, `work` health only.
    fn start(site: &Site, role: &str) -> Self {
        let (address, other) = (free_address(), free_address());
        let (bind, workers_bind) =
            if role == "serve" { (address, other) } else { (other, address) };
        let child = Command::new(env!("CARGO_BIN_EXE_data-service"))
            .arg(role)
            .env_remove("FOOTFALL_CONFIG")
            .env("FOOTFALL_DATABASE__URL", site.test.login_url(ServiceLogin::Data))
            .env("FOOTFALL_DATABASE__MAX_CONNECTIONS", "3")
            .env("FOOTFALL_HTTP__BIND", bind.to_string())
            .env("FOOTFALL_HTTP__WORKERS_BIND", workers_bind.to_string())
            .env("FOOTFALL_HTTP__INSECURE_LOOPBACK_COOKIES", "true")
            .env("FOOTFALL_CRYPTO__ACTIVE", "test")
            .env("FOOTFALL_CRYPTO__KEYS__TEST", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut process = Self { child, address };
        let deadline = Instant::now() + START;
        while TcpStream::connect(address).is_err() {
            let ended = process.child.try_wait().unwrap();
            assert!(ended.is_none(), "{role} ended: {ended:?}");
            assert!(Instant::now() < deadline, "{role} does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        process
    }

    /// The status of the answer; the rest of it is not waited for.
    fn status(&self, request: &str) -> u16 {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    fn post_job(&self, cookie: &str, day: &str) -> u16 {
        let parameters = json!({ "from": day, "to": day });
        let body = json!({ "kind": "ingest", "parameters": parameters }).to_string();
        self.status(&format!(
            "POST /data/v1/jobs HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\
             Origin: http://localhost:8002\r\nIdempotency-Key: {day}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    /// Asks it to stop, and how it did.
    fn terminate(mut self) -> (ExitStatus, Duration) {
        let asked = Instant::now();
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, asked.elapsed());
            }
            assert!(asked.elapsed() < DRAIN, "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_drains_both_roles() {
    let site = Site::new().await;
    for role in ["serve", "work"] {
        let process = Process::start(&site, role);
        let ready = "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n";
        assert_eq!(process.status(ready), 200, "{role}");
        let (status, took) = process.terminate();
        assert_eq!(status.code(), Some(0), "{role} after {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_survives_a_killed_api() {
    let site = Site::new().await;
    let crashes = 200;
    let first = chrono::NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
    let days: Vec<String> = first.iter_days().take(crashes).map(|day| day.to_string()).collect();
    std::thread::scope(|scope| {
        for days in days.chunks(crashes / 4) {
            let site = &site;
            scope.spawn(move || {
                for day in days {
                    let process = Process::start(site, "serve");
                    assert_eq!(process.post_job(&site.alpha, day), 202, "{day}");
                    // Dropping it is `kill -9`.
                }
            });
        }
    });
    let stored: i64 = sql::query_scalar(
        "SELECT count(DISTINCT job_id) FROM job JOIN job_step USING (tenant_id, job_id)
         WHERE job.kind = 'ingest' AND job.state = 'pending'",
    )
    .fetch_one(&mut site.owner().await)
    .await
    .unwrap();
    assert_eq!(usize::try_from(stored).unwrap(), crashes);
}

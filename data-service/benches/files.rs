//! `cargo xtask bench files`: the rate of a transfer beside the `sftp` command on the same file and server, and the rate at
//! which a file of a million rows is loaded beside `COPY` of its rows by the owner. One JSON line a figure.

#![expect(clippy::unwrap_used, reason = "a bench that cannot be run ends")]

#[expect(dead_code, reason = "shared with the tests")]
#[path = "../tests/master_data/scene.rs"]
mod scene;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::kernel::Secret;
use data_service::adapters::sftp::{HostKeys, SftpAuth, SftpTarget, TimeLimits, Visit};
use serde_json::json;
use sqlx::postgres::PgPoolCopyExt;
use sqlx::{Connection, Executor, PgConnection, PgPool};
use testkit::sshd::{KeyKind, Sshd};

use crate::scene::{Scene, customers};

const BYTES: usize = 512 << 20;
const ROUNDS: usize = 3;
const ROWS: usize = 1_000_000;
const FLOOR: &str = "CREATE TABLE bench_floor (LIKE customer INCLUDING ALL)";

#[tokio::main]
async fn main() {
    transfer().await;
    rows().await;
}

/// The best of some rounds each, taken in turns.
async fn transfer() {
    let server = Sshd::temporary(&[KeyKind::Ed25519]).unwrap();
    let content: Vec<u8> =
        (0..BYTES / 4).flat_map(|n| (n as u32).wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    server.put("big", &content).unwrap();
    drop(content);
    let key = server.client_key(KeyKind::Ed25519, "").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        ours = ours.min(adapter(&server, &key).await);
        theirs = theirs.min(command(&server, &key, folder.path()));
    }
    let rate = |took: Duration| (BYTES as f64 / took.as_secs_f64() / f64::from(1 << 20)).round();
    println!(
        "{}",
        json!({
            "bench": "files", "measure": "transfer", "megabytes": BYTES >> 20,
            "mb_per_second": rate(ours), "sftp_command_mb_per_second": rate(theirs),
            "ratio_to_sftp_command": rounded(theirs.as_secs_f64() / ours.as_secs_f64()),
        })
    );
}

async fn adapter(server: &Sshd, key: &str) -> Duration {
    let target = SftpTarget {
        host: "localhost".to_owned(),
        addresses: vec![server.address()],
        username: server.username().to_owned(),
        auth: vec![SftpAuth::PrivateKey { key: Secret::new(key), passphrase: None }],
        host_keys: HostKeys::TrustAny,
        limits: TimeLimits::default(),
        circuit: None,
    };
    let file = Visit::to(target.clone()).list(".").await.unwrap().files.remove(0);
    let begun = Instant::now();
    // The command logs in too.
    let mut transfer = Visit::to(target).download(&file).unwrap();
    while transfer.next().await.is_some() {}
    assert_eq!(transfer.finish().await.unwrap().bytes, BYTES as u64);
    begun.elapsed()
}

fn command(server: &Sshd, key: &str, folder: &Path) -> Duration {
    let identity = folder.join("key");
    if !identity.exists() {
        std::fs::write(&identity, key).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&identity, mode).unwrap();
    }
    let begun = Instant::now();
    let mut child = Command::new("sftp")
        .args(["-q", "-b", "-", "-o", "StrictHostKeyChecking=no"])
        .args(["-o", "UserKnownHostsFile=/dev/null", "-P", &server.port().to_string(), "-i"])
        .arg(&identity)
        .arg(format!("{}@127.0.0.1", server.username()))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"get big /dev/null\n").unwrap();
    assert!(child.wait().unwrap().success(), "the sftp command failed");
    begun.elapsed()
}

async fn rows() {
    let scene = Scene::with_format(json!({})).await;
    let alpha = scene.alpha();
    scene.server.put("customers.csv", customers(ROWS).as_bytes()).unwrap();
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let begun = Instant::now();
    let job = scene.run_job(&alpha, &["load_customers"]).await;
    let took = begun.elapsed();
    let peak = peak_mb();
    assert_eq!(job.summary.state.as_str(), "succeeded", "{job:?}");
    let copy = floor(scene.test_db.owner_url()).await;
    println!(
        "{}",
        json!({
            "bench": "files", "measure": "load", "rows": ROWS,
            "seconds": rounded(took.as_secs_f64()),
            "rows_per_second": (ROWS as f64 / took.as_secs_f64()).round(),
            "copy_rows_per_second": (ROWS as f64 / copy.as_secs_f64()).round(),
            "ratio_to_copy": rounded(copy.as_secs_f64() / took.as_secs_f64()),
            "peak_rss_mb": peak,
        })
    );
}

/// How long the owner takes to copy the loaded rows into a table with the same indexes.
async fn floor(owner_url: &str) -> Duration {
    let pool = PgPool::connect(owner_url).await.unwrap();
    let mut rows = pool.copy_out_raw("COPY (SELECT * FROM customer) TO STDOUT").await.unwrap();
    let mut text = Vec::new();
    while let Some(chunk) = futures_util::TryStreamExt::try_next(&mut rows).await.unwrap() {
        text.extend_from_slice(&chunk);
    }
    drop(rows);
    pool.close().await;
    let mut owner = PgConnection::connect(owner_url).await.unwrap();
    owner.execute(FLOOR).await.unwrap();
    let begun = Instant::now();
    let mut copy = owner.copy_in_raw("COPY bench_floor FROM STDIN").await.unwrap();
    copy.send(text).await.unwrap();
    assert_eq!(copy.finish().await.unwrap(), ROWS as u64);
    begun.elapsed()
}

/// The most memory the process had since it was asked to forget, in megabytes.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

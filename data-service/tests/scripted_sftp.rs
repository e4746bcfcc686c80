//! The SFTP adapter against a second real server, which takes passwords, lies, stalls and hangs up.

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use std::time::{Duration, Instant};

use common::kernel::Secret;
use data_service::adapters::sftp::{
    HostKeys, RemoteFile, SftpAuth, SftpError, SftpTarget, TimeLimits, Visit,
};
use data_service::domain::file::SkipReason;
use serde_json::json;
use testkit::canary::{MARKER, secret};
use testkit::scripted_sftp::{PasswordForm, ScriptedSftp};

const PASSWORD: &str = MARKER;

fn target(server: &ScriptedSftp) -> SftpTarget {
    SftpTarget {
        host: "localhost".to_owned(),
        addresses: vec![server.address()],
        username: server.username().to_owned(),
        auth: vec![SftpAuth::Password(Secret::new(PASSWORD))],
        host_keys: HostKeys::Pinned(vec![server.fingerprint().parse().unwrap()]),
        limits: TimeLimits::default(),
        circuit: None,
    }
}

/// One thing asked by itself.
fn visit(target: &SftpTarget) -> Visit {
    Visit::to(target.clone())
}

async fn only_file(target: &SftpTarget) -> RemoteFile {
    let mut listing = visit(target).list(".").await.unwrap();
    assert_eq!(listing.files.len(), 1);
    listing.files.remove(0)
}

async fn read(target: &SftpTarget, file: &RemoteFile) -> Result<usize, SftpError> {
    let mut transfer = visit(target).download(file)?;
    let mut bytes = 0;
    while let Some(chunk) = transfer.next().await {
        bytes += chunk.len();
    }
    transfer.finish().await.map(|_| bytes)
}

#[tokio::test]
async fn a_password_logs_in_given_outright_or_as_an_answer() {
    for form in [PasswordForm::Password, PasswordForm::Question] {
        let server = ScriptedSftp::start(form, PASSWORD).unwrap();
        std::fs::write(server.files().join("a.csv"), "code\n").unwrap();
        let target = target(&server);
        let file = only_file(&target).await;
        assert_eq!(read(&target, &file).await.unwrap(), 5, "{form:?}");

        let auth = vec![SftpAuth::Password(Secret::new(secret("wrong")))];
        let error = visit(&SftpTarget { auth, ..target }).list(".").await.unwrap_err();
        assert!(matches!(error, SftpError::LoginRefused { .. }), "{form:?}: {error:?}");
    }
}

#[tokio::test]
async fn any_server_is_trusted_only_when_that_is_said() {
    let server = ScriptedSftp::start(PasswordForm::Password, PASSWORD).unwrap();
    let nobody = SftpTarget { host_keys: HostKeys::Pinned(vec![]), ..target(&server) };
    let error = visit(&nobody).list(".").await.unwrap_err();
    assert!(matches!(error, SftpError::HostKeyMismatch { .. }), "{error:?}");
    let anybody = SftpTarget { host_keys: HostKeys::TrustAny, ..nobody };
    assert!(visit(&anybody).list(".").await.is_ok());
}

#[tokio::test]
async fn a_server_that_lies_about_a_file_gives_none() {
    let server = ScriptedSftp::start(PasswordForm::Password, PASSWORD).unwrap();
    let target = target(&server);
    std::fs::write(server.files().join("a.csv"), vec![b'x'; 500_000]).unwrap();
    for fault in [
        json!({ "size_lie": 1_000 }),
        json!({ "size_lie": -1_000 }),
        json!({ "end_after": 100_000 }),
        json!({ "grow_at": 300_000 }),
    ] {
        std::fs::write(server.files().join("a.csv"), vec![b'x'; 500_000]).unwrap();
        server.misbehave(&json!({ "a.csv": fault })).unwrap();
        let file = only_file(&target).await;
        let error = read(&target, &file).await.unwrap_err();
        assert!(matches!(error, SftpError::Changed { .. }), "{fault}: {error:?}");
    }
    server.misbehave(&json!({})).unwrap();
    let file = only_file(&target).await;
    assert!(read(&target, &file).await.is_ok());
}

#[tokio::test]
async fn a_server_that_stalls_or_hangs_up_ends_the_download() {
    let server = ScriptedSftp::start(PasswordForm::Password, PASSWORD).unwrap();
    let patient = target(&server);
    let limits = TimeLimits { exchange: Duration::from_secs(3), ..TimeLimits::default() };
    let target = SftpTarget { limits, ..patient.clone() };
    std::fs::write(server.files().join("a.csv"), vec![b'x'; 500_000]).unwrap();
    let file = only_file(&patient).await;

    server.misbehave(&json!({ "a.csv": { "stall_after": 300_000 } })).unwrap();
    let started = Instant::now();
    let error = read(&target, &file).await.unwrap_err();
    assert!(matches!(error, SftpError::TimedOut { .. }), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());

    server.misbehave(&json!({ "a.csv": { "hang_up_after": 300_000 } })).unwrap();
    let error = read(&patient, &file).await.unwrap_err();
    assert!(matches!(error, SftpError::Broken { .. }), "{error:?}");

    // Slow is not silent.
    server.misbehave(&json!({ "a.csv": { "pause_ms": 300 } })).unwrap();
    assert_eq!(read(&patient, &file).await.unwrap(), 500_000);
}

#[tokio::test]
async fn names_that_no_file_can_have_are_skipped_with_a_reason() {
    let server = ScriptedSftp::start(PasswordForm::Password, PASSWORD).unwrap();
    std::fs::write(server.files().join("a.csv"), "code\n").unwrap();
    let long = "n".repeat(300);
    let names = ["../../etc/passwd", "sub/a.csv", "a\nb.csv", "K\u{fc}.csv", long.as_str()];
    server.misbehave(&json!({ "": { "entries": names } })).unwrap();
    let listing = visit(&target(&server)).list(".").await.unwrap();
    assert_eq!(listing.files.len(), 1);
    let reasons: Vec<SkipReason> = listing.skipped.iter().map(|entry| entry.reason).collect();
    assert_eq!(
        reasons,
        [
            SkipReason::UnsafeName,
            SkipReason::UnsafeName,
            SkipReason::UnsafeName,
            SkipReason::NotUtf8,
            SkipReason::NameTooLong,
        ]
    );
}

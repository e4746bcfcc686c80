//! What is asked one after the other shares a session, as long as it is good.

use std::time::Duration;

use data_service::adapters::sftp::{Disposal, SftpError, SftpTarget, TimeLimits, Visit};
use testkit::proxy::FaultProxy;
use testkit::sshd::{KeyKind, Sshd};

use crate::scene::{server, take, target};

/// More than a download is ahead of its reader.
const LARGE: usize = 8_000_000;

fn put_many(server: &Sshd, files: usize) {
    for n in 0..files {
        server.put(&format!("{n:03}.csv"), format!("code\n{n}\n").as_bytes()).unwrap();
    }
}

#[tokio::test]
async fn what_is_asked_one_after_the_other_costs_one_login() {
    let server = server();
    put_many(&server, 100);
    let visit = Visit::to(target(&server));
    let files = visit.list(".").await.unwrap().files;
    assert_eq!(files.len(), 100);
    for (n, file) in files.iter().enumerate() {
        let content = take(visit.download(file).unwrap()).await.unwrap();
        assert_eq!(content, format!("code\n{n}\n").as_bytes());
        visit.dispose(file, &Disposal::Delete).await.unwrap();
    }
    assert_eq!(visit.list(".").await.unwrap().files, []);
    assert_eq!(server.logins(), 1, "{}", server.log());
}

#[tokio::test]
async fn what_is_asked_at_once_has_a_session_each() {
    let server = server();
    server.put("a.csv", &vec![b'x'; LARGE]).unwrap();
    let visit = Visit::to(target(&server));
    let file = visit.list(".").await.unwrap().files.remove(0);
    let mut long = visit.download(&file).unwrap();
    long.next().await.unwrap();
    // The long one waits for its reader and keeps its session.
    let short = take(visit.download(&file).unwrap()).await.unwrap();
    assert_eq!(short.len(), LARGE);
    assert_eq!(server.logins(), 2, "{}", server.log());
    while long.next().await.is_some() {}
    long.finish().await.unwrap();
    visit.list(".").await.unwrap();
    assert_eq!(server.logins(), 2, "{}", server.log());
}

#[tokio::test]
async fn a_session_in_which_something_failed_is_not_used_again() {
    let server = server();
    server.put("a.csv", &vec![b'x'; LARGE]).unwrap();
    let visit = Visit::to(target(&server));
    let mut file = visit.list(".").await.unwrap().files.remove(0);
    let error = visit.list("no/such/folder").await.unwrap_err();
    assert!(matches!(error, SftpError::NotFound { .. }), "{error:?}");
    assert_eq!(server.logins(), 1, "{}", server.log());
    // Nor one that nobody waited for.
    let mut given_up = visit.download(&file).unwrap();
    given_up.next().await.unwrap();
    assert_eq!(server.logins(), 2, "{}", server.log());
    drop(given_up);
    file.size += 1;
    let error = take(visit.download(&file).unwrap()).await.unwrap_err();
    assert!(matches!(error, SftpError::Changed { .. }), "{error:?}");
    assert_eq!(server.logins(), 3, "{}", server.log());
    visit.list(".").await.unwrap();
    assert_eq!(server.logins(), 4, "{}", server.log());
}

#[tokio::test]
async fn every_new_session_is_with_the_server_that_is_pinned() {
    let mut server = server();
    put_many(&server, 1);
    let proxy = FaultProxy::start(server.address()).await.unwrap();
    let visit = Visit::to(SftpTarget { addresses: vec![proxy.address()], ..target(&server) });
    visit.list(".").await.unwrap();
    // The server ended the session: nobody notices but the log.
    proxy.cut();
    visit.list(".").await.unwrap();
    assert_eq!(server.logins(), 2, "{}", server.log());
    // And then someone else sits there.
    proxy.cut();
    server = server.with_new_host_key(KeyKind::Ed25519).unwrap();
    let before = server.authentication_attempts();
    let error = visit.list(".").await.unwrap_err();
    assert!(matches!(error, SftpError::HostKeyMismatch { .. }), "{error:?}");
    assert_eq!(server.authentication_attempts(), before, "{}", server.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_falls_silent_costs_its_time_limit_only() {
    let server = server();
    let proxy = FaultProxy::start(server.address()).await.unwrap();
    let limits = TimeLimits { connect: Duration::from_secs(10), exchange: Duration::from_secs(4) };
    let silent = SftpTarget { addresses: vec![proxy.address()], limits, ..target(&server) };
    let visit = Visit::to(silent);
    visit.list(".").await.unwrap();
    proxy.hold(true);
    let error = visit.list(".").await.unwrap_err();
    assert!(matches!(error, SftpError::TimedOut { .. }), "{error:?}");
    proxy.hold(false);
    visit.list(".").await.unwrap();
    // Waiting hangs up on nobody, and leaving does not wait.
    proxy.hold(true);
    let begun = std::time::Instant::now();
    visit.pause();
    drop(visit);
    assert!(begun.elapsed() < limits.exchange, "{:?}", begun.elapsed());
}

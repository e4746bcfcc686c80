//! Each operation by itself.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, TimeDelta};
use common::kernel::{ManualClock, Secret};
use common::net::{BreakerSettings, Circuits};
use data_service::adapters::sftp::{
    HostKeys, RemoteFile, SftpAuth, SftpError, SftpTarget, TimeLimits,
};
use data_service::domain::file::SkipReason;
use testkit::canary::{MARKER, secret};
use testkit::proxy::FaultProxy;
use testkit::sshd::{KeyKind, Sshd};

use crate::scene::{only_file, read, server, target, visit};

#[tokio::test]
async fn a_file_arrives_as_it_was_put() {
    let server = server();
    let content: Vec<u8> = (0..3_000_001u32).map(|n| n.to_le_bytes()[n as usize % 3]).collect();
    server.put("customers.csv", &content).unwrap();
    let target = target(&server);
    let file = only_file(&target).await;
    assert_eq!((file.name.as_str(), file.size), ("customers.csv", 3_000_001));
    assert_eq!(read(&target, &file).await.unwrap(), content);
}

#[tokio::test]
async fn every_kind_of_key_logs_in() {
    let server = server();
    server.put("a.csv", b"code\n").unwrap();
    for kind in KeyKind::ALL {
        for passphrase in ["", MARKER] {
            let key = server.client_key(kind, passphrase).unwrap();
            let passphrase = Some(passphrase).filter(|p| !p.is_empty()).map(Secret::new);
            let auth = vec![SftpAuth::PrivateKey { key: Secret::new(key), passphrase }];
            let target = SftpTarget { auth, ..target(&server) };
            let listing = visit(&target).list(".").await;
            assert!(listing.is_ok(), "{kind:?}: {listing:?}");
        }
    }
}

#[tokio::test]
async fn the_pin_may_be_any_of_the_servers_keys() {
    let server = Sshd::temporary(&KeyKind::ALL).unwrap();
    for kind in KeyKind::ALL {
        let pin = server.fingerprint(kind).unwrap().parse().unwrap();
        let target = SftpTarget { host_keys: HostKeys::Pinned(vec![pin]), ..target(&server) };
        assert!(visit(&target).list(".").await.is_ok(), "{kind:?}");
    }
}

#[tokio::test]
async fn a_changed_host_key_is_refused_before_authentication() {
    let server = server();
    let target = target(&server);
    let pinned = server.fingerprint(KeyKind::Ed25519).unwrap();
    visit(&target).list(".").await.unwrap();
    let before = server.authentication_attempts();
    assert!(before > 0, "the log shows an attempt when there is one");

    let impostor = server.with_new_host_key(KeyKind::Ed25519).unwrap();
    let error = visit(&target).list(".").await.unwrap_err();
    assert!(error.to_string().contains(&pinned), "{error}");
    let SftpError::HostKeyMismatch { offered, pinned: shown } = error else {
        panic!("a mismatch, not {error}");
    };
    assert_eq!(offered.len(), 1);
    assert_eq!(shown[0].to_string(), pinned);
    assert_ne!(offered, shown);
    assert_eq!(impostor.authentication_attempts(), before, "{}", impostor.log());
}

#[tokio::test]
async fn an_unknown_host_key_is_refused_before_authentication() {
    let server = server();
    let target = SftpTarget { host_keys: HostKeys::Pinned(vec![]), ..target(&server) };
    let error = visit(&target).list(".").await.unwrap_err();
    assert!(matches!(error, SftpError::HostKeyMismatch { .. }), "{error}");
    assert_eq!(server.authentication_attempts(), 0, "{}", server.log());
}

#[tokio::test]
async fn a_server_that_hangs_up_while_its_keys_are_asked_for_is_not_another_server() {
    let server = server();
    let proxy = FaultProxy::start(server.address()).await.unwrap();
    // The first key is none that is pinned, and then the server has no time for a second one.
    proxy.admit(1);
    let target = SftpTarget {
        addresses: vec![proxy.address()],
        host_keys: HostKeys::Pinned(vec![]),
        ..target(&server)
    };
    let error = visit(&target).list(".").await.unwrap_err();
    assert!(matches!(error, SftpError::Broken { .. }), "{error:?}");
    proxy.admit(KeyKind::ALL.len());
    let error = visit(&target).list(".").await.unwrap_err();
    assert!(matches!(error, SftpError::HostKeyMismatch { .. }), "{error:?}");
}

#[tokio::test]
async fn a_wrong_key_password_or_passphrase_is_told_apart() {
    let server = server();
    let known = target(&server);
    let with = |auth| SftpTarget { auth: vec![auth], ..known.clone() };
    let key = |key: String, passphrase: Option<&str>| SftpAuth::PrivateKey {
        key: Secret::new(key),
        passphrase: passphrase.map(Secret::new),
    };

    let strange = with(key(server.strange_key(KeyKind::Ed25519).unwrap(), None));
    let error = visit(&strange).list(".").await.unwrap_err();
    assert!(matches!(error, SftpError::LoginRefused { .. }), "{error:?}");

    let password = with(SftpAuth::Password(Secret::new(secret("wrong"))));
    let error = visit(&password).list(".").await.unwrap_err();
    assert!(matches!(error, SftpError::LoginRefused { .. }), "{error:?}");

    let locked = server.client_key(KeyKind::Ed25519, &secret("right")).unwrap();
    let wrong = secret("wrong");
    for passphrase in [None, Some(wrong.as_str())] {
        let error = visit(&with(key(locked.clone(), passphrase))).list(".").await.unwrap_err();
        assert!(matches!(error, SftpError::KeyUnreadable), "{passphrase:?}: {error:?}");
    }
    let error = visit(&with(key("no key at all".to_owned(), None))).list(".").await.unwrap_err();
    assert!(matches!(error, SftpError::KeyUnreadable), "{error:?}");
}

#[tokio::test]
async fn entries_that_are_no_finished_files_are_skipped_with_a_reason() {
    let server = server();
    let files = server.files();
    server.put("b.csv", b"code\n").unwrap();
    for name in ["a.csv.part", "a.filepart", "a.tmp", "a.csv~", ".hidden"] {
        server.put(name, b"").unwrap();
    }
    std::fs::create_dir(files.join("folder")).unwrap();
    std::fs::write(files.join(OsStr::from_bytes(b"K\xfcnden.csv")), b"").unwrap();
    symlink("/etc/passwd", files.join("passwd.csv")).unwrap();
    symlink("nowhere", files.join("broken.csv")).unwrap();
    symlink("b.csv", files.join("c.csv")).unwrap();

    let listing = visit(&target(&server)).list(".").await.unwrap();
    let names: Vec<_> = listing.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["b.csv", "c.csv"]);
    let mut skipped: Vec<_> =
        listing.skipped.iter().map(|entry| (entry.name.as_str(), entry.reason)).collect();
    skipped.sort_unstable_by_key(|entry| entry.0);
    assert_eq!(
        skipped,
        [
            (".hidden", SkipReason::Hidden),
            ("K\u{fffd}nden.csv", SkipReason::NotUtf8),
            ("a.csv.part", SkipReason::Unfinished),
            ("a.csv~", SkipReason::Unfinished),
            ("a.filepart", SkipReason::Unfinished),
            ("a.tmp", SkipReason::Unfinished),
            ("broken.csv", SkipReason::NotAFile),
            ("folder", SkipReason::NotAFile),
            ("passwd.csv", SkipReason::OutsideRoot),
        ]
    );
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_is_discarded() {
    let server = server();
    let path = server.put("a.csv", &vec![b'x'; 8_000_000]).unwrap();
    let target = target(&server);

    type Change = fn(&std::path::Path);
    let grow: Change = |path| {
        OpenOptions::new().append(true).open(path).unwrap().write_all(b"more").unwrap();
    };
    let shrink: Change = |path| {
        OpenOptions::new().write(true).open(path).unwrap().set_len(7_900_000).unwrap();
    };
    let replace: Change = |path| {
        let other = path.with_file_name(".other");
        std::fs::copy(path, &other).unwrap();
        let later = SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000);
        File::options().write(true).open(&other).unwrap().set_modified(later).unwrap();
        std::fs::rename(other, path).unwrap();
    };
    for change in [grow, shrink, replace] {
        let file = only_file(&target).await;
        let mut transfer = visit(&target).download(&file).unwrap();
        // The reader is at most a few chunks ahead, so the file is still open here.
        transfer.next().await.unwrap();
        change(&path);
        while transfer.next().await.is_some() {}
        let error = transfer.finish().await.unwrap_err();
        assert!(matches!(error, SftpError::Changed { .. }), "{error:?}");
    }
    // A version that is gone before the download starts is not read at all.
    let file = RemoteFile { size: 1, ..only_file(&target).await };
    let error = read(&target, &file).await.unwrap_err();
    assert!(matches!(error, SftpError::Changed { .. }), "{error:?}");
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let server = server();
    let error = visit(&target(&server)).list("no/such/folder").await.unwrap_err();
    assert!(matches!(error, SftpError::NotFound { .. }), "{error:?}");
    assert!(error.to_string().starts_with("no/such/folder"));
}

#[tokio::test]
async fn a_silent_server_costs_its_time_limit_only() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let limits =
        TimeLimits { connect: Duration::from_millis(500), exchange: Duration::from_millis(500) };
    let server = server();
    let silent =
        SftpTarget { addresses: vec![listener.local_addr().unwrap()], limits, ..target(&server) };
    let started = Instant::now();
    let error = visit(&silent).list(".").await.unwrap_err();
    assert!(matches!(error, SftpError::TimedOut { .. }), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());

    let address = listener.local_addr().unwrap();
    drop(listener);
    let closed = SftpTarget { addresses: vec![address], ..silent };
    let error = visit(&closed).list(".").await.unwrap_err();
    assert!(matches!(error, SftpError::Unreachable { .. }), "{error:?}");
}

/// Waits for so many sessions to be over.
async fn until_ended(server: &Sshd, sessions: usize) {
    let begun = Instant::now();
    while server.sessions_ended() < sessions {
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", server.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_dropped_download_hangs_up() {
    let server = server();
    server.put("a.csv", &vec![b'x'; 8_000_000]).unwrap();
    let target = target(&server);
    let file = only_file(&target).await;
    let mut transfer = visit(&target).download(&file).unwrap();
    transfer.next().await.unwrap();
    // The visit that listed is over.
    until_ended(&server, 1).await;
    drop(transfer);
    until_ended(&server, 2).await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_left_alone_until_one_try_passes() {
    let server = server();
    let clock = ManualClock::at(DateTime::UNIX_EPOCH);
    let settings = BreakerSettings { failures: 2, ..BreakerSettings::default() };
    let servers = Circuits::new("sftp", settings, Arc::new(clock.clone()));
    let circuit = Some(servers.of("files.example.com:22"));
    let good = SftpTarget { circuit, ..target(&server) };
    // The discard port.
    let away = SftpTarget { addresses: vec![([127, 0, 0, 1], 9).into()], ..good.clone() };
    for _ in 0..2 {
        assert!(matches!(visit(&away).list(".").await, Err(SftpError::Unreachable { .. })));
    }
    for target in [&away, &good] {
        assert!(matches!(visit(target).list(".").await, Err(SftpError::CircuitOpen(_))));
    }
    assert_eq!(server.authentication_attempts(), 0);
    let file = RemoteFile {
        path: "a.csv".to_owned(),
        name: "a.csv".to_owned(),
        size: 1,
        modified_at: DateTime::UNIX_EPOCH,
    };
    assert!(matches!(visit(&good).download(&file), Err(SftpError::CircuitOpen(_))));
    clock.advance(TimeDelta::seconds(10));
    visit(&good).list(".").await.unwrap();
    // A refusal is an answer: it opens nothing.
    let stranger = SftpTarget { host_keys: HostKeys::Pinned(vec![]), ..good.clone() };
    for _ in 0..3 {
        assert!(matches!(visit(&stranger).list(".").await, Err(SftpError::HostKeyMismatch { .. })));
    }
    visit(&good).list(".").await.unwrap();
}

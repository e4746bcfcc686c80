//! The one cluster that all test processes of a run share.
//!
//! `FOOTFALL_TEST_PG` names its folder; `cargo xtask test` sets it and stops the cluster afterwards. Without it
//! the folder is in the user's cache, so a bare `cargo test` finds the cluster of the one before. Whoever comes
//! first starts it; `keeper.sh` ends and deletes it after [`IDLE_MINUTES`] without a test process.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::unistd::Pid;

use crate::postgres::{
    Account, Binaries, Home, PostgresError, Profile, Report, SUPERUSER, ensure_data, free_port,
    local_url, not_ready, server_command, wait_until_ready,
};

const KEEPER: &str = include_str!("keeper.sh");
const IDLE_MINUTES: &str = "10";
const READY_WITHIN: Duration = Duration::from_secs(30);
const RETRY_FOR: Duration = Duration::from_secs(3);

/// The address of the shared cluster's `postgres` database, started if nobody has yet.
pub(super) fn join() -> Result<String, PostgresError> {
    let dir = folder();
    std::fs::create_dir_all(&dir).map_err(PostgresError::files("create", &dir))?;
    let lock_file = dir.join("lock");
    let lock = File::create(&lock_file).map_err(PostgresError::files("create", &lock_file))?;
    lock.lock().map_err(PostgresError::files("lock", &lock_file))?;

    let account = Account::find()?;
    let home = Home::open(&dir, account)?;
    keep_alive(home.folder().join("in-use"))?;
    let port = match running(&home) {
        Some(port) => port,
        None => start(&dir, &home, account)?,
    };
    let password = std::fs::read_to_string(home.password())
        .map_err(PostgresError::files("read", home.password()))?;
    Ok(local_url(&password, port, SUPERUSER))
}

fn folder() -> PathBuf {
    if let Some(dir) = std::env::var_os("FOOTFALL_TEST_PG") {
        return PathBuf::from(dir);
    }
    crate::tools::cache().join("test-postgres")
}

/// Touches the keeper's stamp now and for as long as this process lives.
fn keep_alive(stamp: PathBuf) -> Result<(), PostgresError> {
    let touch = |stamp: &Path| File::create(stamp).and_then(|file| file.set_modified(now()));
    touch(&stamp).map_err(PostgresError::files("touch", &stamp))?;
    std::thread::spawn(move || {
        while touch(&stamp).is_ok() {
            std::thread::sleep(Duration::from_secs(60));
        }
    });
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a file's time, read by another process, is wall-clock time"
)]
fn now() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

/// The port of the server that runs in `home`.
fn running(home: &Home) -> Option<u16> {
    let report = Report::read(&home.data())?;
    let pid = Pid::from_raw(i32::try_from(report.pid).ok()?);
    let alive = !matches!(nix::sys::signal::kill(pid, None), Err(Errno::ESRCH));
    let answers = || std::net::TcpStream::connect(("127.0.0.1", report.port)).is_ok();
    (alive && report.ready && answers()).then_some(report.port)
}

/// A test cluster is never repaired: what a crash left behind is deleted first.
fn start(dir: &Path, home: &Home, account: Account) -> Result<u16, PostgresError> {
    let binaries = Binaries::find()?;
    let script = home.folder().join("keeper.sh");
    std::fs::write(&script, KEEPER).map_err(PostgresError::files("write", &script))?;

    let first_try = Instant::now();
    loop {
        if home.data().exists() {
            std::fs::remove_dir_all(home.data())
                .map_err(PostgresError::files("delete", home.data()))?;
        }
        ensure_data(home, &binaries, account, Profile::Test)?;
        let port = free_port()?;
        let server = server_command(home, &binaries, Profile::Test, port);
        let mut keeper = detached(&script, home, &server, account)?;
        let ended = || matches!(keeper.try_wait(), Ok(Some(_)) | Err(_));
        if wait_until_ready(&home.data(), None, READY_WITHIN, ended).is_some() {
            // For `cargo xtask test`, which ends the cluster with the run.
            let pid_file = dir.join("keeper.pid");
            std::fs::write(&pid_file, keeper.id().to_string())
                .map_err(PostgresError::files("write", &pid_file))?;
            return Ok(port);
        }
        if first_try.elapsed() > RETRY_FOR {
            return Err(not_ready(home));
        }
    }
}

fn detached(
    script: &Path,
    home: &Home,
    server: &Command,
    account: Account,
) -> Result<std::process::Child, PostgresError> {
    let log = File::create(home.log()).map_err(PostgresError::files("create", home.log()))?;
    let mut keeper = Command::new("/bin/sh");
    keeper
        .arg(script)
        .arg(home.folder().join("in-use"))
        .arg(IDLE_MINUTES)
        .arg(home.data())
        .arg(server.get_program())
        .args(server.get_args())
        .current_dir(home.folder())
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(PostgresError::files("open", home.log()))?)
        .stderr(log)
        .process_group(0);
    account.apply(&mut keeper);
    keeper.spawn().map_err(|source| PostgresError::Run { program: "/bin/sh".into(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keeper over a stand-in for the server, with a stamp of that age.
    fn keeper(folder: &Path, stamp_age: Duration) -> std::process::Child {
        let script = folder.join("keeper.sh");
        std::fs::write(&script, KEEPER).unwrap();
        std::fs::create_dir_all(folder.join("data/base")).unwrap();
        let stamp = folder.join("in-use");
        File::create(&stamp).unwrap().set_modified(now() - stamp_age).unwrap();
        // Like Postgres, it ends on the interrupt that a shell makes its background children ignore.
        let server = "import signal, time; signal.signal(signal.SIGINT, lambda *_: exit(0)); time.sleep(600)";
        Command::new("/bin/sh")
            .args([&script, &stamp])
            .arg(IDLE_MINUTES)
            .arg(folder.join("data"))
            .args(["python3", "-c", server])
            .spawn()
            .unwrap()
    }

    #[test]
    fn an_unused_cluster_ends_and_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        assert!(keeper(folder.path(), Duration::from_secs(3600)).wait().unwrap().success());
        assert!(!folder.path().join("data").exists());
    }

    #[test]
    fn a_used_cluster_stays_until_it_is_told_to_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = keeper(folder.path(), Duration::ZERO);
        std::thread::sleep(Duration::from_millis(500));
        assert!(keeper.try_wait().unwrap().is_none());
        let pid = Pid::from_raw(i32::try_from(keeper.id()).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        keeper.wait().unwrap();
        assert!(!folder.path().join("data").exists());
    }
}

//! A running cluster that is our child: it ends when we do, however we end.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{Account, Binaries, Home, PostgresError, Profile, free_port, initdb, wait_until_ready};

/// After an unclean kill the old server's children hold its shared memory for a moment, and a port may be taken.
const RETRY_FOR: Duration = Duration::from_secs(3);
/// Crash recovery of a large cluster takes its time.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// Dropping it stops the server.
#[derive(Debug)]
pub struct Process {
    home: Home,
    password: String,
    port: u16,
    pid: u32,
    /// Waits for the server to end. The server is tied to the thread that spawned it, so this one must live as long.
    keeper: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts the cluster in `dir`, creating it on first use, and waits until it accepts connections.
    pub fn start(dir: &Path, profile: Profile) -> Result<Self, PostgresError> {
        let account = Account::find()?;
        let binaries = Binaries::find()?;
        let home = Home::open(dir, account)?;
        initdb::ensure(&home, &binaries, account, profile)?;
        let password = std::fs::read_to_string(home.password())
            .map_err(PostgresError::files("read", home.password()))?;

        let first_try = Instant::now();
        loop {
            let port = free_port()?;
            match spawn(&home, &binaries, account, profile, port)? {
                Some((pid, keeper)) => {
                    return Ok(Self { home, password, port, pid, keeper: Some(keeper) });
                }
                None if first_try.elapsed() < RETRY_FOR => {
                    std::thread::sleep(Duration::from_millis(200))
                }
                None => return Err(not_ready(&home)),
            }
        }
    }

    pub fn url(&self, database: &str) -> String {
        url(&self.password, self.port, database)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }

    pub fn home(&self) -> &Home {
        &self.home
    }

    /// A fast shutdown: open sessions are cut, everything committed is on disk.
    pub fn stop(mut self) -> Result<(), PostgresError> {
        self.end(Signal::SIGINT)
    }

    /// What a power cut leaves: the server and its children end at once. For durability tests.
    pub fn kill(mut self) -> Result<(), PostgresError> {
        self.end(Signal::SIGKILL)
    }

    fn end(&mut self, signal: Signal) -> Result<(), PostgresError> {
        let Some(keeper) = self.keeper.take() else { return Ok(()) };
        if !keeper.is_finished() {
            signal_to(self.pid, signal)?;
        }
        keeper.join().map_err(|_| PostgresError::NotStopped)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nobody is left to tell; the kernel ends the server with us in any case.
        let _ = self.end(Signal::SIGINT);
    }
}

pub(crate) fn url(password: &str, port: u16, database: &str) -> String {
    format!("postgres://{}:{password}@127.0.0.1:{port}/{database}", initdb::SUPERUSER)
}

pub(crate) fn not_ready(home: &Home) -> PostgresError {
    let text = std::fs::read_to_string(home.log()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(12)..].join("\n");
    PostgresError::NotReady { log: home.log(), tail }
}

/// The server's command line, without standard streams.
pub(crate) fn server(home: &Home, binaries: &Binaries, profile: Profile, port: u16) -> Command {
    let mut command = Command::new(binaries.program("postgres"));
    command.arg("-D").arg(home.data()).args(["-p", &port.to_string()]);
    // The server works in its data folder, so a relative socket folder keeps the path under the 107-byte limit.
    let common = [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=.",
        "timezone=UTC",
        "log_timezone=UTC",
    ];
    for setting in common.iter().chain(profile.settings()) {
        command.args(["-c", setting]);
    }
    command.current_dir(home.folder()).stdin(Stdio::null());
    command
}

/// `None` when the server ended before it was ready.
fn spawn(
    home: &Home,
    binaries: &Binaries,
    account: Account,
    profile: Profile,
    port: u16,
) -> Result<Option<(u32, JoinHandle<()>)>, PostgresError> {
    let log = File::options()
        .create(true)
        .append(true)
        .open(home.log())
        .map_err(PostgresError::files("open", home.log()))?;
    let mut command = server(home, binaries, profile, port);
    command.stdout(log.try_clone().map_err(PostgresError::files("open", home.log()))?).stderr(log);
    // Ctrl-C reaches every process of the terminal's group; the server must outlive the services that drain.
    command.process_group(0);
    account.apply(&mut command);
    end_with_parent(&mut command);

    let program = binaries.program("postgres");
    let data = home.data();
    let (report, reported) = mpsc::channel();
    let keeper = std::thread::Builder::new()
        .name("postgres".to_owned())
        .spawn(move || {
            let mut child: Child = match command.spawn() {
                Ok(child) => child,
                Err(source) => {
                    return drop(report.send(Err(PostgresError::Run { program, source })));
                }
            };
            let pid = child.id();
            let ready = wait_until_ready(&data, Some(pid), READY_WITHIN, || {
                matches!(child.try_wait(), Ok(Some(_)) | Err(_))
            });
            if ready.is_none() {
                let _ = child.kill();
            }
            drop(report.send(Ok(ready.map(|_| pid))));
            let _ = child.wait();
        })
        .map_err(|source| PostgresError::Run { program: binaries.program("postgres"), source })?;

    match reported.recv() {
        Ok(Ok(Some(pid))) => Ok(Some((pid, keeper))),
        Ok(Ok(None)) => Ok(None),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(not_ready(home)),
    }
}

/// A fast shutdown when the spawning thread ends, for whatever reason. Linux only; elsewhere `Drop` has to do.
pub(crate) fn end_with_parent(command: &mut Command) {
    #[cfg(target_os = "linux")]
    {
        let parent = nix::unistd::getpid();
        let tie = move || {
            nix::sys::prctl::set_pdeathsig(Signal::SIGINT)?;
            // The parent may have ended before the line above took effect.
            if nix::unistd::getppid() == parent {
                Ok(())
            } else {
                Err(std::io::Error::other("the parent is gone"))
            }
        };
        #[expect(
            unsafe_code,
            reason = "pre_exec: the closure makes two system calls and allocates only on failure"
        )]
        // SAFETY: prctl and getppid are async-signal-safe; the error path runs when the parent is already gone.
        unsafe {
            command.pre_exec(tie);
        }
    }
}

fn signal_to(pid: u32, signal: Signal) -> Result<(), PostgresError> {
    let pid = i32::try_from(pid).map_err(|_| PostgresError::NotStopped)?;
    kill(Pid::from_raw(pid), signal).map_err(|_| PostgresError::NotStopped)
}

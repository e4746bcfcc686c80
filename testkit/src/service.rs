//! A service's real binary under test: it chooses its own port, and ends with the test.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::canary::logs;
use crate::postgres::end_with_parent;

/// Longer than a start takes on a busy machine.
const START: Duration = Duration::from_secs(60);

/// A running service. Dropping it is `kill -9`.
#[derive(Debug)]
pub struct ServiceProcess {
    child: Child,
    address: SocketAddr,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

/// How a service that was asked to stop did so.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    /// From the signal to the end of the process.
    pub took: Duration,
    /// What it wrote to standard error.
    pub log: String,
}

impl ServiceProcess {
    /// Starts `command` and waits until it listens. A port that was free a moment ago may not be any more, so the
    /// process takes one and its log tells which.
    ///
    /// # Panics
    /// When it ends or does not listen in time; with its log.
    pub fn start(command: Command) -> Self {
        Self::start_at(command, 0)
    }

    /// The same at a port from [`port_in_advance`].
    ///
    /// # Panics
    /// As [`ServiceProcess::start`].
    pub fn start_at(mut command: Command, port: u16) -> Self {
        command
            .env("FOOTFALL_HTTP__BIND", format!("127.0.0.1:{port}"))
            .env("FOOTFALL_HTTP__WORKERS_BIND", format!("127.0.0.1:{port}"))
            .env("FOOTFALL_TELEMETRY__FORMAT", "text")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        logs::keep_own();
        logs::tell_level(&mut command);
        if !command.get_envs().any(|(name, _)| name == logs::FILTER) {
            command.env(logs::FILTER, "info,poem=warn,sqlx=warn,hyper=warn");
        }
        let program = Path::new(command.get_program()).file_name().unwrap_or_default();
        let mut kept = logs::file(&program.to_string_lossy());
        end_with_parent(&mut command);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let Some(stderr) = child.stderr.take() else { panic!("standard error is not a pipe") };
        let (report, listening) = mpsc::channel();
        let log = Arc::<Mutex<String>>::default();
        let written = log.clone();
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if let Some(kept) = &mut kept {
                    // What is not kept is not searched.
                    if let Err(error) = writeln!(kept, "{line}") {
                        panic!("a line of the log is not kept: {error}");
                    }
                }
                if let Some(address) = address(&line) {
                    // Nobody waits any more when it started too late.
                    let _ = report.send(address);
                }
                let mut log = written.lock().unwrap_or_else(PoisonError::into_inner);
                log.push_str(&line);
                log.push('\n');
            }
        });
        match listening.recv_timeout(START) {
            Ok(address) => Self { child, address, log, reader: Some(reader) },
            Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                let log = log.lock().unwrap_or_else(PoisonError::into_inner);
                panic!("{command:?} does not listen:\n{log}");
            }
        }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it wrote to standard error so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Process id.
    #[must_use]
    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap_or_default())
    }

    /// Asks it to stop and waits until it did.
    ///
    /// # Panics
    /// When it has not ended after `within`.
    pub fn terminate(mut self, within: Duration) -> Ended {
        let asked = Instant::now();
        if let Err(error) = kill(self.pid(), Signal::SIGTERM) {
            panic!("SIGTERM: {error}");
        }
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    let took = asked.elapsed();
                    // The log is whole when its reader has come to the end of it.
                    let _ = self.reader.take().map(JoinHandle::join);
                    return Ended { status, took, log: self.log() };
                }
                Ok(None) => assert!(asked.elapsed() < within, "it does not stop"),
                Err(error) => panic!("{error}"),
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for ServiceProcess {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in the log line with which [`common::http::server`] begins to serve.
fn address(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("listening address=")?;
    rest.split_whitespace().next()?.parse().ok()
}

/// A port for a process whose address others must know before it starts. It is below the range from which the
/// system gives ports to connections and to whoever binds port 0, so only another caller could take it.
///
/// # Panics
/// When hundreds of ports in a row are taken.
#[must_use]
pub fn port_in_advance() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    const FIRST: u16 = 10_000;
    const COUNT: u16 = 20_000;
    let own = u16::try_from(std::process::id() % u32::from(COUNT)).unwrap_or_default();
    for _ in 0..500 {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + own.wrapping_mul(7).wrapping_add(step) % COUNT;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no port below the ephemeral range is free");
}

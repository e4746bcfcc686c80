//! The server process: our child, ended with us.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::SshdError;
use crate::postgres::end_with_parent;

const READY_WITHIN: Duration = Duration::from_secs(15);
/// sshd insists on its full path; these are where systems put it.
const FOLDERS: [&str; 4] = ["/usr/sbin", "/usr/local/sbin", "/sbin", "/opt/homebrew/sbin"];

#[derive(Debug)]
pub(super) struct Process {
    pid: Pid,
    /// Waits for the server to end, and is the thread that the server is tied to.
    keeper: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts sshd and waits until it greets.
    pub(super) fn start(config: &Path, log: &Path, port: u16) -> Result<Self, SshdError> {
        let mut command = Command::new(program()?);
        command.arg("-D").arg("-f").arg(config).arg("-E").arg(log);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // Ctrl-C reaches every process of the terminal's group; the services drain first.
        command.process_group(0);
        end_with_parent(&mut command);

        let (report, reported) = mpsc::channel();
        let keeper = std::thread::Builder::new()
            .name("sshd".to_owned())
            .spawn(move || match command.spawn() {
                Ok(mut child) => {
                    let ready = greets(&mut child, port);
                    if !ready {
                        let _ = child.kill();
                    }
                    drop(report.send(Ok(ready.then(|| child.id()))));
                    let _ = child.wait();
                }
                Err(error) => drop(report.send(Err(error))),
            })
            .map_err(|source| SshdError::Run { program: "sshd", source })?;
        match reported.recv() {
            Ok(Ok(Some(pid))) => {
                Ok(Self { pid: Pid::from_raw(pid.cast_signed()), keeper: Some(keeper) })
            }
            Ok(Err(source)) => Err(SshdError::Run { program: "sshd", source }),
            Ok(Ok(None)) | Err(_) => {
                let text = std::fs::read_to_string(log).unwrap_or_default();
                Err(SshdError::NotReady(text.lines().next_back().unwrap_or_default().to_owned()))
            }
        }
    }
}

impl Process {
    pub(super) fn stop(&mut self) {
        if let Some(keeper) = self.keeper.take() {
            if !keeper.is_finished() {
                // It may have ended this instant; then there is nothing to end.
                let _ = kill(self.pid, Signal::SIGTERM);
            }
            let _ = keeper.join();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

fn program() -> Result<PathBuf, SshdError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    FOLDERS
        .into_iter()
        .map(PathBuf::from)
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join("sshd"))
        .find(|file| file.is_file())
        .ok_or(SshdError::NotInstalled("sshd"))
}

fn greets(child: &mut Child, port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let started = Instant::now();
    while started.elapsed() < READY_WITHIN {
        if !matches!(child.try_wait(), Ok(None)) {
            return false;
        }
        let greeting = TcpStream::connect(address).and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(2)))?;
            let mut greeting = [0; 4];
            stream.read_exact(&mut greeting)?;
            Ok(greeting)
        });
        if greeting.is_ok_and(|greeting| &greeting == b"SSH-") {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

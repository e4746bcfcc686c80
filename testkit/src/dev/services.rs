//! The three services as six processes, configured by their environment alone.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::ports::Ports;
use super::process::Process;
use crate::db::ServiceLogin;

/// What each process is told.
#[derive(Debug, Clone)]
pub struct Settings {
    pub ports: Ports,
    /// Address of the database with the password of one login.
    pub database: fn(&Settings, ServiceLogin) -> String,
    pub database_url: String,
    pub shared: Vec<(String, String)>,
    pub auth: Vec<(String, String)>,
    pub data: Vec<(String, String)>,
    pub analytics: Vec<(String, String)>,
}

/// One process to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    pub service: &'static str,
    pub role: &'static str,
    pub port: u16,
}

/// In the order they start; they stop in reverse.
pub const ROLES: [Role; 6] = [
    Role { service: "auth-service", role: "serve", port: 8003 },
    Role { service: "auth-service", role: "work", port: 8103 },
    Role { service: "data-service", role: "serve", port: 8002 },
    Role { service: "data-service", role: "work", port: 8102 },
    Role { service: "analytics-service", role: "serve", port: 8001 },
    Role { service: "analytics-service", role: "work", port: 8101 },
];

impl Role {
    /// Such as `data-service work`.
    #[must_use]
    pub fn name(self) -> String {
        format!("{} {}", self.service, self.role)
    }
}

impl Settings {
    /// The command of a service, with its environment and nothing of ours.
    ///
    /// # Errors
    /// When its binary was not built.
    pub fn command(&self, service: &str) -> anyhow::Result<Command> {
        let mut command = Command::new(binary(service)?);
        command.env_clear();
        for name in ["PATH", "HOME", "TZ", "LANG", "RUST_BACKTRACE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        let (login, own, serve, work) = match service {
            "auth-service" => (ServiceLogin::Auth, &self.auth, 8003, 8103),
            "data-service" => (ServiceLogin::Data, &self.data, 8002, 8102),
            _ => (ServiceLogin::Analytics, &self.analytics, 8001, 8101),
        };
        let (serve, work) = (self.ports.at(serve), self.ports.at(work));
        command
            .env("FOOTFALL_DATABASE__URL", (self.database)(self, login))
            .env("FOOTFALL_HTTP__BIND", format!("127.0.0.1:{serve}"))
            .env("FOOTFALL_HTTP__WORKERS_BIND", format!("127.0.0.1:{work}"))
            .env("FOOTFALL_HTTP__PUBLIC_URL", format!("http://localhost:{serve}"))
            .envs(self.shared.iter().cloned())
            .envs(own.iter().cloned());
        Ok(command)
    }

    /// Where browsers and clients reach the service.
    #[must_use]
    pub fn origin(&self, service: &str) -> String {
        let port = match service {
            "auth-service" => 8003,
            "data-service" => 8002,
            _ => 8001,
        };
        format!("http://localhost:{}", self.ports.at(port))
    }

    /// Starts one process, with `more` settings than all of its service have.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, role: Role, logs: &Path, more: &[(&str, &str)]) -> anyhow::Result<Process> {
        let mut command = self.command(role.service)?;
        command.arg(role.role).envs(more.iter().copied());
        Process::start(
            &role.name(),
            command,
            &logs.join(format!("{}-{}.log", role.service, role.role)),
        )
    }
}

/// Beside this program, where cargo puts all of them; one folder up when this is a test.
///
/// # Errors
/// When it was not built.
pub fn binary(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    own.ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .with_context(|| format!("{name} is not built; `cargo build --workspace` builds it"))
}

/// Waits until the process says that it is ready.
///
/// # Errors
/// With the end of its log, when it ended or took too long.
pub async fn wait_ready(
    http: &reqwest::Client,
    process: &Process,
    port: u16,
) -> anyhow::Result<()> {
    let url = format!("http://127.0.0.1:{port}/readyz");
    let begun = Instant::now();
    loop {
        if process.ended() {
            bail!("{} ended:\n{}", process.name(), process.last_words());
        }
        let answer = http.get(&url).timeout(Duration::from_secs(2)).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(());
        }
        if begun.elapsed() > Duration::from_secs(60) {
            bail!("{} is not ready after a minute:\n{}", process.name(), process.last_words());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Runs an administrative command of a service to its end.
///
/// # Errors
/// With what it printed, when it failed.
pub fn run(settings: &Settings, service: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let output = settings
        .command(service)?
        .args(arguments)
        .output()
        .with_context(|| format!("run {service}"))?;
    if !output.status.success() {
        bail!(
            "{service} {}: {}{}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

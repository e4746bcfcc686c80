//! What the machine must have besides Rust, and how it gets there.

mod apt;
mod bqemulator;
pub mod keycloak;
mod node;
mod python;
mod schemathesis;

use std::path::Path;

use crate::cargo::output;
use crate::failure::Failure;
use crate::workspace::Workspace;

/// Something that cannot come from crates.io.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    CCompiler,
    Make,
    PkgConfig,
    OpenSsl,
    Zlib,
    Postgres,
    Sshd,
    /// The OpenID provider of the tests.
    Node,
    /// The mail server and the BigQuery of the tests, and the tool that holds the services to their documents.
    Python,
    /// What Keycloak runs on.
    Java,
    /// To download what no package manager installs.
    Curl,
}

impl Need {
    /// To build the services and run them beside a database and an SFTP server.
    pub const fn to_run() -> &'static [Self] {
        &[
            Self::CCompiler,
            Self::Make,
            Self::PkgConfig,
            Self::OpenSsl,
            Self::Zlib,
            Self::Postgres,
            Self::Sshd,
        ]
    }

    /// For every command but `providers`, which needs more.
    pub const fn everything() -> &'static [Self] {
        &[
            Self::CCompiler,
            Self::Make,
            Self::PkgConfig,
            Self::OpenSsl,
            Self::Zlib,
            Self::Postgres,
            Self::Sshd,
            Self::Node,
            Self::Python,
        ]
    }

    fn present(self) -> bool {
        match self {
            Self::CCompiler => output("cc", &["--version"]).is_some(),
            Self::Make => output("make", &["--version"]).is_some(),
            Self::PkgConfig => output("pkg-config", &["--version"]).is_some(),
            Self::OpenSsl => output("pkg-config", &["--exists", "openssl"]).is_some(),
            Self::Zlib => output("pkg-config", &["--exists", "zlib"]).is_some(),
            Self::Postgres => postgres_server(),
            Self::Sshd => ["/usr/sbin/sshd", "/usr/local/sbin/sshd"]
                .iter()
                .any(|path| Path::new(path).is_file()),
            Self::Node => {
                output("node", &["--version"]).is_some() && output("npm", &["--version"]).is_some()
            }
            // Debian splits off what a virtual environment needs to install packages.
            Self::Python => output("python3", &["-c", "import venv, ensurepip"]).is_some(),
            Self::Java => keycloak::java_runs_it(),
            Self::Curl => output("curl", &["--version"]).is_some(),
        }
    }

    /// Debian's packages.
    const fn packages(self) -> &'static [&'static str] {
        match self {
            Self::CCompiler => &["gcc", "g++", "libc6-dev"],
            Self::Make => &["make"],
            Self::PkgConfig => &["pkg-config"],
            Self::OpenSsl => &["libssl-dev"],
            Self::Zlib => &["zlib1g-dev"],
            Self::Postgres => &["postgresql"],
            Self::Sshd => &["openssh-server"],
            Self::Node => &["nodejs", "npm"],
            Self::Python => &["python3", "python3-venv"],
            Self::Java => &["default-jre-headless"],
            Self::Curl => &["curl", "ca-certificates"],
        }
    }
}

/// The same places as `testkit::postgres::Binaries`; `initdb` tells a server from a mere client.
fn postgres_server() -> bool {
    let packaged = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let named = output("pg_config", &["--bindir"]).map(std::path::PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    packaged
        .map(|version| version.path().join("bin"))
        .chain(named)
        .chain(std::env::split_paths(&path))
        .any(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// Makes sure that everything is there, or stops and says what to run.
pub fn provide(workspace: &Workspace, needs: &[Need]) -> Result<(), Failure> {
    let missing: Vec<&str> = needs
        .iter()
        .filter(|need| !need.present())
        .flat_map(|need| need.packages())
        .copied()
        .collect();
    if !missing.is_empty() {
        apt::install(&missing)?;
        if let Some(need) = needs.iter().find(|need| !need.present()) {
            return Err(Failure::stopped(format!(
                "{need:?} is still not usable after installing {:?}",
                need.packages()
            )));
        }
    }
    if needs.contains(&Need::Node) {
        node::provide(workspace)?;
    }
    if needs.contains(&Need::Python) {
        python::provide(workspace)?;
        schemathesis::provide(workspace)?;
        bqemulator::provide(workspace)?;
    }
    Ok(())
}

//! Makes a cluster's data folder: all of it or nothing.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{Account, Binaries, Home, PostgresError, Profile};

/// The role that makes databases and migrates them.
pub const SUPERUSER: &str = "postgres";

/// Does nothing when the data folder exists. An interrupted run leaves only `data.new`, which the next one discards.
pub(crate) fn ensure(
    home: &Home,
    binaries: &Binaries,
    account: Account,
    profile: Profile,
) -> Result<(), PostgresError> {
    if home.data().is_dir() {
        return Ok(());
    }
    let unfinished = home.folder().join("data.new");
    if unfinished.exists() {
        std::fs::remove_dir_all(&unfinished)
            .map_err(PostgresError::files("delete", &unfinished))?;
    }
    write_password(&home.password(), account)?;
    run(&unfinished, home, binaries, account, profile)?;

    let rules = unfinished.join("pg_hba.conf");
    std::fs::write(&rules, profile.client_authentication(SUPERUSER))
        .map_err(PostgresError::files("write", &rules))?;
    std::fs::rename(&unfinished, home.data()).map_err(PostgresError::files("rename", &unfinished))
}

fn run(
    data: &Path,
    home: &Home,
    binaries: &Binaries,
    account: Account,
    profile: Profile,
) -> Result<(), PostgresError> {
    let program = binaries.program("initdb");
    let mut command = Command::new(&program);
    command
        .current_dir(home.folder())
        .arg("--pgdata")
        .arg(data)
        .arg("--pwfile")
        .arg(home.password())
        .args(["--username", SUPERUSER, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"])
        .stdin(Stdio::null());
    if profile == Profile::Test {
        command.arg("--no-sync");
    }
    account.apply(&mut command);
    let output = command.output().map_err(|source| PostgresError::Run { program, source })?;
    if output.status.success() {
        return Ok(());
    }
    Err(PostgresError::Initdb { output: String::from_utf8_lossy(&output.stderr).trim().to_owned() })
}

/// 122 random bits, readable only by the server's account and root.
fn write_password(path: &Path, account: Account) -> Result<(), PostgresError> {
    use std::os::unix::fs::OpenOptionsExt;
    let write = || {
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)?;
        std::io::Write::write_all(&mut file, uuid::Uuid::new_v4().simple().to_string().as_bytes())
    };
    write().map_err(PostgresError::files("write", path))?;
    account.own(path)
}

//! The file drop: reach it, know it, be let in, see the files.

use std::io::Error as IoError;

use common::connection_test::{ConnectionReport, Fault, Step, Trial};
use common::tenant_config::SftpConnection;

use super::{ConnectionTester, deadline, reach};
use crate::adapters::sftp::{
    Listing, Reached, SftpError, SftpTarget, TargetError, TimeLimits, check,
};
use crate::domain::file::DropPath;

pub const STEPS: &[Step] =
    &[Step::Dns, Step::Tcp, Step::HostKey, Step::Auth, Step::Permission, Step::Object];

impl ConnectionTester {
    /// Tries `connection` as loading its files would.
    pub async fn sftp(&self, connection: &SftpConnection) -> ConnectionReport {
        let mut trial = Trial::default();
        // What ended early stands in the report.
        let _ = self.try_sftp(connection, &mut trial).await;
        trial.finish(STEPS)
    }

    async fn try_sftp(&self, connection: &SftpConnection, trial: &mut Trial) -> Option<()> {
        let settings = &connection.settings;
        let resolving = async {
            let unresolved = |error: IoError| Fault::resolving(&settings.host, &error);
            self.egress.resolve(&settings.host, settings.port).await.map_err(unresolved)
        };
        let addresses = trial.step(Step::Dns, resolving).await?;
        trial.step(Step::Tcp, reach(&addresses)).await?;

        let paths = [&settings.paths.customers, &settings.paths.locations];
        let paths: Vec<&str> = paths.into_iter().filter_map(Option::as_deref).collect();
        let wanted = match paths.first() {
            Some(path) => DropPath::parse(path),
            None => DropPath::parse("*"),
        };
        let opened = async {
            let limit = deadline(trial);
            let target = SftpTarget {
                limits: TimeLimits { connect: limit, exchange: limit },
                ..SftpTarget::new(connection, addresses).map_err(unusable)?
            };
            let folder = wanted.as_ref().map_or(".", |wanted| wanted.folder.as_str());
            check(&target, folder).map_err(fault)
        }
        .await;
        let mut checked = match opened {
            Ok(checked) => checked,
            Err(fault) => return trial.step(Step::HostKey, async { Err(fault) }).await,
        };
        trial.step(Step::HostKey, async { checked.next().await.map_err(fault) }).await?;
        trial.step(Step::Auth, async { checked.next().await.map_err(fault) }).await?;
        let reached =
            trial.step(Step::Permission, async { checked.next().await.map_err(fault) }).await?;
        if paths.is_empty() {
            trial.skip(Step::Object, "nothing_to_check", "no file is named yet");
            return Some(());
        }
        trial.step(Step::Object, async { found(reached, wanted) }).await
    }
}

fn found(
    reached: Reached,
    wanted: Result<DropPath, crate::domain::file::DropPathError>,
) -> Result<(), Fault> {
    let wanted = wanted.map_err(|error| Fault::new("invalid_path", error.to_string()))?;
    let Reached::Folder(Listing { files, .. }) = reached else {
        return Err(Fault::new("broken", "the server ended the conversation early"));
    };
    match files.iter().any(|file| wanted.pattern.matches(&file.name)) {
        true => Ok(()),
        false => {
            Err(Fault::new("not_found", "no file in the folder has the name that is configured"))
        }
    }
}

fn unusable(error: TargetError) -> Fault {
    Fault::new("invalid_settings", error.to_string())
}

fn fault(error: SftpError) -> Fault {
    let code = match &error {
        SftpError::Unreachable { .. } => "unreachable",
        SftpError::TimedOut { .. } => "timeout",
        SftpError::Broken { .. } => "broken",
        // Shows the key that was offered, so that an admin can compare it with what the server's operator says.
        SftpError::HostKeyMismatch { .. } => "host_key_mismatch",
        SftpError::LoginRefused { .. } => "login_refused",
        SftpError::KeyUnreadable => "key_unreadable",
        SftpError::NoSftp { .. } => "no_sftp",
        SftpError::NotFound { .. } => "not_found",
        SftpError::AccessDenied { .. } => "access_denied",
        SftpError::Changed { .. } => "changed",
        SftpError::TooManyEntries { .. } => "too_many_entries",
        SftpError::CircuitOpen(_) | SftpError::NoThread(_) => "busy",
    };
    Fault::new(code, error.to_string())
}

//! Where a feed's files lie and how they are written, from the tenant's connection.

use std::collections::BTreeMap;
use std::time::Duration;

use common::crypto::Keyring;
use common::db::TenantTx;
use common::jobs::{ErrorCode, StepError};
use common::net::{EgressPolicy, blocked_address};
use common::tenant_config::{
    ColumnChoice, Connections, FileEncoding, FileFormat, SftpConnection, TenantConfigError,
};

use super::failure;
use crate::adapters::sftp::{Fingerprint, HostKeys, SftpAuth, SftpTarget, TimeLimits};
use crate::domain::file::{Column, Dialect, Encoding, Feed, Mapping, NamePattern, RejectLimit};

/// Everything that is known before the server is asked.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) feed: Feed,
    pub(super) target: SftpTarget,
    pub(super) folder: String,
    pub(super) pattern: NamePattern,
    pub(super) dialect: Dialect,
    pub(super) mapping: Mapping,
    pub(super) limit: RejectLimit,
    /// How long a file must rest before it counts as complete.
    pub(super) settle: Duration,
    /// `customers.csv` is complete at once when `customers.csv<suffix>` lies beside it.
    pub(super) done_suffix: Option<String>,
    /// Whether a file is the full list, so that who is not in it is gone.
    pub(super) deactivate_missing: bool,
}

impl Source {
    /// As the ledger names an entry of the folder.
    pub(super) fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.folder.trim_end_matches('/'))
    }
}

/// The tenant's SFTP connection, secrets opened.
pub(super) async fn connection(
    tx: &mut TenantTx,
    keyring: &Keyring,
) -> Result<SftpConnection, StepError> {
    match Connections::load(tx, keyring).await {
        Ok(connections) => connections.sftp.ok_or_else(failure::no_connection),
        Err(TenantConfigError::Db(error)) => Err(error.into()),
        Err(error) => {
            let message = "the stored SFTP connection cannot be read; save it again";
            Err(failure::unusable(message).with_detail(error))
        }
    }
}

/// None when the connection names no path for this feed: the tenant has no such files.
pub(super) async fn source(
    feed: Feed,
    connection: &SftpConnection,
    egress: &EgressPolicy,
) -> Result<Option<Source>, StepError> {
    let settings = &connection.settings;
    let (path, format) = match feed {
        Feed::Customers => (&settings.paths.customers, &settings.formats.customers),
        Feed::Locations => (&settings.paths.locations, &settings.formats.locations),
    };
    let Some(path) = path.as_deref() else { return Ok(None) };
    let (folder, pattern) = split(path)?;
    let dialect = dialect(format)?;
    let mapping = Mapping::new(feed, dialect.header, &columns(format))
        .map_err(|error| failure::unusable(error.to_string()))?;
    Ok(Some(Source {
        feed,
        target: target(connection, egress).await?,
        folder,
        pattern,
        dialect,
        mapping,
        limit: RejectLimit {
            max_rows: format.max_rejected_rows.into(),
            max_percent: format.max_rejected_percent,
        },
        settle: Duration::from_secs(format.settle_seconds.into()),
        done_suffix: format.done_suffix.clone().filter(|suffix| !suffix.is_empty()),
        deactivate_missing: format.deactivate_missing,
    }))
}

async fn target(
    connection: &SftpConnection,
    egress: &EgressPolicy,
) -> Result<SftpTarget, StepError> {
    let settings = &connection.settings;
    let host_keys = settings
        .host_key_fingerprints
        .iter()
        .map(|text| text.parse::<Fingerprint>())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| failure::unusable(error.to_string()))?;
    let key = connection
        .private_key
        .clone()
        .map(|key| SftpAuth::PrivateKey { key, passphrase: connection.passphrase.clone() });
    let auth: Vec<SftpAuth> =
        key.into_iter().chain(connection.password.clone().map(SftpAuth::Password)).collect();
    if auth.is_empty() {
        return Err(failure::unusable("the SFTP connection has neither a key nor a password"));
    }
    let addresses =
        egress.resolve(&settings.host, settings.port).await.map_err(
            |error| match blocked_address(&error) {
                Some(blocked) => failure::unusable(blocked.to_string()),
                None => {
                    let message = format!("the host name {} cannot be resolved", settings.host);
                    StepError::transient(ErrorCode::SourceUnavailable, message).with_detail(error)
                }
            },
        )?;
    Ok(SftpTarget {
        host: settings.host.clone(),
        addresses,
        username: settings.user.clone(),
        auth,
        host_keys: HostKeys::Pinned(host_keys),
        limits: TimeLimits::default(),
    })
}

/// `out/customers_*.csv` is the folder `out` and a pattern; no folder is the login's own.
fn split(path: &str) -> Result<(String, NamePattern), StepError> {
    let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
    let folder = if folder.is_empty() { "/" } else { folder };
    if name.is_empty() {
        return Err(failure::unusable(format!("{path} names a folder; add a file or a pattern")));
    }
    if folder.contains(['*', '?']) || folder.split('/').any(|part| part == "..") {
        return Err(failure::unusable(format!("{path} may have a pattern in its last part only")));
    }
    Ok((folder.to_owned(), NamePattern::new(name)))
}

fn dialect(format: &FileFormat) -> Result<Dialect, StepError> {
    let ascii = |c: char| {
        u8::try_from(c)
            .ok()
            .filter(u8::is_ascii)
            .ok_or_else(|| failure::unusable(format!("{c:?} cannot separate or quote values")))
    };
    Ok(Dialect {
        delimiter: ascii(format.delimiter)?,
        quote: format.quote.map(ascii).transpose()?,
        escape: format.escape.map(ascii).transpose()?,
        encoding: match format.encoding {
            FileEncoding::Utf8 => Encoding::Utf8,
            FileEncoding::Windows1252 => Encoding::Windows1252,
        },
        header: format.header,
        skip_lines: format.skip_lines,
        null_text: format.null_text.clone(),
    })
}

fn columns(format: &FileFormat) -> BTreeMap<String, Column> {
    format
        .columns
        .iter()
        .map(|(field, choice)| {
            let column = match choice {
                ColumnChoice::Name(name) => Column::Named(name.clone()),
                ColumnChoice::Position(position) => {
                    Column::At(usize::try_from(*position).unwrap_or(usize::MAX))
                }
            };
            (field.clone(), column)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_folder_and_a_pattern() {
        let parts = |path: &str| split(path).map(|(folder, _)| folder).ok();
        assert_eq!(parts("customers.csv").as_deref(), Some("."));
        assert_eq!(parts("out/2020/c_*.csv").as_deref(), Some("out/2020"));
        assert_eq!(parts("/c.csv").as_deref(), Some("/"));
        for bad in ["out/", "../c.csv", "out/../../c.csv", "*/c.csv"] {
            assert_eq!(parts(bad), None, "{bad}");
        }
    }
}

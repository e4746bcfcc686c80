//! Where a feed's files lie and how they are written, from the tenant's connection.

use std::collections::BTreeMap;
use std::time::Duration;

use common::crypto::Keyring;
use common::db::TenantTx;
use common::jobs::{ErrorCode, StepError};
use common::net::{Circuits, EgressPolicy, blocked_address};
use common::tenant_config::{
    AfterLoading, ColumnChoice, Connections, FileEncoding, FileFeed, FileForm, FileFormat,
    FormatFault, SchemaPolicy as ConfiguredPolicy, SftpConnection, SheetChoice as ConfiguredSheet,
    TenantConfigError,
};

use super::failure;
use crate::adapters::sftp::{Disposal, SftpTarget, Visit};
use crate::domain::file::{
    Column, Dialect, DropPath, Encoding, Feed, Form, Mapping, NamePattern, Packing, RejectLimit,
    SchemaPolicy, SheetChoice, SheetWanted,
};

/// Everything that is known before the server is asked.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) feed: Feed,
    /// The files of a step are read one after the other, in one session as long as it is good.
    pub(super) server: Visit,
    pub(super) folder: String,
    pub(super) pattern: NamePattern,
    pub(super) dialect: Dialect,
    /// What is read of workbooks, when the files are some.
    sheet: Option<SheetWanted>,
    pub(super) mapping: Mapping,
    pub(super) on_schema_change: SchemaPolicy,
    pub(super) limit: RejectLimit,
    /// How long a file must rest before it counts as complete.
    pub(super) settle: Duration,
    /// `customers.csv` is complete at once when `customers.csv<suffix>` lies beside it.
    pub(super) done_suffix: Option<String>,
    /// Whether a file is the full list, so that who is not in it is gone.
    pub(super) deactivate_missing: bool,
    /// What becomes of a loaded file; nothing as a rule.
    pub(super) disposal: Option<Disposal>,
}

impl Source {
    /// As the ledger names an entry of the folder.
    pub(super) fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.folder.trim_end_matches('/'))
    }

    pub(super) fn packing(&self, name: &str) -> Packing {
        match &self.sheet {
            Some(sheet) => Packing::Workbook(sheet.clone()),
            None => Packing::of(name),
        }
    }
}

/// The tenant's SFTP connection, secrets opened; none when there is none.
pub(super) async fn connection(
    tx: &mut TenantTx,
    keyring: &Keyring,
) -> Result<Option<SftpConnection>, StepError> {
    match Connections::load(tx, keyring).await {
        Ok(connections) => Ok(connections.sftp),
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
    servers: &Circuits,
) -> Result<Option<Source>, StepError> {
    let settings = &connection.settings;
    let (path, format) = match feed {
        Feed::Customers => (&settings.paths.customers, &settings.formats.customers),
        Feed::Locations => (&settings.paths.locations, &settings.formats.locations),
    };
    let Some(path) = path.as_deref() else { return Ok(None) };
    let DropPath { folder, pattern } =
        DropPath::parse(path).map_err(|error| failure::unusable(error.to_string()))?;
    // Older rows were stored without this check.
    if let Some(FormatFault { pointer, detail, .. }) = format.faults(of(feed)).first() {
        let setting = pointer.trim_start_matches('/');
        let message = format!("the format of {feed} cannot be used: {setting}: {detail}");
        return Err(failure::unusable(message));
    }
    let dialect = dialect(format)?;
    let mapping = Mapping::new(feed, dialect.header, &columns(format))
        .map_err(|error| failure::unusable(error.to_string()))?;
    Ok(Some(Source {
        feed,
        server: Visit::to(target(connection, egress, servers).await?),
        folder,
        pattern,
        sheet: sheet(format, &mapping),
        dialect,
        mapping,
        on_schema_change: match format.on_schema_change {
            ConfiguredPolicy::Evolve => SchemaPolicy::Evolve,
            ConfiguredPolicy::Freeze => SchemaPolicy::Freeze,
            ConfiguredPolicy::DiscardValue => SchemaPolicy::DiscardValue,
            ConfiguredPolicy::DiscardRow => SchemaPolicy::DiscardRow,
        },
        limit: RejectLimit {
            max_rows: format.max_rejected_rows.into(),
            max_percent: format.max_rejected_percent,
        },
        settle: Duration::from_secs(format.settle_seconds.into()),
        done_suffix: format.done_suffix.clone().filter(|suffix| !suffix.is_empty()),
        deactivate_missing: format.deactivate_missing,
        disposal: disposal(format)?,
    }))
}

const fn of(feed: Feed) -> FileFeed {
    match feed {
        Feed::Customers => FileFeed::Customers,
        Feed::Locations => FileFeed::Locations,
    }
}

fn sheet(format: &FileFormat, mapping: &Mapping) -> Option<SheetWanted> {
    (format.form == FileForm::Xlsx).then(|| SheetWanted {
        sheet: match &format.sheet {
            None => SheetChoice::First,
            Some(ConfiguredSheet::Position(place)) => SheetChoice::At(*place),
            Some(ConfiguredSheet::Name(name)) => SheetChoice::Named(name.clone()),
        },
        skip_rows: format.skip_lines,
        min_columns: mapping.last_position(),
    })
}

fn disposal(format: &FileFormat) -> Result<Option<Disposal>, StepError> {
    match (format.after_loading, format.archive_folder.as_deref()) {
        (AfterLoading::Leave, _) => Ok(None),
        (AfterLoading::Delete, _) => Ok(Some(Disposal::Delete)),
        (AfterLoading::Archive, Some(folder)) => Ok(Some(Disposal::Archive(folder.to_owned()))),
        (AfterLoading::Archive, None) => {
            Err(failure::unusable("loaded files are to be archived, but no folder is named for it"))
        }
    }
}

async fn target(
    connection: &SftpConnection,
    egress: &EgressPolicy,
    servers: &Circuits,
) -> Result<SftpTarget, StepError> {
    let settings = &connection.settings;
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
    let target = SftpTarget::new(connection, addresses)
        .map_err(|error| failure::unusable(error.to_string()))?;
    let circuit = servers.of(format_args!("{}:{}", settings.host, settings.port));
    Ok(SftpTarget { circuit: Some(circuit), ..target })
}

fn dialect(format: &FileFormat) -> Result<Dialect, StepError> {
    let ascii = |c: char| {
        u8::try_from(c)
            .ok()
            .filter(u8::is_ascii)
            .ok_or_else(|| failure::unusable(format!("{c:?} cannot separate or quote values")))
    };
    let form = match format.form {
        FileForm::Delimited => Form::Delimited,
        FileForm::JsonLines => Form::JsonLines,
        // A sheet arrives as text in the usual form.
        FileForm::Xlsx => {
            return Ok(Dialect {
                header: format.header,
                skip_lines: format.skip_lines,
                null_text: format.null_text.clone(),
                ..Dialect::default()
            });
        }
    };
    Ok(Dialect {
        form,
        delimiter: ascii(format.delimiter)?,
        quote: format.quote.map(ascii).transpose()?,
        escape: format.escape.map(ascii).transpose()?,
        encoding: match format.encoding {
            FileEncoding::Utf8 => Encoding::Utf8,
            FileEncoding::Windows1252 => Encoding::Windows1252,
            FileEncoding::Utf16 => Encoding::Utf16,
        },
        header: format.header || format.form == FileForm::JsonLines,
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
    use common::tenant_config::SftpPaths;

    use super::*;

    #[test]
    fn the_settings_know_the_fields_of_each_feed() {
        for feed in [Feed::Customers, Feed::Locations] {
            let fields: Vec<String> = feed.fields().iter().map(ToString::to_string).collect();
            assert_eq!(of(feed).fields(), fields);
        }
    }

    #[test]
    fn what_the_settings_accept_is_where_files_are_looked_for() {
        for path in ["c.csv", "./c.csv", "out/2026/c_*.csv", "out/..c?.csv", "*"] {
            let paths = SftpPaths { customers: Some(path.to_owned()), locations: None };
            assert!(paths.faults().is_empty(), "{path}");
            assert!(DropPath::parse(path).is_ok(), "{path}");
        }
        for path in ["out/", "../c.csv", "out/../../c.csv", "*/c.csv"] {
            let paths = SftpPaths { customers: Some(path.to_owned()), locations: None };
            assert!(!paths.faults().is_empty(), "{path}");
            assert!(DropPath::parse(path).is_err(), "{path}");
        }
    }
}

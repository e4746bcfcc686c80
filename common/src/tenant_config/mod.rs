//! A tenant's configuration as the services read it. auth-service validates and writes it.
//!
//! [`TenantSettings`] is the versioned document; [`TenantConfig`] adds the connections to the
//! tenant's outside systems with their secrets opened.

mod bigquery;
mod connection;
mod endpoint;
mod file_format;
mod format_fault;
mod path_fault;
mod property;
mod read;
mod settings;
mod sftp;
mod smtp;

pub use bigquery::{BigQueryConnection, BigQuerySettings, Reading};
pub use connection::{ConnectionKind, StoredSecret, secret_place};
pub use endpoint::permitted_google_endpoint;
pub use file_format::{
    AfterLoading, ColumnChoice, FileEncoding, FileForm, FileFormat, FileFormats, SchemaPolicy,
    SheetChoice,
};
pub use format_fault::{FileFeed, FormatFault};
pub use path_fault::PathFault;
pub use property::{IdentityProperties, Property};
pub use read::{Connections, TenantConfig, TenantConfigError, VersionedSettings};
pub use settings::{
    ChannelGroup, Filters, NoResultsRule, ParamType, ReportPeriod, Reports, TenantSettings,
    Thresholds, WeekStart,
};
pub use sftp::{SftpConnection, SftpPaths, SftpSettings};
pub use smtp::{SmtpConnection, SmtpSettings, SmtpTls};

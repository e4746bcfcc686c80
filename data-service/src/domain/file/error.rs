//! Why a whole file cannot be loaded.

use std::fmt;

use super::SchemaChange;

/// Where in a file: line from 1, bytes from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub line: u64,
    pub byte_offset: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} (byte {})", self.line, self.byte_offset)
    }
}

/// A fault of the file as a whole; none of its rows take effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    #[error("a quote opened in the record at {0} is never closed")]
    UnterminatedQuote(Place),
    #[error("a NUL byte stands at {0}")]
    NulByte(Place),
    #[error("the record at {0} is longer than 1 MB; a quote may be left open")]
    RowTooLong(Place),
    #[error("the file is {0}, and the connection says otherwise")]
    UnsupportedEncoding(&'static str),
    #[error("the file is empty; its first line should name the columns")]
    HeaderMissing,
    #[error("the header is not text in the encoding of the connection")]
    HeaderUnreadable,
    #[error("column {column} for the field {field} is not in the header")]
    ColumnMissing { field: String, column: String },
    #[error("the header names column {column} more than once")]
    ColumnAmbiguous { column: String },
    #[error("the file has more than 1,000 columns")]
    TooManyColumns,
    #[error("the columns changed ({change}), and the connection says that they must not")]
    SchemaChanged { change: SchemaChange },
    #[error("{rejected} of {rows} rows were rejected, more than the limit of {limit}")]
    TooManyRejects { rejected: u64, rows: u64, limit: String },
    #[error("the file has no valid row")]
    NoRows,
    #[error("the archive is damaged or cut short")]
    ArchiveDamaged,
    #[error("the archive is encrypted")]
    ArchiveEncrypted,
    #[error("the archive holds several files; one is expected")]
    ArchiveAmbiguous,
    #[error("the archive holds no file")]
    ArchiveEmpty,
    #[error("the archive is larger than 64 MB")]
    ArchiveTooLarge,
    #[error("the archive is packed in a way that cannot be read; deflate can")]
    ArchiveMethod,
    #[error("the archive unpacks to far more than a list of rows would")]
    ArchiveExpands,
    #[error("the workbook has a password, or the old form XLS; save it as XLSX without one")]
    WorkbookForm,
    #[error("the workbook is damaged or no XLSX")]
    WorkbookDamaged,
    #[error("the workbook holds more text than can be read at once; save the sheet as CSV")]
    WorkbookTooLarge,
    #[error("the workbook has no sheet {sheet}")]
    SheetMissing { sheet: String },
}

impl FileError {
    /// The published code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnterminatedQuote(_) => "unterminated_quote",
            Self::NulByte(_) => "nul_byte",
            Self::RowTooLong(_) => "row_too_long",
            Self::UnsupportedEncoding(_) => "unsupported_encoding",
            Self::HeaderMissing => "header_missing",
            Self::HeaderUnreadable => "header_unreadable",
            Self::ColumnMissing { .. } => "column_missing",
            Self::ColumnAmbiguous { .. } => "column_ambiguous",
            Self::TooManyColumns => "too_many_columns",
            Self::SchemaChanged { .. } => "schema_changed",
            Self::TooManyRejects { .. } => "too_many_rejects",
            Self::NoRows => "no_rows",
            Self::ArchiveDamaged => "archive_damaged",
            Self::ArchiveEncrypted => "archive_encrypted",
            Self::ArchiveAmbiguous => "archive_ambiguous",
            Self::ArchiveEmpty => "archive_empty",
            Self::ArchiveTooLarge => "archive_too_large",
            Self::ArchiveMethod => "archive_method",
            Self::ArchiveExpands => "archive_expands",
            Self::WorkbookForm => "workbook_form",
            Self::WorkbookDamaged => "workbook_damaged",
            Self::WorkbookTooLarge => "workbook_too_large",
            Self::SheetMissing { .. } => "sheet_missing",
        }
    }
}

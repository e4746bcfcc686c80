//! How the files of a tenant's file server are written, as it is read back.

use std::collections::BTreeMap;

use poem_openapi::{Enum, Object};

use super::name_or_place::NameOrPlace;

/// Of each feed its own.
#[derive(Debug, Object)]
pub struct FileFormats {
    pub customers: FileFormat,
    pub locations: FileFormat,
}

/// How the files of a feed are written, and what becomes of them.
#[derive(Debug, Object)]
pub struct FileFormat {
    pub form: FileForm,
    /// Of a workbook: a name, or a place from 1; its first sheet without it.
    pub sheet: Option<NameOrPlace>,
    /// One ASCII character, as `quote` and `escape`.
    pub delimiter: String,
    /// An empty text takes quotation marks as they are.
    pub quote: String,
    /// Escapes a quote inside quotes; a doubled quote always does.
    pub escape: Option<String>,
    pub encoding: FileEncoding,
    /// Whether the first line names the columns.
    pub header: bool,
    /// Lines before the header or the first row.
    pub skip_lines: u32,
    /// A value that means "nothing", next to the empty one.
    pub null_text: Option<String>,
    /// Field (`code`, `name`, `extra.<key>` and so on) to column: its name, or its place from 1.
    pub columns: BTreeMap<String, NameOrPlace>,
    /// With more bad rows than this the whole file is refused.
    pub max_rejected_rows: u32,
    /// Or with a greater share of its rows.
    #[oai(validator(maximum(value = "100")))]
    pub max_rejected_percent: u8,
    pub on_schema_change: SchemaPolicy,
    /// Whether a file is the full list, so that who is not in it is deactivated.
    pub deactivate_missing: bool,
    /// How long a file must rest before it counts as complete.
    pub settle_seconds: u32,
    /// A file is complete at once when another one with this suffix lies beside it.
    pub done_suffix: Option<String>,
    pub after_loading: AfterLoading,
    /// Where to, when a loaded file is archived.
    pub archive_folder: Option<String>,
}

/// What a record is in a file: values between delimiters, a JSON object on each line, or a row of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum FileForm {
    Delimited,
    JsonLines,
    Xlsx,
}

/// Character sets that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum FileEncoding {
    #[oai(rename = "utf-8")]
    Utf8,
    #[oai(rename = "windows-1252")]
    Windows1252,
    #[oai(rename = "utf-16")]
    Utf16,
}

/// What becomes of columns that come and go: kept, the file refused, their values or the rows left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum SchemaPolicy {
    Evolve,
    Freeze,
    DiscardValue,
    DiscardRow,
}

/// What becomes of a file that was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum AfterLoading {
    Leave,
    Archive,
    Delete,
}

#[cfg(test)]
mod tests {
    use common::tenant_config::FileFormat as Stored;
    use poem_openapi::types::{ParseFromJSON, ToJSON};
    use serde_json::json;

    use super::*;

    #[test]
    fn every_setting_is_read_back_as_it_was_stored() {
        let stored: Stored = serde_json::from_value(json!({
            "form": "xlsx", "sheet": "Kunden", "delimiter": ";", "quote": "", "encoding": "utf-16",
            "header": false, "columns": { "code": 1, "name": 2, "extra.group": 3 },
            "skip_lines": 2, "null_text": "-", "max_rejected_rows": 5, "max_rejected_percent": 7,
            "on_schema_change": "freeze", "deactivate_missing": false, "settle_seconds": 9,
            "done_suffix": ".ok", "after_loading": "archive", "archive_folder": "old",
        }))
        .unwrap();
        for stored in [Stored::default(), stored] {
            let read = FileFormat::parse_from_json(Some(json!(stored))).unwrap();
            assert_eq!(read.to_json(), Some(json!(stored)));
        }
    }
}

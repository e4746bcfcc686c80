//! How the files of a feed are written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Of each feed its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileFormats {
    pub customers: FileFormat,
    pub locations: FileFormat,
}

/// The default is a full list in CSV and UTF-8, whose header bears the names of our fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileFormat {
    pub form: FileForm,
    /// Of a workbook; its first one as a rule.
    pub sheet: Option<SheetChoice>,
    /// An ASCII character, as the next two.
    pub delimiter: char,
    /// Of none, quotation marks are part of a value. Written as an empty text: a merge patch takes null for "as usual".
    #[serde(with = "char_or_empty")]
    pub quote: Option<char>,
    /// Escapes a quote inside quotes; a doubled quote always does.
    pub escape: Option<char>,
    pub encoding: FileEncoding,
    /// Whether the first line names the columns.
    pub header: bool,
    /// Lines before the header or the first row.
    pub skip_lines: u32,
    /// A value that means "nothing", next to the empty one.
    pub null_text: Option<String>,
    /// Field (`code`, `name`, …, `extra.<key>`) to column. Others are found under their own names.
    pub columns: BTreeMap<String, ColumnChoice>,
    /// With more bad rows than this the whole file is refused,
    pub max_rejected_rows: u32,
    /// or with a greater share of its rows, from 0 to 100.
    pub max_rejected_percent: u8,
    /// What becomes of a file whose header names other columns than the files before it.
    pub on_schema_change: SchemaPolicy,
    /// Whether a file is the full list, so that who is not in it is deactivated.
    pub deactivate_missing: bool,
    /// How long a file must rest before it counts as complete.
    pub settle_seconds: u32,
    /// A file is complete at once when another one with this suffix lies beside it.
    pub done_suffix: Option<String>,
    /// What becomes of a file once its rows are stored.
    pub after_loading: AfterLoading,
    /// Where to, when it is archived.
    pub archive_folder: Option<String>,
}

impl Default for FileFormat {
    fn default() -> Self {
        Self {
            form: FileForm::Delimited,
            sheet: None,
            delimiter: ',',
            quote: Some('"'),
            escape: None,
            encoding: FileEncoding::Utf8,
            header: true,
            skip_lines: 0,
            null_text: None,
            columns: BTreeMap::new(),
            max_rejected_rows: 1_000,
            max_rejected_percent: 10,
            on_schema_change: SchemaPolicy::DiscardValue,
            deactivate_missing: true,
            settle_seconds: 5,
            done_suffix: None,
            after_loading: AfterLoading::Leave,
            archive_folder: None,
        }
    }
}

/// One character, or none as an empty text.
mod char_or_empty {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
    pub(super) fn serialize<S: Serializer>(
        character: &Option<char>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&character.map(String::from).unwrap_or_default())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<char>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (character, None) => Ok(character),
            (_, Some(_)) => Err(D::Error::custom("expected one character, or an empty text")),
        }
    }
}

/// Character sets that can be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileEncoding {
    /// With or without a byte order mark.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "windows-1252")]
    Windows1252,
    /// Little-endian, unless a byte order mark says otherwise.
    #[serde(rename = "utf-16")]
    Utf16,
}

/// What a record is in a file. A name that ends in `.gz` or `.zip` is unpacked first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileForm {
    #[default]
    Delimited,
    /// A JSON object on each line.
    JsonLines,
    /// A sheet of a workbook; delimiter, quote, escape and encoding do not matter.
    Xlsx,
}

/// What becomes of a file that was loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterLoading {
    #[default]
    Leave,
    /// It is moved to `archive_folder`, its modification time before its name.
    Archive,
    Delete,
}

/// What becomes of columns that come and go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SchemaPolicy {
    /// A column that no field asks for is kept with the row, as `extra.<column>`.
    Evolve,
    /// The file is refused.
    Freeze,
    /// Columns that no field asks for are left out.
    #[default]
    DiscardValue,
    /// Rows with a value in a new column are left out.
    DiscardRow,
}

/// A column by its name in the header, or by its place from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ColumnChoice {
    Position(u32),
    Name(String),
}

/// A sheet by its name, or by its place from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SheetChoice {
    Position(u32),
    Name(String),
}

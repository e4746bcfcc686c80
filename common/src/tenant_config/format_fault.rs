//! What types cannot say about how the files of a feed are written. Checked when it is stored, and again before it is used.

use super::file_format::{AfterLoading, ColumnChoice, FileForm, FileFormat, SheetChoice};

/// A kind of master data, by the fields that its rows have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFeed {
    Customers,
    Locations,
}

/// What no file can be read by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatFault {
    /// JSON pointer below the format, such as `/columns/code`.
    pub pointer: String,
    /// Such as `range`.
    pub code: &'static str,
    /// What is expected instead.
    pub detail: String,
}

/// Longest text of a setting, in bytes.
const MAX_TEXT: usize = 500;
/// A file that rests for a day is complete.
const MAX_SETTLE_SECONDS: u32 = 86_400;
/// Lines before the header that are no rows.
const MAX_SKIP_LINES: u32 = 10_000;
/// Rejected rows are held until their file is brought in, with up to 8 KB of each.
const MAX_REJECTED_ROWS: u32 = 10_000;
/// More columns than a workbook has.
const MAX_POSITION: u32 = 16_384;
/// Longest `extra` field, in bytes.
const MAX_EXTRA: usize = 100;

/// Fields without which a row says nothing.
const REQUIRED: [&str; 2] = ["code", "name"];

impl FileFeed {
    /// The fields that a column can fill, besides `extra.<key>`.
    #[must_use]
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Customers => &["code", "name", "email", "phone", "location_code", "user_id"],
            Self::Locations => &["code", "name", "city", "email", "time_zone"],
        }
    }

    fn has(self, field: &str) -> bool {
        let extra = |key: &str| (1..=MAX_EXTRA).contains(&key.len());
        field.strip_prefix("extra.").map_or_else(|| self.fields().contains(&field), extra)
    }
}

impl FileFormat {
    /// Everything that is wrong with it; nothing when files of `feed` can be read by it.
    #[must_use]
    pub fn faults(&self, feed: FileFeed) -> Vec<FormatFault> {
        let mut faults = Faults(Vec::new());
        self.characters(&mut faults);
        self.texts(&mut faults);
        self.numbers(&mut faults);
        self.mapping(feed, &mut faults);
        if self.after_loading == AfterLoading::Archive && self.archive_folder.is_none() {
            faults.add("/archive_folder", "required", "loaded files are to be archived in it");
        }
        faults.0
    }

    fn characters(&self, faults: &mut Faults) {
        let printable = |c: char| c.is_ascii() && (c == '\t' || !c.is_ascii_control());
        let given = [
            ("/delimiter", Some(self.delimiter)),
            ("/quote", self.quote),
            ("/escape", self.escape),
        ];
        for (at, (pointer, character)) in given.into_iter().enumerate() {
            let Some(character) = character else { continue };
            if !printable(character) {
                faults.add(pointer, "character", "expected one printable ASCII character or a tab");
            } else if given[..at].iter().any(|(_, other)| *other == Some(character)) {
                faults.add(pointer, "conflict", "is the same character as another one before it");
            }
        }
        if self.escape.is_some() && self.quote.is_none() {
            faults.add("/escape", "conflict", "there are no quotes to escape");
        }
    }

    fn texts(&self, faults: &mut Faults) {
        let sheet = match &self.sheet {
            Some(SheetChoice::Name(name)) => Some(name),
            Some(SheetChoice::Position(_)) | None => None,
        };
        for (pointer, text) in [
            ("/sheet", sheet),
            ("/null_text", self.null_text.as_ref()),
            ("/done_suffix", self.done_suffix.as_ref()),
            ("/archive_folder", self.archive_folder.as_ref()),
        ] {
            if text.is_some_and(|text| !says_something(text)) {
                faults.add(pointer, "text", "expected 1 to 500 printable characters");
            }
        }
        if self.done_suffix.as_ref().is_some_and(|suffix| suffix.contains('/')) {
            faults.add("/done_suffix", "text", "is the end of a name, and has no slash");
        }
        if self.archive_folder.as_ref().is_some_and(|path| path.split('/').any(|part| part == ".."))
        {
            faults.add("/archive_folder", "path", "must not lead upwards");
        }
    }

    fn numbers(&self, faults: &mut Faults) {
        for (pointer, number, most) in [
            ("/max_rejected_rows", self.max_rejected_rows, MAX_REJECTED_ROWS),
            ("/max_rejected_percent", u32::from(self.max_rejected_percent), 100),
            ("/settle_seconds", self.settle_seconds, MAX_SETTLE_SECONDS),
            ("/skip_lines", self.skip_lines, MAX_SKIP_LINES),
        ] {
            if number > most {
                faults.add(pointer, "range", format!("must be from 0 to {most}"));
            }
        }
        if self.sheet == Some(SheetChoice::Position(0)) {
            faults.add("/sheet", "range", "sheets are counted from 1");
        }
    }

    fn mapping(&self, feed: FileFeed, faults: &mut Faults) {
        let named = self.header || self.form == FileForm::JsonLines;
        for (field, column) in &self.columns {
            let pointer = format!("/columns/{}", field.replace('~', "~0").replace('/', "~1"));
            if !feed.has(field) {
                let fields = feed.fields().join(", ");
                faults.add(&pointer, "unknown_field", format!("expected {fields} or extra.<key>"));
            }
            match column {
                ColumnChoice::Position(_) if self.form == FileForm::JsonLines => {
                    faults.add(&pointer, "conflict", "values of JSON lines have names, not places");
                }
                ColumnChoice::Position(1..=MAX_POSITION) => {}
                ColumnChoice::Position(_) => {
                    faults.add(&pointer, "range", format!("must be from 1 to {MAX_POSITION}"));
                }
                ColumnChoice::Name(_) if !named => {
                    let detail = "without a header a column is given by its place";
                    faults.add(&pointer, "conflict", detail);
                }
                ColumnChoice::Name(name) if !says_something(name) => {
                    faults.add(&pointer, "text", "expected 1 to 500 printable characters");
                }
                ColumnChoice::Name(_) => {}
            }
        }
        if !named {
            for field in REQUIRED.iter().filter(|field| !self.columns.contains_key(**field)) {
                let detail = "without a header its column is given by its place";
                faults.add(&format!("/columns/{field}"), "required", detail);
            }
        }
    }
}

struct Faults(Vec<FormatFault>);

impl Faults {
    fn add(&mut self, pointer: &str, code: &'static str, detail: impl Into<String>) {
        self.0.push(FormatFault { pointer: pointer.to_owned(), code, detail: detail.into() });
    }
}

fn says_something(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= MAX_TEXT && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn faults(feed: FileFeed, format: Value) -> Vec<(String, &'static str)> {
        let format: FileFormat = serde_json::from_value(format).unwrap();
        format.faults(feed).into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    #[test]
    fn what_files_are_written_in_is_accepted() {
        for format in [
            json!({}),
            json!({ "delimiter": "\t", "quote": "", "encoding": "utf-16" }),
            json!({ "header": false, "columns": { "code": 1, "name": 2, "extra.group": 7 } }),
            json!({ "form": "json_lines", "header": false, "columns": { "code": "id" } }),
            json!({ "form": "xlsx", "sheet": 2, "after_loading": "archive", "archive_folder": "old" }),
        ] {
            assert_eq!(faults(FileFeed::Customers, format.clone()), [], "{format}");
        }
    }

    #[test]
    fn what_no_file_can_be_read_by_is_named() {
        for (format, pointer, code) in [
            (json!({ "delimiter": "é" }), "/delimiter", "character"),
            (json!({ "delimiter": "\n" }), "/delimiter", "character"),
            (json!({ "delimiter": "\"" }), "/quote", "conflict"),
            (json!({ "escape": "," }), "/escape", "conflict"),
            (json!({ "quote": "", "escape": "\\" }), "/escape", "conflict"),
            (json!({ "null_text": " " }), "/null_text", "text"),
            (json!({ "done_suffix": "/x" }), "/done_suffix", "text"),
            (json!({ "archive_folder": "a/../.." }), "/archive_folder", "path"),
            (json!({ "after_loading": "archive" }), "/archive_folder", "required"),
            (json!({ "max_rejected_rows": 10_001 }), "/max_rejected_rows", "range"),
            (json!({ "max_rejected_percent": 101 }), "/max_rejected_percent", "range"),
            (json!({ "settle_seconds": 90_000 }), "/settle_seconds", "range"),
            (json!({ "skip_lines": 4_000_000_000_u32 }), "/skip_lines", "range"),
            (json!({ "sheet": 0 }), "/sheet", "range"),
            (json!({ "sheet": "" }), "/sheet", "text"),
            (json!({ "columns": { "phone": "tel" } }), "/columns/phone", "unknown_field"),
            (json!({ "columns": { "extra.": "x" } }), "/columns/extra.", "unknown_field"),
            (json!({ "columns": { "a/b": "x" } }), "/columns/a~1b", "unknown_field"),
            (json!({ "columns": { "code": 0 } }), "/columns/code", "range"),
            (json!({ "columns": { "code": "" } }), "/columns/code", "text"),
            (
                json!({ "form": "json_lines", "columns": { "code": 1 } }),
                "/columns/code",
                "conflict",
            ),
            (
                json!({ "header": false, "columns": { "code": 1, "name": "n" } }),
                "/columns/name",
                "conflict",
            ),
            (json!({ "header": false, "columns": { "code": 1 } }), "/columns/name", "required"),
        ] {
            let found = faults(FileFeed::Locations, format.clone());
            assert_eq!(found, [(pointer.to_owned(), code)], "{format}");
        }
    }
}

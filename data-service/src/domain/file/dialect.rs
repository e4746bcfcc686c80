//! How a file is written.

use std::borrow::Cow;

/// What a record is in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Values between delimiters: CSV, TSV and their kin.
    Delimited,
    /// A JSON object on each line; `delimiter`, `quote`, `escape` and `header` do not matter.
    JsonLines,
}

/// The form of a text file. Line ends may be LF, CR LF or CR, mixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    pub form: Form,
    pub delimiter: u8,
    /// `None` takes quotation marks as they are.
    pub quote: Option<u8>,
    /// Escapes a quote inside quotes; a doubled quote always does.
    pub escape: Option<u8>,
    pub encoding: Encoding,
    /// Whether the first record names the columns.
    pub header: bool,
    /// Physical lines before the header or the first record.
    pub skip_lines: u32,
    /// A value that means "nothing", next to the empty one.
    pub null_text: Option<String>,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            form: Form::Delimited,
            delimiter: b',',
            quote: Some(b'"'),
            escape: None,
            encoding: Encoding::Utf8,
            header: true,
            skip_lines: 0,
            null_text: None,
        }
    }
}

/// The character set of a file. The first two keep ASCII bytes as they are, so a file is cut into records before it is
/// decoded and every offset is an offset in the file itself. UTF-16 is turned into UTF-8 first, and offsets count that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// With or without a byte order mark.
    Utf8,
    Windows1252,
    /// Little-endian, unless a byte order mark says otherwise.
    Utf16,
}

impl Encoding {
    /// `None` when the bytes are no text in this encoding.
    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 | Self::Utf16 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::Windows1252 => {
                Some(encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0)
            }
        }
    }

    /// For showing a record that may be damaged.
    pub fn decode_lossy(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 | Self::Utf16 => String::from_utf8_lossy(bytes),
            Self::Windows1252 => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_1252_knows_the_euro_sign_and_umlauts() {
        assert_eq!(Encoding::Windows1252.decode(b"M\xfcnchen \x80").unwrap(), "München €");
    }

    #[test]
    fn utf_8_refuses_other_bytes() {
        assert_eq!(Encoding::Utf8.decode(b"M\xfcnchen"), None);
        assert_eq!(Encoding::Utf8.decode_lossy(b"M\xfcnchen"), "M\u{fffd}nchen");
    }
}

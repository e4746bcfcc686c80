//! How the numbers of cells are shown, as far as that makes them dates or keeps their zeros.

use std::collections::HashMap;

use quick_xml::events::Event;

use super::super::FileError;
use super::book::Book;
use super::xml::attribute;
use crate::domain::file::unpack::archive::Archive;

/// Programs allow about 65,000 styles.
const MAX_STYLES: usize = 70_000;

/// What a number stands for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Shown {
    #[default]
    Number,
    /// Days since the workbook's first day, with a fraction for the time.
    Date,
    /// With zeros before it up to this many digits.
    Padded(u8),
}

#[derive(Debug, Default)]
pub(super) struct Styles(Vec<Shown>);

impl Styles {
    pub(super) fn open(archive: &mut Archive, book: &Book) -> Result<Self, FileError> {
        let Some(mut xml) = book.kind(archive, "styles")? else { return Ok(Self::default()) };
        let mut formats: HashMap<u32, Shown> = HashMap::new();
        let mut styles = Vec::new();
        let mut of_cells = false;
        loop {
            match xml.next()? {
                Event::Start(element) | Event::Empty(element) => {
                    let number = |name| -> Result<u32, FileError> {
                        Ok(attribute(&element, name)?.and_then(|n| n.parse().ok()).unwrap_or(0))
                    };
                    match element.local_name().as_ref() {
                        b"numFmt" => {
                            let code = attribute(&element, "formatCode")?.unwrap_or_default();
                            formats.insert(number("numFmtId")?, shown(&code));
                        }
                        b"cellXfs" => of_cells = true,
                        b"xf" if of_cells => {
                            let id = number("numFmtId")?;
                            let own = formats.get(&id).copied();
                            styles.push(own.unwrap_or_else(|| built_in(id)));
                        }
                        _ => {}
                    }
                }
                Event::End(element) if element.local_name().as_ref() == b"cellXfs" => {
                    of_cells = false;
                }
                Event::Eof => return Ok(Self(styles)),
                _ => {}
            }
            if styles.len() > MAX_STYLES || formats.len() > MAX_STYLES {
                return Err(FileError::WorkbookTooLarge);
            }
        }
    }

    pub(super) fn get(&self, style: usize) -> Shown {
        self.0.get(style).copied().unwrap_or_default()
    }
}

/// The formats that have a number and no code (ECMA-376, part 1, 18.8.30).
const fn built_in(id: u32) -> Shown {
    match id {
        14..=22 | 27..=36 | 45..=47 | 50..=58 => Shown::Date,
        _ => Shown::Number,
    }
}

/// What a format code makes of a number: its first section decides, literals and colours aside.
fn shown(code: &str) -> Shown {
    let mut letters = String::new();
    let mut rest = code.chars();
    while let Some(c) = rest.next() {
        match c {
            ';' => break,
            '"' => {
                let _ = rest.by_ref().find(|c| *c == '"');
            }
            '\\' | '_' | '*' => {
                let _ = rest.next();
            }
            '[' => {
                let inner: String = rest.by_ref().take_while(|c| *c != ']').collect();
                // Elapsed time, as [h]:mm; other brackets hold colours and conditions.
                if inner.chars().all(|c| matches!(c.to_ascii_lowercase(), 'h' | 'm' | 's')) {
                    letters.push_str(&inner);
                }
            }
            _ => letters.push(c.to_ascii_lowercase()),
        }
    }
    if letters != "general" && letters.contains(['d', 'm', 'y', 'h', 's']) {
        return Shown::Date;
    }
    match u8::try_from(letters.len()) {
        Ok(digits @ 2..=30) if letters.bytes().all(|digit| digit == b'0') => Shown::Padded(digits),
        _ => Shown::Number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_code_tells_dates_and_padded_numbers() {
        for code in ["yyyy\\-mm\\-dd", "d.m.yy", "[$-407]d. mmmm yyyy", "[h]:mm", "h:mm AM/PM"] {
            assert_eq!(shown(code), Shown::Date, "{code}");
        }
        for code in ["General", "0.00", "#,##0", "[Red]0.00", "0.00E+00", "0\" days\"", "\\d0", ""]
        {
            assert_eq!(shown(code), Shown::Number, "{code}");
        }
        assert_eq!(shown("00000"), Shown::Padded(5));
        assert_eq!(shown("000;-000"), Shown::Padded(3));
    }
}

//! RFC 4180, in UTF-8 with a byte order mark, which spreadsheet programs need to see it.

use super::{Cell, Sheet, TooLarge};

#[derive(Debug, Default)]
pub struct CsvSheet {
    begun: bool,
}

impl Sheet for CsvSheet {
    fn row(&mut self, cells: &[Cell], out: &mut Vec<u8>) -> Result<(), TooLarge> {
        if !self.begun {
            out.extend_from_slice("\u{feff}".as_bytes());
            self.begun = true;
        }
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            match cell {
                Cell::Text(text) => quoted(text, out),
                Cell::Number(digits) => out.extend_from_slice(digits.as_bytes()),
                Cell::Empty => {}
            }
        }
        out.extend_from_slice(b"\r\n");
        Ok(())
    }

    fn finish(&mut self, _out: &mut Vec<u8>) -> Result<(), TooLarge> {
        Ok(())
    }
}

/// Text that a spreadsheet program would take for a formula gets an apostrophe before it.
fn quoted(text: &str, out: &mut Vec<u8>) {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    out.push(b'"');
    if formula {
        out.push(b'\'');
    }
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cells: &[Cell]) -> String {
        let mut out = Vec::new();
        CsvSheet { begun: true }.row(cells, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn formula_cells_are_neutralised_and_numbers_stay_numbers() {
        for text in ["=1+1", "+1", "-1", "@x", "\t=1", "=HYPERLINK(\"x\")"] {
            let cell = line(&[Cell::Text(text.to_owned())]);
            assert!(cell.starts_with("\"'"), "{cell}");
        }
        let cells = [Cell::Number("-1.50".to_owned()), Cell::Empty, Cell::Text("a \"b\"".into())];
        assert_eq!(line(&cells), "-1.50,,\"a \"\"b\"\"\"\r\n");
    }
}

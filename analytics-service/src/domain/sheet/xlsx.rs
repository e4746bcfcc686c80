//! The least that spreadsheet programs read as a workbook (ECMA-376): sheets of numbers and inline
//! texts. A text is never a formula there.

use std::fmt::Write as _;

use super::zip::Archive;
use super::{Cell, Sheet, TooLarge};

/// Rows that one sheet can hold; the next sheet takes what follows.
const ROWS_OF_SHEET: u32 = 1_048_576;

const PROLOGUE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

#[derive(Debug)]
pub struct XlsxSheet {
    archive: Archive,
    sheets: u32,
    /// Rows of the sheet at hand.
    rows: u32,
    most_rows: u32,
    /// The first row, which every sheet begins with.
    head: Option<Vec<Cell>>,
    text: String,
}

impl Default for XlsxSheet {
    fn default() -> Self {
        Self {
            archive: Archive::default(),
            sheets: 0,
            rows: 0,
            most_rows: ROWS_OF_SHEET,
            head: None,
            text: String::new(),
        }
    }
}

impl XlsxSheet {
    fn begin_sheet(&mut self, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        self.sheets += 1;
        self.rows = 0;
        self.archive.begin("xl/worksheets/sheet", Some(self.sheets), out)?;
        let start = format!("{PROLOGUE}<worksheet xmlns=\"{MAIN}\"><sheetData>");
        self.archive.write(start.as_bytes(), out)
    }

    fn end_sheet(&mut self, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        self.archive.write(b"</sheetData></worksheet>", out)?;
        self.archive.end(out)
    }

    fn write_row(&mut self, cells: &[Cell], out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        text.push_str("<row>");
        for cell in cells {
            match cell {
                Cell::Text(value) => {
                    text.push_str("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">");
                    escaped(value, &mut text);
                    text.push_str("</t></is></c>");
                }
                Cell::Number(digits) => {
                    // Writing to a text does not fail.
                    let _ = write!(text, "<c><v>{digits}</v></c>");
                }
                Cell::Empty => text.push_str("<c/>"),
            }
        }
        text.push_str("</row>");
        self.archive.write(text.as_bytes(), out)?;
        self.rows += 1;
        self.text = text;
        Ok(())
    }

    fn part(
        &mut self,
        name: &'static str,
        content: &str,
        out: &mut Vec<u8>,
    ) -> Result<(), TooLarge> {
        self.archive.begin(name, None, out)?;
        self.archive.write(PROLOGUE.as_bytes(), out)?;
        self.archive.write(content.as_bytes(), out)?;
        self.archive.end(out)
    }
}

impl Sheet for XlsxSheet {
    fn row(&mut self, cells: &[Cell], out: &mut Vec<u8>) -> Result<(), TooLarge> {
        if self.sheets == 0 {
            self.begin_sheet(out)?;
            self.head = Some(cells.to_vec());
        } else if self.rows == self.most_rows {
            self.end_sheet(out)?;
            self.begin_sheet(out)?;
            let head = self.head.clone().unwrap_or_default();
            self.write_row(&head, out)?;
        }
        self.write_row(cells, out)
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        if self.sheets == 0 {
            self.begin_sheet(out)?;
        }
        self.end_sheet(out)?;
        let of_sheets = |one: fn(u32) -> String| (1..=self.sheets).map(one).collect::<String>();
        let sheets = of_sheets(|n| {
            format!("<sheet name=\"Footfall {n}\" sheetId=\"{n}\" r:id=\"rId{n}\"/>")
        });
        let relations = of_sheets(|n| {
            format!(
                "<Relationship Id=\"rId{n}\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>"
            )
        });
        let kinds = of_sheets(|n| {
            format!(
                "<Override PartName=\"/xl/worksheets/sheet{n}.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>"
            )
        });
        self.part("xl/workbook.xml", &format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>{sheets}</sheets></workbook>"), out)?;
        self.part(
            "xl/_rels/workbook.xml.rels",
            &format!("<Relationships xmlns=\"{RELATIONS}\">{relations}</Relationships>"),
            out,
        )?;
        self.part("_rels/.rels", &format!("<Relationships xmlns=\"{RELATIONS}\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"), out)?;
        self.part("[Content_Types].xml", &format!("<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>{kinds}</Types>"), out)?;
        self.archive.finish(out)
    }
}

/// Characters that XML does not have become U+FFFD.
fn escaped(value: &str, text: &mut String) {
    for character in value.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '\t' | '\n' => text.push(character),
            '\r' => text.push_str("&#13;"),
            '\u{fffe}' | '\u{ffff}' => text.push('\u{fffd}'),
            c if c < ' ' => text.push('\u{fffd}'),
            c => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    /// The files of an archive by way of its central directory.
    fn files(bytes: &[u8]) -> Vec<(String, String)> {
        let number = |at: usize, n: usize| {
            bytes[at..at + n].iter().rev().fold(0usize, |sum, byte| sum << 8 | usize::from(*byte))
        };
        let end = bytes.len() - 22;
        assert_eq!(&bytes[end..end + 4], b"PK\x05\x06");
        let mut at = number(end + 16, 4);
        (0..number(end + 10, 2))
            .map(|_| {
                assert_eq!(&bytes[at..at + 4], b"PK\x01\x02");
                let (crc, packed, name) =
                    (number(at + 16, 4), number(at + 20, 4), number(at + 28, 2));
                let title = String::from_utf8(bytes[at + 46..at + 46 + name].to_vec()).unwrap();
                let local = number(at + 42, 4);
                let data = local + 30 + number(local + 26, 2);
                let mut text = String::new();
                let packed = &bytes[data..data + packed];
                flate2::read::DeflateDecoder::new(packed).read_to_string(&mut text).unwrap();
                let mut sum = flate2::Crc::new();
                sum.update(text.as_bytes());
                assert_eq!(sum.sum() as usize, crc);
                at += 46 + name;
                (title, text)
            })
            .collect()
    }

    #[test]
    fn the_workbook_has_its_parts_and_texts_are_no_formulas() {
        let mut out = Vec::new();
        let mut sheet = XlsxSheet::default();
        sheet.row(&[Cell::Text("page".into()), Cell::Text("views".into())], &mut out).unwrap();
        sheet.row(&[Cell::Text("=1+1 <&>".into()), Cell::Number("7.5".into())], &mut out).unwrap();
        sheet.finish(&mut out).unwrap();
        let files = files(&out);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names[0], "xl/worksheets/sheet1.xml");
        assert!(names.contains(&"[Content_Types].xml") && names.contains(&"_rels/.rels"));
        assert!(files[0].1.contains("preserve\">=1+1 &lt;&amp;&gt;</t>"), "{}", files[0].1);
        assert!(files[0].1.contains("<v>7.5</v>") && !files[0].1.contains("<f>"));
    }

    #[test]
    fn rows_beyond_one_sheet_go_on_the_next_under_the_same_head() {
        let mut out = Vec::new();
        let mut sheet = XlsxSheet { most_rows: 3, ..XlsxSheet::default() };
        for row in 0..6 {
            sheet.row(&[Cell::Number(row.to_string())], &mut out).unwrap();
        }
        sheet.finish(&mut out).unwrap();
        let files = files(&out);
        assert!(files[0].1.contains("<v>2</v>") && !files[0].1.contains("<v>3</v>"));
        assert!(files[1].1.contains("<v>0</v></c></row><row><c><v>3</v>"), "{}", files[1].1);
        assert!(files[2].1.contains("<v>0</v></c></row><row><c><v>5</v>"), "{}", files[2].1);
    }

    #[test]
    fn a_million_rows_pass_through_a_small_buffer() {
        for mut sheet in [
            Box::new(XlsxSheet::default()) as Box<dyn Sheet>,
            Box::<super::super::CsvSheet>::default(),
        ] {
            let (mut out, mut largest, mut total) = (Vec::new(), 0, 0usize);
            for row in 0..1_000_000u32 {
                let cells = [Cell::Text("/path".into()), Cell::Number(row.to_string())];
                sheet.row(&cells, &mut out).unwrap();
                largest = largest.max(out.len());
                total += out.len();
                out.clear();
            }
            sheet.finish(&mut out).unwrap();
            assert!(largest < 1 << 20 && out.len() < 1 << 20, "{largest} bytes at once");
            assert!(total > 1_000_000);
        }
    }
}

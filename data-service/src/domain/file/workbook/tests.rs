use std::io::{Cursor, Write};

use ::zip::ZipWriter;
use ::zip::write::SimpleFileOptions;
use proptest::prelude::*;

use super::*;
use crate::domain::file::{Packing, Unpacker};

const TYPES: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const SHARED: &str = r#"<sst><si><t>code</t></si><si><t>name</t></si>
    <si><r><t>Bolt </t></r><r><t>&amp; Nut, "Ltd"</t></r><rPh sb="0" eb="1"><t>aloud</t></rPh></si>
    <si><t xml:space="preserve">two
lines</t></si><si/></sst>"#;
const STYLES: &str = r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/>
    <numFmt numFmtId="165" formatCode="00000"/></numFmts>
    <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
    <cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="22"/></cellXfs>
    </styleSheet>"#;

/// A workbook of these sheets (name, rows).
fn workbook(sheets: &[(&str, &str)]) -> Vec<u8> {
    workbook_without("", sheets)
}

/// The same, without the part of this name.
fn workbook_without(part: &str, sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |name: &str, content: &str| {
        if name == part {
            return;
        }
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    };
    let relation = |id: &str, kind: &str, target: &str| {
        format!(r#"<Relationship Id="{id}" Type="{TYPES}/{kind}" Target="{target}"/>"#)
    };
    put(
        "_rels/.rels",
        &format!(
            "<Relationships>{}</Relationships>",
            relation("r", "officeDocument", "xl/workbook.xml")
        ),
    );
    let mut listed = String::new();
    let mut relations = relation("s", "sharedStrings", "sharedStrings.xml");
    relations.push_str(&relation("y", "styles", "/xl/styles.xml"));
    for (index, (name, rows)) in sheets.iter().enumerate() {
        let target = format!("worksheets/sheet{index}.xml");
        listed.push_str(&format!(r#"<sheet name="{name}" sheetId="{index}" r:id="w{index}"/>"#));
        relations.push_str(&relation(&format!("w{index}"), "worksheet", &target));
        let cells =
            format!(r#"<?xml version="1.0"?><worksheet><sheetData>{rows}</sheetData></worksheet>"#);
        put(&format!("xl/{target}"), &cells);
    }
    put("xl/workbook.xml", &format!("<workbook><workbookPr/><sheets>{listed}</sheets></workbook>"));
    put("xl/_rels/workbook.xml.rels", &format!("<Relationships>{relations}</Relationships>"));
    put("xl/sharedStrings.xml", SHARED);
    put("xl/styles.xml", STYLES);
    archive.finish().unwrap().into_inner()
}

fn text_of(bytes: &[u8], wanted: SheetWanted) -> Result<String, FileError> {
    let mut unpacker = Unpacker::new(Packing::Workbook(wanted));
    for chunk in bytes.chunks(999) {
        unpacker.push(Bytes::copy_from_slice(chunk))?;
        assert_eq!(unpacker.piece()?, None);
    }
    unpacker.end()?;
    let mut text = Vec::new();
    while let Some(piece) = unpacker.piece()? {
        assert!(piece.len() <= 4 << 20, "{}", piece.len());
        text.extend_from_slice(&piece);
    }
    Ok(String::from_utf8(text).unwrap())
}

fn first(rows: &str) -> Result<String, FileError> {
    text_of(&workbook(&[("Customers", rows)]), SheetWanted::default())
}

#[test]
fn cells_are_read_as_they_are_shown() {
    let text = first(
        r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>
             <c r="C1" t="inlineStr"><is><t>since</t></is></c><c r="D1" t="str"><v>sum</v></c></row>
           <row r="2"><c r="A2" s="2"><v>42</v></c><c r="B2" t="s"><v>2</v></c>
             <c r="C2" s="1"><v>44186</v></c><c r="D2"><f>1+1</f><v>2</v></c></row>
           <row r="4" spans="1:4"><c r="B4" t="s"><v>3</v></c><c r="D4" t="e"><v>#N/A</v></c></row>
           <row r="5"><c r="A5" s="1"/><c r="B5" t="b"><v>1</v></c><c t="d"><v>2020-12-21</v></c></row>
           <row r="6"><c r="A6"><f>B1</f></c></row>
           <row><c s="3"><v>44186.5</v></c><c><v>49123456789</v></c><c t="s"><v>4</v></c></row>"#,
    );
    assert_eq!(
        text.unwrap(),
        "code,name,since,sum\n\
         00042,\"Bolt & Nut, \"\"Ltd\"\"\",2020-12-21,2\n\
         \n\
         ,\"two lines\",,\n\
         ,TRUE,2020-12-21,\n\
         \n\
         2020-12-21T12:00:00,49123456789,,\n"
    );
}

#[test]
fn a_text_that_the_workbook_does_not_have_clears_no_field() {
    for text in ["5", "99999999999", "-1", "x"] {
        let row = format!(r#"<row><c t="s"><v>{text}</v></c></row>"#);
        assert_eq!(first(&row).unwrap_err(), FileError::WorkbookDamaged, "{text}");
    }
    let sheets = [("Customers", r#"<row><c><v>1</v></c></row>"#)];
    let bytes = workbook_without("xl/sharedStrings.xml", &sheets);
    let error = text_of(&bytes, SheetWanted::default()).unwrap_err();
    assert_eq!(error, FileError::WorkbookDamaged);
}

#[test]
fn a_sheet_is_chosen_by_name_or_place() {
    let row = |text: &str| format!(r#"<row><c t="inlineStr"><is><t>{text}</t></is></c></row>"#);
    let (a, b) = (row("a"), row("b"));
    let bytes = workbook(&[("Cover &amp; notes", &a), ("Kunden", &b)]);
    let read = |sheet| text_of(&bytes, SheetWanted { sheet, ..SheetWanted::default() });
    assert_eq!(read(SheetChoice::First).unwrap(), "a\n");
    assert_eq!(read(SheetChoice::At(2)).unwrap(), "b\n");
    assert_eq!(read(SheetChoice::Named(" KUNDEN".to_owned())).unwrap(), "b\n");
    assert_eq!(read(SheetChoice::Named("Cover & notes".to_owned())).unwrap(), "a\n");
    for missing in [SheetChoice::At(0), SheetChoice::At(3), SheetChoice::Named("x".to_owned())] {
        assert_eq!(read(missing).unwrap_err().code(), "sheet_missing");
    }
}

#[test]
fn rows_are_as_wide_as_the_first_one_or_as_wide_as_is_asked_for() {
    let rows = r#"<row><c><v>1</v></c></row><row r="3"><c><v>2</v></c></row>
        <row><c><v>3</v></c><c/><c/></row><row><c/><c/><c><v>4</v></c><c/></row>"#;
    let bytes = workbook(&[("a", rows)]);
    let read = |skip_rows, min_columns| {
        text_of(&bytes, SheetWanted { sheet: SheetChoice::First, skip_rows, min_columns }).unwrap()
    };
    assert_eq!(read(0, 0), "1\n\n2\n3\n,,4\n");
    assert_eq!(read(1, 2), "\n\n2,\n3,\n,,4\n");
}

#[test]
fn what_is_no_workbook_is_told_apart() {
    let good = workbook(&[("a", "<row><c><v>1</v></c></row>")]);
    let code = |bytes: &[u8]| text_of(bytes, SheetWanted::default()).unwrap_err().code();
    assert_eq!(code(b""), "workbook_damaged");
    assert_eq!(code(b"code,name\nK1,One\n"), "workbook_damaged");
    assert_eq!(code(&good[..good.len() / 2]), "workbook_damaged");
    assert_eq!(code(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more"), "workbook_form");
    for rows in [
        r#"<row r="2"/><row r="1"/>"#,
        r#"<row r="9999999"/>"#,
        r#"<row><c r="B1"/><c r="A1"/></row>"#,
        r#"<row><c r="XFE1"><v>1</v></c></row>"#,
        "<row><c><v>1</v></c>",
        "<row><c><v>&unknown;</v></c></row>",
    ] {
        assert_eq!(first(rows).unwrap_err(), FileError::WorkbookDamaged, "{rows}");
    }
}

#[test]
fn a_workbook_takes_bounded_memory_whatever_it_holds() {
    let nested = format!("{}{}", "<a>".repeat(1_000), "</a>".repeat(1_000));
    assert_eq!(first(&nested).unwrap_err(), FileError::WorkbookDamaged);
    let endless = format!("<row><c><v>{}</v></c></row>", "1".repeat(3 << 20));
    assert_eq!(first(&endless).unwrap_err(), FileError::WorkbookTooLarge);
    // A text that is told once and shown over and over.
    let cell = format!("<c t=\"inlineStr\"><is><t>{}</t></is></c>", "x".repeat(100_000));
    assert_eq!(
        first(&format!("<row>{}</row>", cell.repeat(12))).unwrap_err().code(),
        "row_too_long"
    );
    let bomb = format!("<row><c/>{}</row>", " ".repeat(100)).repeat(1_000_000);
    assert_eq!(first(&bomb).unwrap_err(), FileError::ArchiveExpands);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_workbook_panics(
        rows in "(<row( r=\"[0-9]{1,3}\")?>(<c( r=\"[A-C][0-9]\")?( t=\"(s|b|e|str)\")?( s=\"[0-9]\")?><v>[-0-9.eE]{0,12}</v></c>){0,4}</row>){0,6}",
        at in any::<prop::sample::Index>(),
        with in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let bytes = workbook(&[("a", &rows)]);
        let _ = text_of(&bytes, SheetWanted::default());
        let mut broken = bytes.clone();
        broken[at.index(bytes.len())] = with;
        let _ = text_of(&broken, SheetWanted::default());
        let _ = text_of(&bytes[..cut.index(bytes.len())], SheetWanted::default());
    }
}

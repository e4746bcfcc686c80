use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::{Column, Encoding, Feed, RejectReason};
use super::*;

fn parse_with(
    feed: Feed,
    dialect: &Dialect,
    columns: &[(&str, Column)],
    bytes: &[u8],
) -> Result<Parsed, FileError> {
    let chosen: BTreeMap<_, _> =
        columns.iter().map(|(field, column)| ((*field).to_owned(), column.clone())).collect();
    let mapping = Mapping::new(feed, dialect.header, &chosen).unwrap();
    let mut parser = FileParser::new(dialect.clone(), mapping, Contract::default());
    let mut parsed = Parsed::default();
    for piece in bytes.chunks(7) {
        parser.push(piece, &mut parsed)?;
    }
    parser.finish(&mut parsed)?;
    Ok(parsed)
}

fn customers(text: &str) -> Result<Parsed, FileError> {
    parse_with(Feed::Customers, &Dialect::default(), &[], text.as_bytes())
}

#[test]
fn a_customer_file_gives_its_rows() {
    let parsed = customers(
        "code,name,email,location_code,user_id\n\
         K1,  Müller GmbH ,info@mueller.example,B1,u-1\n\
         K2,\"Huber, Söhne\",,,\n",
    )
    .unwrap();
    assert_eq!(parsed.rejects, []);
    assert_eq!(parsed.rows[0].name, "Müller GmbH");
    assert_eq!(parsed.rows[0].user_id.as_deref(), Some("u-1"));
    assert_eq!(parsed.rows[1].name, "Huber, Söhne");
    assert_eq!(parsed.rows[1].email, None);
}

#[test]
fn a_bad_row_is_rejected_with_its_place_and_its_key() {
    let parsed = customers(
        "code,name,email\nK1,One,one@x.example\nK2,Two,not an address\n,Three,\nK4,Four\nK5,Five,,\n",
    )
    .unwrap();
    assert_eq!(parsed.rows.len(), 1);
    let seen: Vec<_> = parsed
        .rejects
        .iter()
        .map(|r| {
            (r.place.line, r.place.byte_offset, r.column.as_deref(), r.reason, r.code.as_deref())
        })
        .collect();
    assert_eq!(
        seen,
        [
            (3, 37, Some("email"), RejectReason::InvalidEmail, Some("K2")),
            (4, 59, Some("code"), RejectReason::MissingValue, None),
            (5, 67, None, RejectReason::TooFewColumns, Some("K4")),
            (6, 75, None, RejectReason::TooManyColumns, Some("K5")),
        ]
    );
    assert_eq!(parsed.rejects[0].raw, "K2,Two,not an address");
}

#[test]
fn columns_by_position_need_no_header() {
    let dialect = Dialect { header: false, delimiter: b'\t', ..Dialect::default() };
    let columns = [("code", Column::At(2)), ("name", Column::At(1)), ("extra.tier", Column::At(3))];
    let parsed = parse_with(Feed::Locations, &dialect, &columns, b"Wien\tB1\tgold\n").unwrap();
    assert_eq!(parsed.rows[0].code, "B1");
    assert_eq!(parsed.rows[0].extra["tier"], "gold");
}

#[test]
fn windows_1252_is_decoded_and_utf_8_is_checked() {
    let file = b"code,name\nB1,K\xf6ln\n";
    let western = Dialect { encoding: Encoding::Windows1252, ..Dialect::default() };
    let parsed = parse_with(Feed::Locations, &western, &[], file).unwrap();
    assert_eq!(parsed.rows[0].name, "Köln");

    let parsed = parse_with(Feed::Locations, &Dialect::default(), &[], file).unwrap();
    assert_eq!(parsed.rejects[0].reason, RejectReason::InvalidEncoding);
    assert_eq!(parsed.rejects[0].column.as_deref(), Some("name"));
}

#[test]
fn values_of_locations_are_checked() {
    let parsed = parse_with(
        Feed::Locations,
        &Dialect { null_text: Some("NULL".to_owned()), ..Dialect::default() },
        &[],
        b"code,name,time_zone\nB1,Wien,Europe/Vienna\nB2,X,Vienna\n(unassigned),Y,NULL\nB4,NULL,\n",
    )
    .unwrap();
    assert_eq!(parsed.rows[0].time_zone.as_deref(), Some("Europe/Vienna"));
    let reasons: Vec<_> = parsed.rejects.iter().map(|r| r.reason).collect();
    assert_eq!(
        reasons,
        [RejectReason::UnknownTimeZone, RejectReason::ReservedCode, RejectReason::MissingValue]
    );
}

#[test]
fn a_file_without_its_header_is_refused() {
    assert_eq!(customers("").unwrap_err(), FileError::HeaderMissing);
    assert_eq!(customers("\n\n").unwrap_err(), FileError::HeaderMissing);
    assert_eq!(customers("K1,One\n").unwrap_err().code(), "column_missing");
}

proptest! {
    /// Every record after the header is either loaded or rejected; none is lost.
    #[test]
    fn no_record_is_lost(lines in prop::collection::vec("[a-zA-Z0-9@. ]{1,6}(,[a-z@.é]{0,6}){0,3}", 0..30)) {
        let records = lines.iter().filter(|line| !line.is_empty()).count();
        let parsed = customers(&format!("code,name,email\n{}\n", lines.join("\n"))).unwrap();
        prop_assert_eq!(parsed.rows.len() + parsed.rejects.len(), records);
    }

    #[test]
    fn no_input_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut file = b"code,name\n".to_vec();
        file.extend(bytes);
        let _ = parse_with(Feed::Customers, &Dialect::default(), &[], &file);
    }
}

#[test]
fn a_line_may_be_a_json_object() {
    let dialect = Dialect { form: Form::JsonLines, ..Dialect::default() };
    let columns = [("code", Column::Named("Nr".to_owned()))];
    let text = "{\"NR\": 7, \"name\": \"Mü\\nller\", \"email\": null}\n\n[1]\n{\"nr\": \"K8\"}";
    let parsed = parse_with(Feed::Customers, &dialect, &columns, text.as_bytes()).unwrap();
    let row = &parsed.rows[0];
    assert_eq!((row.code.as_str(), row.name.as_str(), &row.email), ("7", "Mü\nller", &None));
    let rejects: Vec<_> = parsed
        .rejects
        .iter()
        .map(|r| (r.place.line, r.place.byte_offset, r.reason, r.raw.as_str()))
        .collect();
    let third = text.find('[').unwrap() as u64;
    assert_eq!(
        rejects,
        [
            (3, third, RejectReason::InvalidJson, "[1]"),
            (4, third + 4, RejectReason::MissingValue, "{\"nr\": \"K8\"}"),
        ]
    );
}

#[test]
fn utf_16_is_read_with_and_without_its_mark() {
    let dialect = Dialect { encoding: Encoding::Utf16, ..Dialect::default() };
    let text = "code,name\r\nK1,Müller €\r\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [
        little.clone(),
        [b"\xff\xfe", little.as_slice()].concat(),
        [b"\xfe\xff", big.as_slice()].concat(),
    ] {
        let parsed = parse_with(Feed::Customers, &dialect, &[], &bytes).unwrap();
        assert_eq!((parsed.rows.len(), parsed.rows[0].name.as_str()), (1, "Müller €"));
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_in_any_form(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for form in [Form::Delimited, Form::JsonLines] {
            for encoding in [Encoding::Utf8, Encoding::Windows1252, Encoding::Utf16] {
                let dialect = Dialect { form, encoding, ..Dialect::default() };
                let _ = parse_with(Feed::Locations, &dialect, &[], &bytes);
            }
        }
    }
}

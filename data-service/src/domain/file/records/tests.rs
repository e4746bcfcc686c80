use proptest::prelude::*;

use super::*;

type Row = (u64, u64, String, Vec<String>);

fn read_in_pieces(bytes: &[u8], dialect: &Dialect, piece: usize) -> Result<Vec<Row>, FileError> {
    let mut rows = Vec::new();
    let mut sink = |record: Record<'_>| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let fields = (0..record.len()).map(|i| text(record.get(i).unwrap())).collect();
        rows.push((record.place.line, record.place.byte_offset, text(record.raw), fields));
        Ok(())
    };
    let mut records = Records::new(dialect);
    for piece in bytes.chunks(piece.max(1)) {
        records.push(piece, &mut sink)?;
    }
    records.finish(&mut sink)?;
    Ok(rows)
}

fn read(bytes: &[u8]) -> Result<Vec<Row>, FileError> {
    read_in_pieces(bytes, &Dialect::default(), bytes.len())
}

fn row(line: u64, offset: u64, raw: &str, fields: &[&str]) -> Row {
    (line, offset, raw.to_owned(), fields.iter().map(|f| (*f).to_owned()).collect())
}

#[test]
fn places_are_those_of_the_file() {
    let file = b"\xef\xbb\xbfa,b\r\n\"x\r\ny\",2\rlast,3";
    let expected = vec![
        row(1, 3, "a,b", &["a", "b"]),
        row(2, 8, "\"x\r\ny\",2", &["x\r\ny", "2"]),
        row(4, 17, "last,3", &["last", "3"]),
    ];
    for piece in 1..=file.len() {
        let rows = read_in_pieces(file, &Dialect::default(), piece);
        assert_eq!(rows.as_ref(), Ok(&expected), "in pieces of {piece}");
    }
}

#[test]
fn lines_before_the_header_are_skipped_whatever_they_hold() {
    let dialect = Dialect { skip_lines: 2, ..Dialect::default() };
    let rows = read_in_pieces(b"export of \"2020\r\n\r\ncode\r\nA\r\n", &dialect, 5).unwrap();
    assert_eq!(rows, [row(3, 19, "code", &["code"]), row(4, 25, "A", &["A"])]);
}

#[test]
fn quotes_and_escapes_follow_the_dialect() {
    let semicolons =
        Dialect { delimiter: b';', quote: Some(b'\''), escape: Some(b'\\'), ..Dialect::default() };
    let rows = read_in_pieces(b"'a;\\'b';'c''d'\n", &semicolons, 3).unwrap();
    assert_eq!(rows[0].3, ["a;'b", "c'd"]);

    let plain = Dialect { quote: None, ..Dialect::default() };
    let rows = read_in_pieces(b"5\" pipe,\"x\n", &plain, 3).unwrap();
    assert_eq!(rows[0].3, ["5\" pipe", "\"x"]);
}

#[test]
fn an_open_quote_is_an_error_with_its_place() {
    assert_eq!(
        read(b"a,b\n1,\"two\n3,4\n"),
        Err(FileError::UnterminatedQuote(Place { line: 2, byte_offset: 4 }))
    );
    assert!(read(b"a,b\n1,\"two\"").is_ok());
}

#[test]
fn a_nul_byte_is_an_error_with_its_place() {
    let place = Place { line: 2, byte_offset: 6 };
    assert_eq!(read(b"a,b\n1,\0\n"), Err(FileError::NulByte(place)));
}

#[test]
fn utf_16_is_named() {
    assert_eq!(read(b"\xff\xfea\0"), Err(FileError::UnsupportedEncoding("UTF-16")));
}

#[test]
fn a_record_ends_at_one_megabyte() {
    let mut file = b"code\n".to_vec();
    file.extend(std::iter::repeat_n(b'x', 1_048_576));
    assert!(read(&file).is_ok());
    file.extend_from_slice(b"xx");
    let place = Place { line: 2, byte_offset: 5 };
    assert_eq!(
        read_in_pieces(&file, &Dialect::default(), 256 * 1024),
        Err(FileError::RowTooLong(place))
    );
}

#[test]
fn an_empty_file_has_no_record() {
    assert_eq!(read(b""), Ok(vec![]));
    assert_eq!(read(b"\xef\xbb\xbf"), Ok(vec![]));
    assert_eq!(read(b"\r\n\n\r"), Ok(vec![]));
}

proptest! {
    /// Whatever the values, the line ends and the pieces: what was written is read.
    #[test]
    fn written_records_are_read_back(
        table in prop::collection::vec(prop::collection::vec("[a-z,\"\r\n é]{0,8}", 2), 1..8),
        terminator in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        piece in 1usize..40,
    ) {
        let mut file = Vec::new();
        for fields in &table {
            let quoted: Vec<_> =
                fields.iter().map(|f| format!("\"{}\"", f.replace('"', "\"\""))).collect();
            file.extend_from_slice(quoted.join(",").as_bytes());
            file.extend_from_slice(terminator.as_bytes());
        }
        let rows = read_in_pieces(&file, &Dialect::default(), piece).unwrap();
        for (_, offset, raw, _) in &rows {
            let start = usize::try_from(*offset).unwrap();
            prop_assert_eq!(&file[start..start + raw.len()], raw.as_bytes());
        }
        let fields: Vec<_> = rows.into_iter().map(|row| row.3).collect();
        prop_assert_eq!(fields, table);
    }

    /// Any bytes in any pieces give the same answer, and never a panic.
    #[test]
    fn pieces_do_not_matter(bytes in "[ab,;\"\\\\\r\n\u{0}é]{0,60}", piece in 1usize..9) {
        let whole = read(bytes.as_bytes());
        let pieces = read_in_pieces(bytes.as_bytes(), &Dialect::default(), piece);
        prop_assert_eq!(whole, pieces);
    }
}

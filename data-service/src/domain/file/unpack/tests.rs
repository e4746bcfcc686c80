use std::io::{Cursor, Write};

use ::zip::write::SimpleFileOptions;
use ::zip::{CompressionMethod, ZipWriter};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zip(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, content) in files {
        archive.start_file(*name, options).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Unpacks in chunks; answers the content and the size of the largest piece.
fn unpack(packing: Packing, packed: &[u8], chunk: usize) -> Result<(Vec<u8>, usize), FileError> {
    let mut unpacker = Unpacker::new(packing);
    let (mut content, mut largest) = (Vec::new(), 0);
    let mut drain = |unpacker: &mut Unpacker| {
        while let Some(piece) = unpacker.piece()? {
            largest = largest.max(piece.len());
            content.extend_from_slice(&piece);
        }
        Ok(())
    };
    for chunk in packed.chunks(chunk) {
        unpacker.push(Bytes::copy_from_slice(chunk))?;
        drain(&mut unpacker)?;
    }
    unpacker.end()?;
    drain(&mut unpacker)?;
    Ok((content, largest))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn what_was_packed_comes_back(content in prop::collection::vec(any::<u8>(), 0..50_000), chunk in 1usize..9_000) {
        let one: [(&str, &[u8]); 1] = [("a.csv", &content)];
        for (packing, packed) in [
            (Packing::None, content.clone()),
            (Packing::Gzip, gzip(&content)),
            (Packing::Gzip, [gzip(&content[..content.len() / 2]), gzip(&content[content.len() / 2..])].concat()),
            (Packing::Zip, zip(&one, CompressionMethod::Deflated)),
            (Packing::Zip, zip(&one, CompressionMethod::Stored)),
        ] {
            prop_assert_eq!(unpack(packing.clone(), &packed, chunk).unwrap().0, content.clone());
        }
    }

    #[test]
    fn no_bytes_panic(content in prop::collection::vec(any::<u8>(), 0..2_000), chunk in 1usize..500) {
        let _ = unpack(Packing::Gzip, &content, chunk);
        let _ = unpack(Packing::Zip, &content, chunk);
    }
}

#[test]
fn a_packed_file_that_was_cut_short_is_damaged() {
    let text = "code,name\nK1,One\n".repeat(1_000);
    let one: [(&str, &[u8]); 1] = [("a.csv", text.as_bytes())];
    for (packing, packed) in [
        (Packing::Gzip, gzip(text.as_bytes())),
        (Packing::Zip, zip(&one, CompressionMethod::Deflated)),
    ] {
        for cut in [0, 1, 20, packed.len() / 2, packed.len() - 1] {
            let error = unpack(packing.clone(), &packed[..cut], 64).unwrap_err();
            assert_eq!(error, FileError::ArchiveDamaged, "{packing:?} to {cut}");
        }
        let mut broken = packed.clone();
        broken[60] ^= 0x10;
        assert!(unpack(packing.clone(), &broken, 64).is_err(), "{packing:?}");
    }
}

#[test]
fn a_bomb_is_defused_in_small_pieces() {
    let zeros = vec![b'0'; 300 << 20];
    let one: [(&str, &[u8]); 1] = [("a.csv", &zeros)];
    for (packing, packed) in
        [(Packing::Gzip, gzip(&zeros)), (Packing::Zip, zip(&one, CompressionMethod::Deflated))]
    {
        assert_eq!(unpack(packing, &packed, 256 * 1024).unwrap_err(), FileError::ArchiveExpands);
    }
    let harmless = gzip(&zeros[..10 << 20]);
    let (content, largest) = unpack(Packing::Gzip, &harmless, 256 * 1024).unwrap();
    assert_eq!(content.len(), 10 << 20);
    assert!(largest <= 5 << 20, "{largest}");
}

#[test]
fn an_archive_holds_one_file() {
    let two: [(&str, &[u8]); 2] = [("a.csv", b"x"), ("b.csv", b"y")];
    let error = unpack(Packing::Zip, &zip(&two, CompressionMethod::Stored), 99).unwrap_err();
    assert_eq!(error.code(), "archive_ambiguous");
    let none = unpack(Packing::Zip, &zip(&[], CompressionMethod::Stored), 99).unwrap_err();
    assert_eq!(none.code(), "archive_empty");
    let with_more: [(&str, &[u8]); 2] = [("__MACOSX/._a.csv", b"x"), ("a.csv", b"y")];
    let content = unpack(Packing::Zip, &zip(&with_more, CompressionMethod::Stored), 99).unwrap();
    assert_eq!(content.0, b"y");
}

#[test]
fn an_encrypted_archive_is_told_apart_from_a_damaged_one() {
    let one: [(&str, &[u8]); 1] = [("a.csv", b"code,name\n")];
    let mut packed = zip(&one, CompressionMethod::Stored);
    // The flag of encryption, in the local header and in the directory.
    for signature in [b"PK\x03\x04", b"PK\x01\x02"] {
        let at = packed.windows(4).position(|four| four == signature).unwrap();
        packed[at + if signature[2] == 3 { 6 } else { 8 }] |= 1;
    }
    assert_eq!(unpack(Packing::Zip, &packed, 99).unwrap_err(), FileError::ArchiveEncrypted);
}

#[test]
fn the_name_tells_the_packing() {
    assert_eq!(Packing::of("Customers.CSV.GZ"), Packing::Gzip);
    assert_eq!(Packing::of("customers.zip"), Packing::Zip);
    assert_eq!(Packing::of("customers.csv"), Packing::None);
}

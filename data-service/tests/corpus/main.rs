//! Inputs that are easy to get wrong (cut short, nested, huge, with NULs, built to expand), stored and replayed: nothing panics,
//! every outcome is the one in `outcomes.txt`, however the bytes are cut, and the process stays small.
//! `FOOTFALL_UPDATE_SNAPSHOTS=1` writes the outcomes anew. What a fuzzer or a customer finds becomes another file here.

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use chrono::DateTime;
use common::jobs::schedule::Slots;
use data_service::domain::event::{EventDecoder, IdentityKeys};
use data_service::domain::file::{
    Contract, Dialect, Encoding, Feed, FileError, FileParser, Form, Mapping, Packing, Parsed,
    SheetWanted, Unpacker,
};
use data_service::domain::wire::Schema;
use serde_json::json;

/// What the whole replay may add to the process: a quarter of what a load may take.
const MEMORY_MB: u64 = 50;

/// Sizes of the pieces that bytes come in: one by one, across every border, and at once.
const PIECES: [usize; 3] = [1, 13, 1 << 20];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// Name and bytes of each file of a part of the corpus, by name.
fn inputs(part: &str) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder().join(part)).unwrap().map(Result::unwrap);
    let named = |file: std::fs::DirEntry| {
        let name = file.file_name().into_string().unwrap();
        (format!("{part}/{name}"), std::fs::read(file.path()).unwrap())
    };
    files.map(named).collect()
}

fn events() -> Schema {
    let text = |name: &str| json!({ "name": name, "type": "STRING" });
    let int = |name: &str| json!({ "name": name, "type": "INTEGER" });
    let value = json!({ "name": "value", "type": "RECORD", "fields": [
        text("string_value"), int("int_value"),
        { "name": "float_value", "type": "FLOAT" }, { "name": "double_value", "type": "FLOAT" },
    ] });
    let params = json!({
        "name": "event_params", "type": "RECORD", "mode": "REPEATED", "fields": [text("key"), value],
    });
    let fields = [
        text("event_date"),
        int("event_timestamp"),
        text("event_name"),
        params,
        text("user_pseudo_id"),
    ];
    serde_json::from_value(json!({ "fields": fields })).unwrap()
}

fn page(bytes: &[u8]) -> String {
    let mut decoder = EventDecoder::new(&events(), IdentityKeys::default()).unwrap();
    let mut events = 0;
    match decoder.page(bytes, 0, |_| events += 1) {
        Ok(page) => {
            format!("{events} events of {} rows, {} rejected", page.rows, page.rejected.len())
        }
        Err(_) => format!("no page after {events} events"),
    }
}

/// Reads `bytes` as the load does, in pieces of `size`.
fn parsed(
    bytes: &[u8],
    size: usize,
    packing: Packing,
    dialect: &Dialect,
) -> Result<(usize, usize), FileError> {
    let mapping = Mapping::new(Feed::Customers, dialect.header, &BTreeMap::new()).unwrap();
    let mut parser = FileParser::new(dialect.clone(), mapping, Contract::default());
    let mut unpacker = Unpacker::new(packing);
    let (mut parsed, mut rows, mut rejects) = (Parsed::default(), 0, 0);
    let mut read = |unpacker: &mut Unpacker, parser: &mut FileParser| {
        while let Some(piece) = unpacker.piece()? {
            parser.push(&piece, &mut parsed)?;
            rows += parsed.rows.drain(..).len();
            rejects += parsed.rejects.drain(..).len();
        }
        Ok::<(), FileError>(())
    };
    for piece in bytes.chunks(size) {
        unpacker.push(Bytes::copy_from_slice(piece))?;
        read(&mut unpacker, &mut parser)?;
    }
    unpacker.end()?;
    read(&mut unpacker, &mut parser)?;
    parser.finish(&mut parsed)?;
    Ok((rows + parsed.rows.len(), rejects + parsed.rejects.len()))
}

/// The same, in pieces of every size. Of several faults another one may be met first.
fn file(name: &str, bytes: &[u8], packing: &Packing, dialect: &Dialect) -> String {
    let outcomes = PIECES.map(|size| parsed(bytes, size, packing.clone(), dialect));
    let known: Vec<_> = outcomes.iter().map(|outcome| outcome.as_ref().ok()).collect();
    assert!(known.iter().all(|other| *other == known[0]), "{name}: {outcomes:?}");
    let [.., whole] = outcomes;
    match whole {
        Ok((rows, rejects)) => format!("{rows} rows, {rejects} rejected"),
        Err(error) => error.code().to_owned(),
    }
}

fn cron(line: &str) -> String {
    match Slots::parse(line, "Europe/Berlin") {
        Ok(slots) => {
            let from = DateTime::from_timestamp_secs(1_800_000_000).unwrap();
            let next = slots.upcoming(from, 1);
            next.first().map_or_else(|| "never".to_owned(), DateTime::to_rfc3339)
        }
        Err(fault) => fault.to_string(),
    }
}

fn replayed() -> String {
    let mut told = String::new();
    for (name, bytes) in inputs("pages") {
        writeln!(told, "{name}: {}", page(&bytes)).unwrap();
    }
    for (name, bytes) in inputs("files") {
        let form = if name.contains(".jsonl") { Form::JsonLines } else { Form::Delimited };
        for encoding in [Encoding::Utf8, Encoding::Windows1252, Encoding::Utf16] {
            let dialect = Dialect { form, encoding, ..Dialect::default() };
            let outcome = file(&name, &bytes, &Packing::of(&name), &dialect);
            writeln!(told, "{name} {encoding:?}: {outcome}").unwrap();
        }
    }
    for (name, bytes) in inputs("workbooks") {
        let packing = Packing::Workbook(SheetWanted::default());
        writeln!(told, "{name}: {}", file(&name, &bytes, &packing, &Dialect::default())).unwrap();
    }
    let lines = std::fs::read_to_string(folder().join("cron.txt")).unwrap();
    for (number, line) in lines.lines().enumerate() {
        writeln!(told, "cron {}: {}", number + 1, cron(line)).unwrap();
    }
    told
}

/// The most memory the process has had, in megabytes.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[test]
fn every_stored_input_has_its_outcome_in_little_memory() {
    let before = peak_mb();
    let told = replayed();
    let taken = peak_mb() - before;
    let stored = folder().join("outcomes.txt");
    if std::env::var_os("FOOTFALL_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&stored, &told).unwrap();
    }
    let known = std::fs::read_to_string(&stored).unwrap();
    for (told, known) in told.lines().zip(known.lines()) {
        assert_eq!(told, known);
    }
    assert_eq!(told.lines().count(), known.lines().count());
    assert!(taken < MEMORY_MB, "{taken} MB");
}

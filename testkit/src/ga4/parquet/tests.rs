use super::*;
use crate::ga4::Value;

#[test]
fn the_files_schema_is_the_published_one() {
    let Some(sample) = crate::sample::dir_or_not_run("the_files_schema_is_the_published_one")
    else {
        return;
    };
    let file = ParquetFile::open(&sample.join("ga4-sample/events_20201221.parquet")).unwrap();
    let text = std::fs::read_to_string(sample.join("ga4_public_sample_schema.json")).unwrap();
    let published = Schema::from_json(&serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(**file.schema(), published);
}

#[test]
fn every_row_of_the_smallest_day_is_read() {
    let Some(sample) = crate::sample::dir_or_not_run("every_row_of_the_smallest_day_is_read")
    else {
        return;
    };
    let file = ParquetFile::open(&sample.join("ga4-sample/events_20201225.parquet")).unwrap();
    let schema = Arc::clone(file.schema());
    let name = schema.position("event_name").unwrap();
    let params = schema.position("event_params").unwrap();
    let (mut rows, mut page_views, mut with_session) = (0, 0, 0);
    for row in file.rows().unwrap() {
        let row = row.unwrap();
        assert_eq!(row[0], Value::from("20201225"));
        assert!(row[1].int().is_some_and(|micros| micros > 1_608_000_000_000_000));
        rows += 1;
        page_views += u64::from(row[name].text() == Some("page_view"));
        let session = |param: &Value| param.cells()[0].text() == Some("ga_session_id");
        with_session += u64::from(row[params].cells().iter().any(session));
    }
    assert_eq!((rows, page_views), (21_355, 5_956));
    assert_eq!(file.row_count(), rows);
    assert_eq!(with_session, rows);
}

#[test]
fn nested_lists_nulls_and_row_groups_are_assembled() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nested.parquet");
    written::nested_file(&path);
    let file = ParquetFile::open(&path).unwrap();
    let rows: Vec<Row> = file.rows().unwrap().map(|row| row.unwrap()).collect();
    let (int, null) = (Value::Int, Value::Null);
    let item = |id: i64, tags: Vec<Value>| Value::Record(vec![int(id), Value::List(tags)]);
    let first = vec![
        Value::List(vec![
            item(i64::MIN, vec![int(1), null.clone(), int(2)]),
            item(i64::MAX, vec![]),
        ]),
        Value::from("x"),
    ];
    let second = vec![Value::List(vec![]), null];
    assert_eq!(rows, [first.clone(), second.clone(), first, second]);
}

/// Writes a small file with a list inside a list, in two row groups.
mod written {
    use std::fs::File;
    use std::path::Path;
    use std::sync::Arc;

    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    const SCHEMA: &str = "message row {
        optional group items (LIST) { repeated group list { optional group element {
            optional int64 id;
            optional group tags (LIST) { repeated group list { optional int64 element; } }
        } } }
        optional binary name (UTF8);
    }";

    pub(super) fn nested_file(path: &Path) {
        let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
        let file = File::create(path).unwrap();
        let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
        for _ in 0..2 {
            let mut group = writer.next_row_group().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            let (ids, definitions, repetitions) = ([i64::MIN, i64::MAX], [4, 4, 0], [0, 1, 0]);
            column
                .typed::<Int64Type>()
                .write_batch(&ids, Some(&definitions), Some(&repetitions))
                .unwrap();
            column.close().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            let (definitions, repetitions) = ([6, 5, 6, 4, 0], [0, 2, 2, 1, 0]);
            column
                .typed::<Int64Type>()
                .write_batch(&[1, 2], Some(&definitions), Some(&repetitions))
                .unwrap();
            column.close().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            column
                .typed::<ByteArrayType>()
                .write_batch(&[ByteArray::from("x")], Some(&[1, 0]), None)
                .unwrap();
            column.close().unwrap();
            group.close().unwrap();
        }
        writer.close().unwrap();
    }
}

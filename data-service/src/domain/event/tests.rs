use proptest::prelude::*;
use serde_json::{Value, json};

mod coercion;
mod identity;
mod sample;
mod typing;

use super::*;
use crate::domain::wire::Schema;

/// The columns an intraday table has, and those only a daily table has.
fn schema(daily: bool) -> Schema {
    let value = json!([
        { "name": "string_value", "type": "STRING" },
        { "name": "int_value", "type": "INTEGER" },
        { "name": "float_value", "type": "FLOAT" },
        { "name": "double_value", "type": "FLOAT" }
    ]);
    let params = |name: &str| {
        json!({ "name": name, "type": "RECORD", "mode": "REPEATED", "fields": [
            { "name": "key", "type": "STRING" },
            { "name": "value", "type": "RECORD", "fields": value }
        ] })
    };
    let source = json!([
        { "name": "name", "type": "STRING" }, { "name": "medium", "type": "STRING" }, { "name": "source", "type": "STRING" }
    ]);
    let mut columns = vec![
        json!({ "name": "event_date", "type": "STRING" }),
        json!({ "name": "event_timestamp", "type": "INTEGER" }),
        json!({ "name": "event_name", "type": "STRING" }),
        params("event_params"),
        json!({ "name": "event_bundle_sequence_id", "type": "INTEGER" }),
        json!({ "name": "user_id", "type": "STRING" }),
        json!({ "name": "user_pseudo_id", "type": "STRING" }),
        json!({ "name": "privacy_info", "type": "RECORD", "fields": [{ "name": "analytics_storage", "type": "STRING" }] }),
        params("user_properties"),
        json!({ "name": "device", "type": "RECORD", "fields": [
            { "name": "category", "type": "STRING" },
            { "name": "web_info", "type": "RECORD", "fields": [{ "name": "hostname", "type": "STRING" }] }
        ] }),
        json!({ "name": "stream_id", "type": "INTEGER" }),
        json!({ "name": "ecommerce", "type": "RECORD", "fields": [
            { "name": "purchase_revenue", "type": "FLOAT" },
            { "name": "transaction_id", "type": "STRING" },
            { "name": "refund_value", "type": "FLOAT" }
        ] }),
        json!({ "name": "items", "type": "RECORD", "mode": "REPEATED", "fields": [
            { "name": "item_id", "type": "STRING" },
            { "name": "quantity", "type": "INTEGER" },
            { "name": "price", "type": "FLOAT" },
            params("item_params")
        ] }),
        json!({ "name": "new_thing", "type": "RANGE" }),
    ];
    if daily {
        columns.push(json!({ "name": "traffic_source", "type": "RECORD", "fields": source }));
        columns.push(json!({ "name": "is_active_user", "type": "BOOLEAN" }));
    }
    serde_json::from_value(Value::Array(columns)).unwrap()
}

/// A plain JSON row (the export's NDJSON form) as positional cells.
pub(super) fn cells(columns: &[crate::domain::wire::Column], row: &Value) -> Value {
    let cell = |column: &crate::domain::wire::Column| {
        let value = row.get(&column.name).unwrap_or(&Value::Null);
        let single = |value: &Value| match value {
            Value::Object(_) => cells(&column.fields, value),
            Value::Number(number) => json!(number.to_string()),
            Value::Bool(flag) => json!(flag.to_string()),
            other => other.clone(),
        };
        match value {
            Value::Array(list) => {
                json!({ "v": list.iter().map(|value| json!({ "v": single(value) })).collect::<Vec<_>>() })
            }
            Value::Null if column.repeated() => json!({ "v": [] }),
            value => json!({ "v": single(value) }),
        }
    };
    json!({ "f": columns.iter().map(cell).collect::<Vec<_>>() })
}

pub(super) fn page(schema: &Schema, rows: &[Value]) -> String {
    let rows: Vec<_> = rows.iter().map(|row| cells(&schema.columns, row)).collect();
    json!({ "kind": "bigquery#tableDataList", "pageToken": "next", "totalRows": "7", "rows": rows })
        .to_string()
}

fn param(key: &str, slot: &str, value: &str) -> Value {
    json!({ "key": key, "value": { slot: value } })
}

fn row() -> Value {
    json!({
        "event_date": "20260101",
        "event_timestamp": "1767225600123456",
        "event_name": "purchase",
        "event_bundle_sequence_id": "-12",
        "user_pseudo_id": "123.456",
        "stream_id": "2051",
        "event_params": [
            param("session_engaged", "string_value", "1"),
            param("ga_session_id", "int_value", "1702642286"),
            param("page_location", "string_value", "https://shop.example/cart/pay?x=1"),
            param("currency", "string_value", "eur"),
            param("value", "double_value", "33.480000000000004"),
            json!({ "key": "nothing", "value": {} }),
        ],
        "ecommerce": { "purchase_revenue": "33.5", "transaction_id": "T-1" },
        "items": [
            { "item_id": "A", "quantity": "2", "price": "1.10", "item_params": [param("colour", "string_value", "red")] },
            { "item_id": "B" }
        ],
    })
}

fn identity() -> IdentityKeys {
    IdentityKeys {
        branch: Some("branch_code".into()),
        customer: Some("customer_no".into()),
        known_user: Some("login".into()),
    }
}

/// Decodes rows and gives each event to `check`.
fn decode(rows: &[Value], mut check: impl FnMut(&Event<'_>)) -> (PageSummary, Notes) {
    let schema = schema(true);
    let mut decoder = EventDecoder::new(&schema, identity()).unwrap();
    let summary = decoder.page(page(&schema, rows).as_bytes(), 100, &mut check).unwrap();
    (summary, decoder.notes().clone())
}

fn with(path: &str, value: Value) -> Value {
    let mut row = row();
    match path.split_once('.') {
        Some((outer, inner)) => row[outer][inner] = value,
        None => row[path] = value,
    }
    row
}

fn with_params(params: &[Value]) -> Value {
    with("event_params", Value::Array(params.to_vec()))
}

#[test]
fn a_purchase_becomes_its_typed_event() {
    let (summary, notes) = decode(&[row()], |event| {
        assert_eq!(event.event_date.to_string(), "2026-01-01");
        assert_eq!(event.event_micros, 1_767_225_600_123_456);
        assert_eq!((event.name, event.stream_id), ("purchase", Some("2051")));
        assert_eq!(event.bundle_sequence_id, Some(-12));
        assert_eq!(event.ga_session_id, Some(1_702_642_286));
        assert_eq!(event.session_engaged, Some(true));
        assert!(event.client_key.is_some() && event.session_key.is_some());
        assert_eq!(event.hostname, Some("shop.example"));
        assert_eq!(event.page_path, Some("/cart/pay"));
        assert_eq!(event.transaction_id, Some("T-1"));
        assert_eq!(event.purchase_revenue, Some(Decimal::new(335, 1)));
        assert_eq!(event.currency(), Some("EUR"));
        assert_eq!(event.quantity, Some(Decimal::from(3)));
        assert_eq!(event.is_active_user, None);
        assert_eq!(
            event.params,
            r#"{"value":33.480000000000004,"currency":"eur","ga_session_id":1702642286,"page_location":"https://shop.example/cart/pay?x=1","session_engaged":"1"}"#
        );
        assert_eq!(
            event.items,
            Some(
                r#"[{"price":1.10,"item_id":"A","quantity":2,"item_params":{"colour":"red"}},{"item_id":"B"}]"#
            )
        );
    });
    assert_eq!((summary.rows, summary.rejected.len(), summary.total_rows), (1, 0, Some(7)));
    assert_eq!(notes.unknown_types, [("new_thing".to_owned(), "RANGE".to_owned())]);
}

#[test]
fn an_intraday_table_lacks_columns() {
    let schema = schema(false);
    let mut decoder = EventDecoder::new(&schema, identity()).unwrap();
    let mut keys = Vec::new();
    decoder
        .page(page(&schema, &[row()]).as_bytes(), 0, |event| keys.push(event.event_key))
        .unwrap();
    decode(&[row()], |event| keys.push(event.event_key));
    assert_eq!(keys.len(), 2);
    assert_eq!(
        keys[0], keys[1],
        "an event keeps its key when the daily table replaces the intraday one"
    );
}

#[test]
fn selected_columns_give_the_same_event() {
    let full = schema(true);
    let mut decoder = EventDecoder::selecting(&full, identity()).unwrap();
    assert_eq!(
        decoder.selected_fields(),
        Some(
            "event_date,event_timestamp,event_name,event_params,event_bundle_sequence_id,user_id,user_pseudo_id,\
             user_properties,device.category,device.web_info.hostname,stream_id,ecommerce,items,\
             traffic_source.name,traffic_source.medium,traffic_source.source,is_active_user"
        )
    );
    assert_eq!(decoder.notes().unknown_types.len(), 1, "also of a column that is left out");
    let mut narrow = full.clone();
    narrow.columns.retain(|column| !["privacy_info", "new_thing"].contains(&column.name.as_str()));
    let mut hashes = Vec::new();
    decoder
        .page(page(&narrow, &[row()]).as_bytes(), 0, |event| hashes.push(event.row_hash))
        .unwrap();
    decode(&[row()], |event| hashes.push(event.row_hash));
    assert_eq!(hashes.len(), 2);
    assert_eq!(hashes[0], hashes[1]);
}

#[test]
fn a_table_without_events_is_refused() {
    let schema: Schema =
        serde_json::from_value(json!([{ "name": "event_date", "type": "STRING" }])).unwrap();
    assert_eq!(
        EventDecoder::new(&schema, IdentityKeys::default()).unwrap_err(),
        SchemaError("event_timestamp")
    );
}

#[test]
fn rows_that_are_no_events_are_rejected_with_their_place() {
    let schema = schema(true);
    let mut text = page(
        &schema,
        &[
            row(),
            with("event_timestamp", Value::Null),
            with("event_date", json!("2026-01-01")),
            row(),
            row(),
        ],
    );
    // The fourth row loses its cells.
    let fourth = text.match_indices("{\"f\":[{\"v\":\"20260101\"}").nth(2).unwrap().0;
    text.insert_str(fourth, "{\"f\":[]},");
    let mut decoder = EventDecoder::new(&schema, identity()).unwrap();
    let mut events = 0;
    let summary = decoder.page(text.as_bytes(), 1_000, |_| events += 1).unwrap();
    assert_eq!((summary.rows, events), (6, 3));
    assert_eq!(
        summary.rejected.iter().map(|reject| reject.row).collect::<Vec<_>>(),
        [1_001, 1_002, 1_003]
    );
    assert_eq!(summary.rejected[0].reason, "event_timestamp is null");
    assert!(
        summary.rejected[2].reason.starts_with("0 cells for 16 columns"),
        "{}",
        summary.rejected[2].reason
    );
}

#[test]
fn a_page_cut_short_is_an_error() {
    let schema = schema(true);
    let text = page(&schema, &[row(), row()]);
    let mut decoder = EventDecoder::new(&schema, identity()).unwrap();
    assert!(decoder.page(&text.as_bytes()[..text.len() - 40], 0, |_| ()).is_err());
}

#[test]
fn characters_that_postgres_cannot_store_are_replaced() {
    let schema = schema(true);
    let text = page(
        &schema,
        &[with_params(&[
            param("page_title", "string_value", "a~b"),
            param("k~", "string_value", "~"),
        ])],
    );
    let mut decoder = EventDecoder::new(&schema, identity()).unwrap();
    decoder
        .page(text.replace('~', "\\u0000").as_bytes(), 0, |event| {
            assert_eq!(event.page_title, Some("a\u{fffd}b"));
            assert!(!event.params.contains("\\u0000"));
        })
        .unwrap();
    assert_eq!(decoder.notes().nul_replaced, 3);
    let mut titles = Vec::new();
    let summary = decoder
        .page(text.replace('~', "\\ud83d").as_bytes(), 0, |event| {
            titles.push(event.page_title.unwrap().to_owned())
        })
        .unwrap();
    assert_eq!((summary.rejected.len(), titles), (0, vec!["a\u{fffd}b".to_owned()]));
}

proptest! {
    #[test]
    fn any_texts_give_valid_json_and_a_row(key in any::<String>(), value in any::<String>(), title in any::<String>()) {
        let row = with_params(&[param(&key, "string_value", &value), param("page_title", "string_value", &title)]);
        let mut rows = 0;
        decode(&[row], |event| {
            rows += 1;
            let params: Value = serde_json::from_str(event.params).unwrap();
            let clean = |text: &str| text.replace('\0', "\u{fffd}");
            assert_eq!(params[clean(&key)].as_str(), Some(clean(&value).as_str()));
        });
        prop_assert_eq!(rows, 1);
    }

    /// Damaged anywhere, cut anywhere: rows, rejects or an error, and never a panic.
    #[test]
    fn no_damage_to_a_page_panics(
        at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let schema = schema(true);
        let mut bytes = page(&schema, &[row(), row()]).into_bytes();
        for (index, byte) in &at {
            let index = index.index(bytes.len());
            bytes[index] = *byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let mut decoder = EventDecoder::new(&schema, identity()).unwrap();
        let mut rows = 0;
        let read = decoder.page(&bytes, 0, |_| rows += 1);
        prop_assert!(rows <= 2);
        if let Ok(summary) = read {
            prop_assert_eq!(summary.rows, rows + summary.rejected.len() as u64);
        }
    }
}

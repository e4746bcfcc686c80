//! Real rows of 2022 to 2024, read a second time by the simplest means.

use super::*;

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The filled slot of a param.
fn param_text(row: &Value, key: &str) -> Option<String> {
    let params = row["event_params"].as_array().unwrap();
    let value = &params.iter().find(|param| param["key"] == key)?["value"];
    ["string_value", "int_value", "float_value", "double_value"]
        .iter()
        .find_map(|slot| text(&value[slot]))
}

fn number<T: std::str::FromStr>(text: Option<String>) -> Option<T> {
    text.and_then(|text| text.parse().ok())
}

#[test]
fn real_rows_decode_as_their_json_reads() {
    let Some(folder) = testkit::sample::dir_or_not_run("real_rows_decode_as_their_json_reads")
    else {
        return;
    };
    let schema: Schema =
        serde_json::from_str(&testkit::sample::text(&folder, "ga4_events_schema.json")).unwrap();
    let lines = testkit::sample::text(&folder, "ga4_real_rows.ndjson");
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 18);

    let mut decoder = EventDecoder::new(&schema, IdentityKeys::default()).unwrap();
    let mut at = rows.iter();
    let mut keys = std::collections::HashSet::new();
    let summary = decoder
        .page(page(&schema, &rows).as_bytes(), 0, |event| {
            let row = at.next().unwrap();
            keys.insert(event.event_key);
            assert_eq!(
                text(&row["event_date"]),
                Some(event.event_date.format("%Y%m%d").to_string())
            );
            assert_eq!(number(text(&row["event_timestamp"])), Some(event.event_micros));
            assert_eq!(text(&row["event_name"]).as_deref(), Some(event.name));
            assert_eq!(text(&row["user_pseudo_id"]).as_deref(), event.user_pseudo_id);
            assert_eq!(text(&row["stream_id"]).as_deref(), event.stream_id);
            assert_eq!(text(&row["device"]["category"]).as_deref(), event.device_category);
            assert_eq!(
                text(&row["geo"]["country"]).filter(|text| !text.is_empty()).as_deref(),
                event.country
            );
            assert_eq!(number(param_text(row, "ga_session_id")), event.ga_session_id);
            assert_eq!(number(param_text(row, "ga_session_number")), event.ga_session_number);
            assert_eq!(number(param_text(row, "engagement_time_msec")), event.engagement_msec);
            assert_eq!(
                param_text(row, "session_engaged").map(|text| text == "1"),
                event.session_engaged
            );
            assert_eq!(param_text(row, "page_location").as_deref(), event.page_location);
            assert_eq!(text(&row["ecommerce"]["transaction_id"]).as_deref(), event.transaction_id);
            assert_eq!(
                number::<Decimal>(text(&row["ecommerce"]["purchase_revenue"])),
                event.purchase_revenue
            );
            assert_eq!(
                text(&row["is_active_user"]).map(|text| text == "true"),
                event.is_active_user
            );
            let params: Value = serde_json::from_str(event.params).unwrap();
            for (key, value) in params.as_object().unwrap() {
                assert_eq!(param_text(row, key), text(value), "{key}");
            }
            let items = row["items"].as_array().map_or(0, Vec::len);
            let written: Option<Vec<Value>> =
                event.items.map(|items| serde_json::from_str(items).unwrap());
            assert_eq!(written.map_or(0, |items| items.len()), items);
        })
        .unwrap();
    assert_eq!((summary.rows, summary.rejected.len()), (18, 0));
    assert!(decoder.notes().drifts.is_empty(), "{:?}", decoder.notes().drifts);
    assert!(keys.len() > 10);
}

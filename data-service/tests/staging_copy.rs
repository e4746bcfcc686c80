//! Encoded events, read back by a real Postgres.

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use bytes::BytesMut;
use chrono::NaiveDate;
use common::db::sql;
use common::kernel::{LoadId, StepId};
use data_service::domain::event::{Event, EventDecoder, IdentityKeys, Traffic, copy};
use data_service::domain::wire::Schema;
use data_service::store::staging;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use testkit::TestDb;
use testkit::db::ServiceLogin;
use uuid::Uuid;

fn full() -> Event<'static> {
    Event {
        event_key: Uuid::from_u128(1),
        row_hash: u128::MAX,
        event_date: NaiveDate::from_ymd_opt(2024, 2, 29).unwrap(),
        event_micros: i64::MAX,
        name: "purchase",
        stream_id: Some("2051"),
        user_pseudo_id: Some("1.2"),
        client_key: Some(Uuid::from_u128(2)),
        session_key: Some(Uuid::from_u128(3)),
        ga_session_id: Some(i64::MIN),
        ga_session_number: Some(-1),
        user_id: Some("u"),
        known_user: Some("k"),
        customer: Some("c"),
        branch: Some("b"),
        batch_page_id: Some(1),
        batch_ordering_id: Some(2),
        batch_event_index: Some(3),
        bundle_sequence_id: Some(-4),
        session_engaged: Some(true),
        is_active_user: Some(false),
        engagement_msec: Some(5),
        platform: Some("WEB"),
        device_category: Some("desktop"),
        country: Some("Österreich"),
        city: Some("tab\tand\\backslash\n"),
        traffic: Traffic { source: Some("s"), medium: Some("m"), campaign: Some("\\N") },
        hostname: Some("h"),
        page_location: Some("l"),
        page_path: Some("/"),
        page_title: Some("😀"),
        transaction_id: Some("T-1"),
        purchase_revenue: Some("-79228162514264337593543950335".parse().unwrap()),
        refund_value: Some("0.0000000000000000000000000001".parse().unwrap()),
        currency: Some(*b"EUR"),
        quantity: Some(Decimal::from(10_000)),
        search_term: Some("q"),
        params: r#"{"a":33.480000000000004,"b":"\"\\ü"}"#,
        items: Some(r#"[{"price":1.10}]"#),
    }
}

fn bare() -> Event<'static> {
    Event {
        row_hash: 0,
        stream_id: None,
        user_pseudo_id: None,
        client_key: None,
        session_key: None,
        ga_session_id: None,
        ga_session_number: None,
        user_id: None,
        known_user: None,
        customer: None,
        branch: None,
        batch_page_id: None,
        batch_ordering_id: None,
        batch_event_index: None,
        bundle_sequence_id: None,
        session_engaged: None,
        is_active_user: None,
        engagement_msec: None,
        platform: None,
        device_category: None,
        country: None,
        city: None,
        traffic: Traffic::default(),
        hostname: None,
        page_location: None,
        page_path: None,
        page_title: None,
        transaction_id: None,
        purchase_revenue: None,
        refund_value: None,
        currency: None,
        quantity: None,
        search_term: None,
        params: "{}",
        items: None,
        ..full()
    }
}

/// Copies as the service does, and reads the rows back as JSON, numbers with every digit.
async fn copied(events: &[Event<'_>]) -> Vec<Value> {
    let db = TestDb::new().await;
    let data = db.connect(ServiceLogin::Data).await;
    let mut tx = data.tenant(&db.alpha()).await.unwrap();
    let load = LoadId::mint();
    staging::open(&mut tx, StepId::mint(), load).await.unwrap();
    let table = staging::Tables(load).event();
    let mut bytes = BytesMut::new();
    copy::header(&mut bytes);
    let encoder = copy::RowEncoder { property_id: 42 };
    events.iter().for_each(|event| encoder.row(event, &mut bytes));
    copy::trailer(&mut bytes);
    let mut sink = tx.conn().copy_in_raw(&copy::statement(&table)).await.unwrap();
    sink.send(&bytes[..]).await.unwrap();
    assert_eq!(sink.finish().await.unwrap(), events.len() as u64);
    let select = format!(
        "SELECT to_jsonb(e) || jsonb_build_object('purchase_revenue', purchase_revenue::text, \
                  'refund_value', refund_value::text, 'quantity', quantity::text, 'params', params::text, \
                  'items', items::text) FROM {table} e ORDER BY row_hash DESC"
    );
    sql::scalar_of(sql::Text::trusted(select)).fetch_all(tx.conn()).await.unwrap()
}

#[tokio::test]
async fn every_column_arrives_as_it_was() {
    let rows = copied(&[full(), bare()]).await;
    let full = &rows[0];
    for (column, value) in [
        ("event_date", "2024-02-29"),
        ("event_key", "00000000-0000-0000-0000-000000000001"),
        ("row_hash", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        ("client_key", "00000000-0000-0000-0000-000000000002"),
        ("session_key", "00000000-0000-0000-0000-000000000003"),
        ("event_name", "purchase"),
        ("stream_id", "2051"),
        ("user_pseudo_id", "1.2"),
        ("user_id", "u"),
        ("known_user", "k"),
        ("customer", "c"),
        ("branch", "b"),
        ("platform", "WEB"),
        ("device_category", "desktop"),
        ("country", "Österreich"),
        ("city", "tab\tand\\backslash\n"),
        ("source", "s"),
        ("medium", "m"),
        ("campaign", "\\N"),
        ("hostname", "h"),
        ("page_location", "l"),
        ("page_path", "/"),
        ("page_title", "😀"),
        ("transaction_id", "T-1"),
        ("currency", "EUR"),
        ("search_term", "q"),
        ("purchase_revenue", "-79228162514264337593543950335"),
        ("refund_value", "0.0000000000000000000000000001"),
        ("quantity", "10000"),
        ("params", r#"{"a": 33.480000000000004, "b": "\"\\ü"}"#),
        ("items", r#"[{"price": 1.10}]"#),
    ] {
        assert_eq!(full[column].as_str(), Some(value), "{column}");
    }
    for (column, value) in [
        ("property_id", 42),
        ("event_micros", i64::MAX),
        ("ga_session_id", i64::MIN),
        ("ga_session_number", -1),
        ("batch_page_id", 1),
        ("batch_ordering_id", 2),
        ("batch_event_index", 3),
        ("bundle_sequence_id", -4),
        ("engagement_msec", 5),
    ] {
        assert_eq!(full[column].as_i64(), Some(value), "{column}");
    }
    assert_eq!(
        (full["session_engaged"].as_bool(), full["is_active_user"].as_bool()),
        (Some(true), Some(false))
    );

    let bare = rows[1].as_object().unwrap();
    let present: Vec<_> =
        bare.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name.as_str()).collect();
    let mut expected = [
        "event_date",
        "event_key",
        "event_micros",
        "event_name",
        "params",
        "property_id",
        "row_hash",
    ];
    expected.sort_unstable();
    assert_eq!(present, expected);
}

/// Postgres's own text of a number is ours, whatever its length and scale.
#[tokio::test]
async fn numerics_arrive_to_the_last_digit() {
    let mut values = vec![Decimal::ZERO, Decimal::MAX, Decimal::MIN];
    for scale in 0..=28 {
        for mantissa in [
            1i128,
            -1,
            9,
            10,
            9_999,
            10_000,
            10_001,
            123_456_789,
            79_228_162_514_264_337_593_543_950_335,
        ] {
            values.push(Decimal::from_i128_with_scale(mantissa, scale));
        }
    }
    let events: Vec<_> = (0u128..)
        .zip(&values)
        .map(|(row, value)| Event {
            row_hash: u128::MAX - row,
            purchase_revenue: Some(*value),
            ..bare()
        })
        .collect();
    let rows = copied(&events).await;
    for (row, value) in rows.iter().zip(&values) {
        assert_eq!(row["purchase_revenue"].as_str(), Some(value.to_string().as_str()));
    }
}

/// An object that is written in the order in which Postgres keeps it need not be sorted there.
#[tokio::test]
async fn params_and_items_are_written_as_postgres_keeps_them() {
    let text = |name: &str| json!({ "name": name, "type": "STRING" });
    let list = |name: &str, fields: Value| json!({ "name": name, "type": "RECORD", "mode": "REPEATED", "fields": fields });
    let value = json!({ "name": "value", "type": "RECORD", "fields": [text("string_value")] });
    let schema: Schema = serde_json::from_value(json!([
        text("event_date"),
        text("event_timestamp"),
        text("event_name"),
        list("event_params", json!([text("key"), value])),
        list("items", json!([text("b"), text("item_name"), text("a"), text("ü"), text("zz")])),
    ]))
    .unwrap();
    let cell = |value: Value| json!({ "v": value });
    let param = |key: &str| {
        cell(json!({ "f": [cell(key.into()), cell(json!({ "f": [cell("x".into())] }))] }))
    };
    let keys = ["zz", "page_title", "b", "ü", "a", "Z", "value", "ab", "a\"", "😀", "a.b"];
    let values = ["1", "2", "3", "4", "5"].map(|value| cell(value.into()));
    let item = json!({ "f": values });
    let cells = json!([
        cell("20260101".into()),
        cell("1767225600123456".into()),
        cell("purchase".into()),
        cell(keys.map(param).to_vec().into()),
        cell(vec![cell(item)].into()),
    ]);
    let page = json!({ "rows": [{ "f": cells }] }).to_string();

    let mut written = Vec::new();
    let mut decoder = EventDecoder::new(&schema, IdentityKeys::default()).unwrap();
    decoder
        .page(page.as_bytes(), 0, |event| {
            written.push((event.params.to_owned(), event.items.unwrap().to_owned()));
        })
        .unwrap();
    let [(params, items)] = &written[..] else { panic!("{written:?}") };
    assert!(keys.iter().all(|key| params.contains(&json!(key).to_string())), "{params}");
    let rows = copied(&[Event { params, items: Some(items), ..full() }]).await;
    let kept = |column: &str| rows[0][column].as_str().unwrap().replace(' ', "");
    assert_eq!((kept("params"), kept("items")), (params.clone(), items.clone()));
}

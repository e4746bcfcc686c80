use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn parsed(body: &Value) -> Result<Vec<ShopEvent>, Fault> {
    parse(body.to_string().as_bytes(), now())
}

fn view() -> Value {
    json!({ "event_name": "page_view", "event_time": "2026-03-01T12:59:00+01:00" })
}

fn with(field: &str, value: Value) -> Value {
    let mut event = view();
    event[field] = value;
    event
}

#[test]
fn one_event_and_a_list_read_alike() {
    let whole = json!({
        "event_name": "purchase", "timestamp_micros": 1_772_366_340_000_000_i64,
        "client_id": "12.34", "session_id": "1772366000", "user_id": "u1", "location": " B1 ",
        "page_location": "https://shop.example/done?mail=a%40b", "transaction_id": "T1",
        "value": 59.90, "currency": "chf",
    });
    let expected = ShopEvent {
        event_name: "purchase".to_owned(),
        event_micros: 1_772_366_340_000_000,
        client_id: Some("12.34".to_owned()),
        session_id: Some("1772366000".to_owned()),
        user_id: Some("u1".to_owned()),
        location: Some("B1".to_owned()),
        page_path: Some("/done".to_owned()),
        transaction_id: Some("T1".to_owned()),
        value: Some("59.9".parse().unwrap()),
        currency: Some("CHF".parse().unwrap()),
    };
    assert_eq!(parsed(&whole), Ok(vec![expected.clone()]));
    let view_at = DateTime::parse_from_rfc3339("2026-03-01T11:59:00Z").unwrap().timestamp_micros();
    let both = parsed(&json!({ "events": [whole, view()] })).unwrap();
    assert_eq!((&both[0], both[1].event_micros), (&expected, view_at));
    let bare = &parsed(&with("transaction_id", json!("(not set)"))).unwrap()[0];
    assert_eq!((&bare.transaction_id, &bare.client_id, bare.value), (&None, &None, None));
    assert_eq!(parsed(&with("client_id", Value::Null)).unwrap()[0].client_id, None);
}

#[test]
fn each_fault_is_named_by_its_place() {
    let long = "x".repeat(257);
    let many = Value::from(vec![view(); MOST_EVENTS + 1]);
    for (body, malformed, pointer, code) in [
        (json!([]), true, "", "wrong_type"),
        (json!("x"), true, "", "wrong_type"),
        (json!({}), true, "/event_name", "required"),
        (json!({ "events": {} }), true, "/events", "wrong_type"),
        (json!({ "events": [] }), false, "/events", "too_short"),
        (json!({ "events": many }), false, "/events", "too_long"),
        (json!({ "events": [view(), 7] }), true, "/events/1", "wrong_type"),
        (json!({ "events": [view()], "more": 1 }), true, "/more", "unknown_field"),
        (json!({ "events": [with("a/b", json!(1))] }), true, "/events/0/a~1b", "unknown_field"),
        (with("event_name", json!(7)), true, "/event_name", "wrong_type"),
        (with("event_name", json!("page view")), false, "/event_name", "malformed"),
        (with("event_name", json!("x".repeat(41))), false, "/event_name", "malformed"),
        (json!({ "event_name": "x" }), true, "/event_time", "required"),
        (with("timestamp_micros", json!(1)), false, "/timestamp_micros", "mismatch"),
        (with("event_time", json!("yesterday")), true, "/event_time", "malformed"),
        (with("event_time", json!("2026-02-26T11:59:59Z")), false, "/event_time", "out_of_range"),
        (with("event_time", json!("2026-03-01T12:05:01Z")), false, "/event_time", "out_of_range"),
        (
            json!({ "event_name": "x", "timestamp_micros": 1.5 }),
            true,
            "/timestamp_micros",
            "wrong_type",
        ),
        (
            json!({ "event_name": "x", "timestamp_micros": 0 }),
            false,
            "/timestamp_micros",
            "out_of_range",
        ),
        (with("client_id", json!(12.5)), true, "/client_id", "wrong_type"),
        (with("client_id", json!(" ")), false, "/client_id", "too_short"),
        (with("user_id", json!(long)), false, "/user_id", "too_long"),
        (with("location", json!("B\n1")), false, "/location", "malformed"),
        (with("value", json!("59.90")), true, "/value", "wrong_type"),
        (with("value", json!(-0.01)), false, "/value", "out_of_range"),
        (with("value", json!(1e13)), false, "/value", "out_of_range"),
        (with("value", json!(0.000_000_1)), false, "/value", "out_of_range"),
        (with("currency", json!("EURO")), false, "/currency", "malformed"),
    ] {
        let fault = parsed(&body).unwrap_err();
        assert_eq!(
            (fault.malformed, fault.pointer.as_str(), fault.code),
            (malformed, pointer, code),
            "{body}"
        );
    }
    for body in [&b"{"[..], b"", b"\xff", b"{}x"] {
        let fault = parse(body, now()).unwrap_err();
        assert_eq!((fault.malformed, fault.code), (true, "invalid_json"));
    }
}

#[test]
fn amounts_keep_the_digits_that_were_sent() {
    for (digits, value) in [
        ("0", "0"),
        ("-0.0", "0"),
        ("59.90", "59.9"),
        ("1e3", "1000"),
        ("123456789012.123456", "123456789012.123456"),
    ] {
        let body = format!(
            r#"{{"event_name": "purchase", "event_time": "2026-03-01T12:00:00Z", "value": {digits}}}"#
        );
        let event = &parse(body.as_bytes(), now()).unwrap()[0];
        assert_eq!(event.value, Some(value.parse().unwrap()), "{digits}");
    }
}

proptest! {
    #[test]
    fn every_instant_of_the_last_three_days_is_taken_and_no_other(
        offset in -80 * 3_600_000_000_i64..3_600_000_000,
    ) {
        let micros = now().timestamp_micros() + offset;
        let body = json!({ "event_name": "x", "timestamp_micros": micros });
        let within = (-72 * 3_600_000_000..=300_000_000).contains(&offset);
        prop_assert_eq!(parsed(&body).map(|events| events[0].event_micros).ok(), within.then_some(micros));
    }

    #[test]
    fn whatever_comes_is_read_or_refused_with_a_place(body in ".*", field in ".*", text in ".*") {
        for body in [body.clone(), with(&field, json!(text)).to_string()] {
            if let Err(fault) = parse(body.as_bytes(), now()) {
                prop_assert!(fault.pointer.is_empty() || fault.pointer.starts_with('/'));
                prop_assert!(!fault.detail.is_empty());
            }
        }
    }
}

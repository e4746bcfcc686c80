//! Values that stand in another type, place or form than expected.

use super::*;

#[test]
fn numbers_are_read_from_any_slot() {
    for (slot, value) in [
        ("string_value", "1"),
        ("int_value", "1"),
        ("float_value", "1.0"),
        ("double_value", "1.0E0"),
    ] {
        let row = with_params(&[
            param("session_engaged", slot, value),
            param("ga_session_id", slot, "1702642286"),
        ]);
        let (_, notes) = decode(&[row], |event| {
            assert_eq!(event.session_engaged, Some(true), "{slot}");
            assert_eq!(event.ga_session_id, Some(1_702_642_286), "{slot}");
        });
        assert!(notes.drifts.is_empty());
    }
}

#[test]
fn what_cannot_be_coerced_is_absent_and_noted() {
    let row = with_params(&[
        param("session_engaged", "string_value", "maybe"),
        param("ga_session_id", "double_value", "1.5"),
    ]);
    let (_, notes) = decode(&[row], |event| {
        assert_eq!(event.session_engaged, None);
        assert_eq!((event.ga_session_id, event.session_key), (None, None));
    });
    let drift = |key: &str, from: &str, to: &str| Drift {
        occurrences: 1,
        key: key.into(),
        from: from.into(),
        to: to.into(),
    };
    assert!(notes.drifts.contains(&drift("session_engaged", "string", "boolean")));
    assert!(notes.drifts.contains(&drift("ga_session_id", "double", "integer")));
}

#[test]
fn a_denied_consent_makes_no_client_and_no_session() {
    decode(&[with("user_pseudo_id", Value::Null), with("user_pseudo_id", json!(""))], |event| {
        assert_eq!((event.user_pseudo_id, event.client_key, event.session_key), (None, None, None));
        assert_eq!(event.purchase_revenue, Some(Decimal::new(335, 1)));
    });
}

#[test]
fn placeholder_transaction_ids_are_none() {
    for id in [Value::Null, json!(""), json!("(not set)"), json!(" ")] {
        decode(&[with("ecommerce.transaction_id", id)], |event| {
            assert_eq!(event.transaction_id, None)
        });
    }
    let mut row = with("ecommerce", Value::Null);
    row["event_params"] = json!([
        param("transaction_id", "string_value", "P-1"),
        param("value", "double_value", "5.0")
    ]);
    decode(&[row], |event| {
        assert_eq!((event.transaction_id, event.purchase_revenue), (None, None))
    });
}

#[test]
fn a_table_without_ecommerce_uses_the_params() {
    let mut schema = schema(true);
    schema.columns.retain(|column| column.name != "ecommerce");
    let row = with_params(&[
        param("transaction_id", "double_value", "12345.0"),
        param("value", "int_value", "7"),
    ]);
    let mut decoder = EventDecoder::new(&schema, IdentityKeys::default()).unwrap();
    decoder
        .page(page(&schema, &[row]).as_bytes(), 0, |event| {
            assert_eq!(event.transaction_id, Some("12345"));
            assert_eq!(event.purchase_revenue, Some(Decimal::from(7)));
        })
        .unwrap();
}

#[test]
fn revenue_is_never_a_float_and_never_nan() {
    let (_, notes) = decode(&[with("ecommerce.purchase_revenue", json!("NaN"))], |event| {
        assert_eq!(event.purchase_revenue, None)
    });
    assert!(notes.drifts.is_empty());
    let (_, notes) = decode(&[with("ecommerce.purchase_revenue", json!("Infinity"))], |event| {
        assert_eq!(event.purchase_revenue, None);
    });
    assert_eq!(notes.drifts.len(), 1);
    decode(&[with("ecommerce.purchase_revenue", json!("1.2345678901234567E7"))], |event| {
        assert_eq!(event.purchase_revenue.unwrap().to_string(), "12345678.901234567");
    });
}

#[test]
fn amounts_that_could_not_be_summed_are_absent_and_noted() {
    let mut row = with("ecommerce.purchase_revenue", json!("7.9E28"));
    row["items"] = json!([
        { "item_id": "A", "quantity": "9000000000000000000", "price": "1.0E300" },
        { "item_id": "B", "quantity": "2", "price": "NaN" }
    ]);
    let (_, notes) = decode(&[row], |event| {
        assert_eq!((event.purchase_revenue, event.quantity), (None, Some(Decimal::from(3))));
        let items = r#"[{"item_id":"A"},{"price":"NaN","item_id":"B","quantity":2}]"#;
        assert_eq!(event.items, Some(items));
    });
    let told: Vec<_> = notes.drifts.iter().map(|drift| drift.key.as_str()).collect();
    assert_eq!(told, ["items.quantity", "items.price", "ecommerce.purchase_revenue"]);

    let mut schema = schema(true);
    schema.columns.retain(|column| column.name != "ecommerce");
    let row = with_params(&[param("value", "double_value", "-1.5E12")]);
    let mut decoder = EventDecoder::new(&schema, IdentityKeys::default()).unwrap();
    decoder
        .page(page(&schema, &[row]).as_bytes(), 0, |event| assert_eq!(event.purchase_revenue, None))
        .unwrap();
    assert_eq!(decoder.notes().drifts.len(), 1);
}

#[test]
fn engagement_of_more_than_a_day_is_absent_and_noted() {
    for (msec, taken) in [
        ("0", Some(0)),
        ("86400000", Some(86_400_000)),
        ("86400001", None),
        ("-1", None),
        ("9223372036854775807", None),
    ] {
        let row = with_params(&[param("engagement_time_msec", "int_value", msec)]);
        let (_, notes) = decode(&[row], |event| assert_eq!(event.engagement_msec, taken, "{msec}"));
        assert_eq!(notes.drifts.len(), usize::from(taken.is_none()), "{msec}");
    }
}

#[test]
fn texts_that_no_key_can_hold_are_cut() {
    let (long, kept) = ("ü".repeat(900), "ü".repeat(400));
    let mut row = with("traffic_source", json!({ "source": long, "medium": long, "name": long }));
    row["device"] = json!({ "category": long });
    row["ecommerce"]["transaction_id"] = json!(long);
    row["items"] = json!([{ "item_id": long }]);
    let properties = ["branch_code", "customer_no", "login"];
    row["user_properties"] = json!(properties.map(|key| param(key, "string_value", &long)));
    decode(&[row], |event| {
        let Traffic { source, medium, campaign } = event.traffic;
        let texts = [source, medium, campaign, event.device_category, event.transaction_id];
        assert_eq!(texts, [Some(kept.as_str()); 5]);
        let codes = [event.branch, event.customer, event.known_user];
        assert_eq!(codes, [Some(kept.as_str()); 3]);
        assert_eq!(event.items, Some(format!(r#"[{{"item_id":"{kept}"}}]"#).as_str()));
    });
}

#[test]
fn identities_come_from_user_properties_then_params() {
    let mut row = with_params(&[
        param("branch_code", "string_value", "B-param"),
        param("customer_no", "int_value", "4711"),
    ]);
    row["user_properties"] = json!([
        param("branch_code", "string_value", " B-7 "),
        param("login", "string_value", "(not set)")
    ]);
    decode(&[row.clone()], |event| {
        assert_eq!(
            (event.branch, event.customer, event.known_user),
            (Some("B-7"), Some("4711"), None)
        );
    });
    row["user_id"] = json!("u1");
    decode(&[row], |event| assert_eq!((event.user_id, event.known_user), (Some("u1"), Some("u1"))));
}

#[test]
fn the_first_of_duplicate_keys_counts() {
    let row = with_params(&[
        param("ga_session_id", "int_value", "1"),
        param("a", "string_value", "first"),
        param("ga_session_id", "int_value", "2"),
        param("a", "int_value", "2"),
    ]);
    let (_, notes) = decode(&[row], |event| {
        assert_eq!(event.ga_session_id, Some(1));
        assert_eq!(event.params, r#"{"a":"first","ga_session_id":1}"#);
    });
    assert_eq!(notes.duplicate_params, 2);
}

#[test]
fn traffic_is_taken_from_one_place() {
    decode(&[with("traffic_source", json!({ "source": "google", "medium": "cpc" }))], |event| {
        assert_eq!(
            event.traffic,
            Traffic { source: Some("google"), medium: Some("cpc"), campaign: None }
        );
    });
}

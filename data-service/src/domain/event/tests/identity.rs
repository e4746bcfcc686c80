//! What changes an event's key and hash, and what does not.

use super::*;

#[test]
fn every_part_of_the_identity_changes_the_key() {
    let mut other_items = row();
    other_items["items"][1]["quantity"] = json!("2");
    let variants = [
        row(),
        with("event_timestamp", json!("1767225600123457")),
        with("event_name", json!("refund")),
        with("stream_id", json!("2052")),
        with("user_pseudo_id", json!("123.457")),
        with("event_bundle_sequence_id", json!("12")),
        with("ecommerce.transaction_id", json!("T-2")),
        with("ecommerce.refund_value", json!("1.0")),
        with("items", json!([])),
        other_items,
        with_params(&[]),
        with_params(&[param("a", "string_value", "1")]),
        with_params(&[param("a", "int_value", "1")]),
    ];
    let mut keys = std::collections::HashSet::new();
    decode(&variants, |event| assert!(keys.insert(event.event_key), "{event:?}"));
    assert_eq!(keys.len(), variants.len());
}

#[test]
fn the_row_hash_sees_columns_that_are_no_identity() {
    let mut hashes = std::collections::HashSet::new();
    let mut keys = std::collections::HashSet::new();
    let rows = [
        row(),
        with("device", json!({ "category": "mobile" })),
        with("is_active_user", json!("true")),
        with("user_properties", json!([param("branch_code", "string_value", "B-1")])),
        with("traffic_source", json!({ "source": "google" })),
    ];
    decode(&rows, |event| {
        keys.insert(event.event_key);
        assert!(hashes.insert(event.row_hash));
    });
    assert_eq!((keys.len(), hashes.len()), (1, rows.len()));
}

proptest! {
    #[test]
    fn the_order_of_params_and_columns_changes_nothing(
        params in prop::collection::btree_map("[a-z_]{1,12}", (0usize..4, "[0-9]{1,9}"), 0..12),
        seed in any::<prop::sample::Index>(),
    ) {
        let slots = ["string_value", "int_value", "float_value", "double_value"];
        let mut params: Vec<_> = params.iter().map(|(key, (slot, value))| param(key, slots[*slot], value)).collect();
        let mut seen = Vec::new();
        let mut remember = |event: &Event<'_>| seen.push((event.event_key, event.row_hash, event.params.to_owned()));
        decode(&[with_params(&params)], &mut remember);
        let turn = if params.is_empty() { 0 } else { seed.index(params.len()) };
        params.rotate_left(turn);
        params.reverse();
        decode(&[with_params(&params)], &mut remember);

        let mut reordered = schema(true);
        reordered.columns.reverse();
        for column in &mut reordered.columns {
            column.fields.reverse();
        }
        let mut decoder = EventDecoder::new(&reordered, identity()).unwrap();
        decoder.page(page(&reordered, &[with_params(&params)]).as_bytes(), 0, &mut remember).unwrap();
        prop_assert_eq!(&seen[0], &seen[1]);
        prop_assert_eq!(&seen[0], &seen[2]);
        prop_assert!(serde_json::from_str::<Value>(&seen[0].2).is_ok());
    }
}

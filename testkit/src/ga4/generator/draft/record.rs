//! The nested pieces of a row that repeat everywhere.

use std::borrow::Cow;

use crate::ga4::Value;

pub(super) fn record<const N: usize>(cells: [Value; N]) -> Value {
    Value::Record(cells.into())
}

pub(super) fn params<const N: usize>(list: [Value; N]) -> Vec<Value> {
    // Room for what most events add, so that the list is allocated once.
    let mut params = Vec::with_capacity(N + 6);
    params.extend(list);
    params
}

fn param(key: &'static str, text: Value, int: Value) -> Value {
    record([Value::from(key), record([text, int, Value::Null, Value::Null])])
}

pub(super) fn text_param(key: &'static str, text: impl Into<Cow<'static, str>>) -> Value {
    param(key, Value::Text(text.into()), Value::Null)
}

pub(super) fn int_param(key: &'static str, int: i64) -> Value {
    param(key, Value::Null, Value::Int(int))
}

/// A param whose four slots are all null, as the export has them.
pub(super) fn null_param(key: &'static str) -> Value {
    param(key, Value::Null, Value::Null)
}

/// Makes a user property of a param.
pub(super) fn set_at(param: Value, micros: i64) -> Value {
    let Value::Record(mut cells) = param else { return Value::Null };
    if let Some(Value::Record(slots)) = cells.last_mut() {
        slots.push(Value::Int(micros));
    }
    Value::Record(cells)
}

pub(super) fn collected_traffic(
    source: &'static str,
    medium: &'static str,
    campaign: &'static str,
) -> Value {
    let mut cells = vec![Value::Null; 12];
    cells[1] = Value::from(campaign);
    cells[2] = Value::from(source);
    cells[3] = Value::from(medium);
    Value::Record(cells)
}

pub(super) fn session_traffic(
    source: &'static str,
    medium: &'static str,
    campaign: &'static str,
) -> Value {
    let mut manual = vec![Value::Null; 9];
    manual[1] = Value::from(campaign);
    manual[2] = Value::from(source);
    manual[3] = Value::from(medium);
    let mut cross_channel = vec![Value::Null; 7];
    cross_channel[1] = Value::from(campaign);
    cross_channel[2] = Value::from(source);
    cross_channel[3] = Value::from(medium);
    let mut cells = vec![Value::Null; 6];
    cells[0] = Value::Record(manual);
    cells[2] = Value::Record(cross_channel);
    Value::Record(cells)
}

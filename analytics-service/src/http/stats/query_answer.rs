//! Rows of a query's answer on the wire.

use std::cmp::Ordering;
use std::collections::HashMap;

use common::kernel::Money;
use poem_openapi::Object;
use poem_openapi::types::ToJSON;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value as Json, json};

use super::query_request::{OrderBody, QueryBody};
use super::series::BucketState;
use crate::app::stats::{Basis, QueryAnswer, QueryRow};
use crate::domain::change::{points, relative};
use crate::domain::query::{Metric, Query, Value};
use crate::wire::{Day, MoneyBody, StatsMeta};

/// A bucket of the range.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "QueryBucket")]
struct BucketBody {
    /// Its first local day.
    date: Day,
    /// Its first instant, RFC 3339 with the property's offset.
    start: String,
    /// The first instant after it.
    end: String,
    state: BucketState,
}

/// One row.
#[derive(Debug, Object)]
#[oai(rename = "QueryRow", skip_serializing_if_is_none)]
pub(super) struct RowBody {
    /// Values of the dimensions by their names.
    key: HashMap<String, String>,
    /// Left out when the range was not cut.
    bucket: Option<BucketBody>,
    /// Values of the metrics by their names: a number, an amount with its currency, or null. Null
    /// altogether when no day of the bucket is loaded, and for hours still to come.
    values: Option<Json>,
    /// The same for the comparison range.
    previous: Option<Json>,
    /// By metric: `change` and `change_pct`, or for a rate `change_points`.
    changes: Option<Json>,
}

/// Which rows these are.
#[derive(Debug, Object)]
#[oai(rename = "QueryPageMeta")]
struct PageMeta {
    offset: u32,
    limit: u32,
    /// Rows of the whole answer.
    total_rows: u64,
}

#[derive(Debug, Object)]
#[oai(rename = "StatsQueryAnswer")]
pub(super) struct AnswerBody {
    /// What was executed, defaults filled in.
    query: QueryBody,
    rows: Vec<RowBody>,
    page: PageMeta,
    /// Abandoned carts whose value lacks the price of an item.
    incomplete_carts: i64,
    meta: StatsMeta,
}

impl AnswerBody {
    pub(super) fn new(
        body: QueryBody,
        query: &Query,
        basis: Option<&Basis>,
        answer: Option<QueryAnswer>,
        meta: StatsMeta,
    ) -> Self {
        let Some((basis, answer)) = basis.zip(answer) else {
            let page = PageMeta { offset: body.page.offset, limit: body.page.limit, total_rows: 0 };
            return Self { query: body, rows: Vec::new(), page, incomplete_carts: 0, meta };
        };
        let rows = sorted(&body, query, &answer);
        let (offset, limit) = (body.page.offset, body.page.limit);
        let shown = rows.iter().skip(offset as usize).take(limit as usize);
        Self {
            rows: shown.map(|row| row_body(basis, query, &answer, row)).collect(),
            page: PageMeta { offset, limit, total_rows: rows.len() as u64 },
            incomplete_carts: answer.rows.iter().map(|row| row.incomplete_carts).sum(),
            query: body,
            meta,
        }
    }
}

/// In the order that was asked for; equal rows by bucket and key.
pub(super) fn sorted<'a>(
    body: &QueryBody,
    query: &Query,
    answer: &'a QueryAnswer,
) -> Vec<&'a QueryRow> {
    let default =
        OrderBody { by: body.metrics.first().cloned().unwrap_or_default(), descending: true };
    let order = match (body.order.is_empty(), query.bucket) {
        (false, _) => body.order.as_slice(),
        (true, Some(_)) => &[],
        (true, None) => std::slice::from_ref(&default),
    };
    let mut rows: Vec<&QueryRow> = answer.rows.iter().collect();
    rows.sort_by(|one, other| {
        let by = |order: &OrderBody| {
            let ordering = compare(query, &order.by, one, other);
            if order.descending { ordering.reverse() } else { ordering }
        };
        order
            .iter()
            .map(by)
            .find(|ordering| ordering.is_ne())
            .unwrap_or_else(|| (one.bucket, &one.key).cmp(&(other.bucket, &other.key)))
    });
    rows
}

fn compare(query: &Query, by: &str, one: &QueryRow, other: &QueryRow) -> Ordering {
    if by == "bucket" {
        return one.bucket.cmp(&other.bucket);
    }
    if let Some(at) = query.dimensions.iter().position(|dimension| dimension.name() == by) {
        return one.key.get(at).cmp(&other.key.get(at));
    }
    let Some(metric) = Metric::named(by) else { return Ordering::Equal };
    let number = |row: &QueryRow| row.metrics.as_ref().and_then(|m| metric.of(m)).map(sortable);
    number(one).partial_cmp(&number(other)).unwrap_or(Ordering::Equal)
}

fn sortable(value: Value) -> Decimal {
    match value {
        Value::Count(count) => count.into(),
        Value::Quantity(quantity) => quantity,
        Value::Rate(number) | Value::Seconds(number) => {
            Decimal::from_f64_retain(number).unwrap_or_default()
        }
        Value::Money(money) => money.amount,
    }
}

fn row_body(basis: &Basis, query: &Query, answer: &QueryAnswer, row: &QueryRow) -> RowBody {
    let names = query.dimensions.iter().map(|dimension| dimension.name().to_owned());
    let values = |metrics: &crate::domain::metrics::Metrics| {
        let named = query
            .metrics
            .iter()
            .map(|metric| (metric.name().to_owned(), metric.of(metrics).map_or(Json::Null, shown)));
        Json::Object(named.collect())
    };
    let span = query.bucket.and_then(|_| answer.spans.get(row.bucket));
    RowBody {
        key: names.zip(row.key.iter().cloned()).collect(),
        bucket: span.map(|span| BucketBody {
            date: span.days.first().into(),
            start: span.start.to_rfc3339(),
            end: span.end.to_rfc3339(),
            state: answer.state(basis, row.bucket).into(),
        }),
        values: row.metrics.as_ref().map(values),
        previous: row.previous.as_ref().map(values),
        changes: row.metrics.as_ref().zip(row.previous.as_ref()).map(|(now, before)| {
            let change = |metric: &Metric| {
                let change = change(metric.of(now), metric.of(before));
                (metric.name().to_owned(), change)
            };
            Json::Object(query.metrics.iter().map(change).collect())
        }),
    }
}

fn shown(value: Value) -> Json {
    match value {
        Value::Count(count) => json!(count),
        Value::Quantity(quantity) => json!(quantity.to_f64()),
        Value::Rate(number) | Value::Seconds(number) => json!(number),
        Value::Money(money) => MoneyBody::from(money).to_json().unwrap_or_default(),
    }
}

fn change(now: Option<Value>, before: Option<Value>) -> Json {
    match (now, before) {
        (Some(Value::Rate(now)), Some(Value::Rate(before))) => {
            json!({ "change_points": points(Some(now), Some(before)) })
        }
        (Some(Value::Money(now)), Some(Value::Money(before))) => {
            let change = now.amount.checked_sub(before.amount);
            let money = |amount| shown(Value::Money(Money::new(amount, now.currency)));
            json!({
                "change": change.map(money),
                "change_pct": relative(now.amount, before.amount),
            })
        }
        (Some(now), Some(before)) => {
            let (now, before) = (sortable(now), sortable(before));
            let change = now.checked_sub(before).and_then(|change| change.to_f64());
            json!({ "change": change, "change_pct": relative(now, before) })
        }
        _ => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_a_decimal_cannot_hold_is_null() {
        let money = |amount| Some(Value::Money(Money::new(amount, "EUR".parse().unwrap())));
        let quantity = |amount| Some(Value::Quantity(amount));
        let unknown = json!({ "change": null, "change_pct": null });
        assert_eq!(change(money(Decimal::MAX), money(Decimal::MIN)), unknown);
        assert_eq!(change(quantity(Decimal::MAX), quantity(Decimal::MIN)), unknown);
        let known = change(money(Decimal::TWO), money(Decimal::ONE));
        assert_eq!(
            known,
            json!({ "change": { "amount": "1.00", "currency": "EUR" }, "change_pct": 1.0 })
        );
    }
}

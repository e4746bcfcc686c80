//! Answers from the hours of days.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Timelike};
use common::db::TenantTx;
use common::kernel::DateRange;

use super::rollups::{Rows, bucket_of, key_of, single_location};
use super::{Asked, StatsError};
use crate::domain::columns::weekday;
use crate::domain::counts::SessionCounts;
use crate::domain::hour::SessionSets;
use crate::domain::query::{BucketWidth, Class, Dimension, Query, SessionBasis, Span};
use crate::domain::users::{Order, Unions};
use crate::store::hour_rollup::{self, At};
use crate::store::query::{Counted, Key};

/// Adds the hours of `range`, or those that begin before `end`, in microseconds. The buckets begin with the range that is asked
/// for, of which this may be a part.
pub(super) async fn add(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    range: DateRange,
    end: Option<i64>,
    spans: &[Span],
    counted: &mut Counted,
) -> Result<(), StatsError> {
    let (query, property, zone) = (asked.query, asked.basis.property_id, asked.basis.zone);
    let within_day = query.bucket.is_some_and(BucketWidth::within_day);
    let first = spans.first().map_or(range.first(), |span| span.days.first());
    let whole = DateRange::new(first, range.last()).unwrap_or(range);
    let location = single_location(query);
    let bucket = |at: At<'_>| match within_day {
        true => {
            spans.partition_point(|s| s.start.timestamp_micros() <= at.micros).saturating_sub(1)
        }
        false => bucket_of(spans, at.date),
    };
    let value = |at: At<'_>, dimension| match dimension {
        Dimension::Hour => DateTime::from_timestamp_micros(at.micros)
            .map_or(String::new(), |hour| format!("{:02}", hour.with_timezone(&zone).hour())),
        Dimension::Weekday => weekday(at.date).to_owned(),
        _ => at.location.to_owned(),
    };
    let passed = |at: At<'_>| end.is_none_or(|end| at.micros < end);
    // Those of several hours are a union.
    let active = within_day && query.sessions == SessionBasis::Active;
    let mut rows = Rows::new(asked, whole, spans, counted);
    hour_rollup::each_hour(tx, property, location, &range, |at, mut part| {
        if active {
            (part.started, part.resumed) = (SessionCounts::default(), Vec::new());
        }
        if passed(at) {
            rows.add(bucket(at), &part, |dimension| Cow::from(value(at, dimension)));
        }
    })
    .await?;
    counted.check()?;
    let active = active && query.needs(Class::Sessions);
    if !active && !query.needs(Class::Users) {
        return Ok(());
    }
    // Before a part of a day came what else is counted.
    let order = if end.is_none() { order(query) } else { Order::Any };
    let mut unions = Unions::new(order);
    let mut sessions: BTreeMap<Key, SessionSets> = BTreeMap::new();
    let sets = (query.user_sets(), active);
    hour_rollup::each_sets(tx, property, location, &range, sets, |at, users, of_sessions| {
        let value = |dimension| Cow::from(value(at, dimension));
        let Some(key) = key_of(query, bucket(at), value).filter(|_| passed(at)) else { return };
        if active {
            *sessions.entry(key.clone()).or_default() |= &of_sessions;
        }
        unions.add(key, users, counted);
    })
    .await?;
    unions.finish(counted);
    for (key, sets) in sessions {
        counted.at(key).sessions += sets.counts();
    }
    Ok(())
}

/// Hours of the day and weekdays come again each day.
fn order(query: &Query) -> Order {
    let named = |dimension| query.dimensions.contains(&dimension);
    let by_location = named(Dimension::Location) || single_location(query).is_some();
    match by_location && !named(Dimension::Hour) && !named(Dimension::Weekday) {
        true => Order::RowByRow,
        false => Order::Any,
    }
}

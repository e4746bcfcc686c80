//! Answers from what is made with each day: what fits is added to the total of its bucket and key.

use std::borrow::Cow;

use chrono::NaiveDate;
use common::db::TenantTx;
use common::kernel::DateRange;

use super::{Asked, StatsError, hours, users};
use crate::domain::columns::{Counter, Wanted, weekday};
use crate::domain::day::Day;
use crate::domain::query::channel::channel;
use crate::domain::query::{
    Class, Dimension, Operator, Query, RollupGroup, SessionBasis, Source, Span,
};
use crate::domain::users::{Order, Unions};
use crate::store::day_rollup::ALL_LOCATIONS;
use crate::store::query::{Counted, Key};
use crate::store::{breakdown_rollup, day_columns, day_rollup};

/// What a counter of columns holds before it hands over.
const MOST_ROWS: usize = 1 << 15;

pub(super) async fn count(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    range: DateRange,
    spans: &[Span],
    counted: &mut Counted,
) -> Result<(), StatsError> {
    match asked.plan.base {
        Some(Source::DayRollup) => from_days(tx, asked, range, spans, counted).await,
        Some(Source::Breakdown(group)) => {
            from_values(tx, asked, group, range, spans, counted).await
        }
        Some(Source::HourRollup) => hours::add(tx, asked, range, None, spans, counted).await,
        Some(Source::DayColumns) => from_columns(tx, asked, range, spans, counted).await,
        Some(Source::SessionDay | Source::Event) | None => Ok(()),
    }
}

/// The one location that the query is about, if it is about one or about all.
pub(super) fn single_location(query: &Query) -> Option<&str> {
    let mut of_location = query
        .filters
        .iter()
        .filter(|any| any.0.iter().any(|clause| clause.dimension == Dimension::Location));
    let Some(any) = of_location.next() else {
        return (!query.dimensions.contains(&Dimension::Location)).then_some(ALL_LOCATIONS);
    };
    match any.0.as_slice() {
        // The empty text stands for all together, which is no location.
        [clause]
            if clause.operator == Operator::Is
                && !clause.value.is_empty()
                && of_location.next().is_none() =>
        {
            Some(&clause.value)
        }
        _ => None,
    }
}

/// Whether a row with these values is asked for, and under which key.
pub(super) fn key_of<'v>(
    query: &Query,
    bucket: usize,
    value: impl Fn(Dimension) -> Cow<'v, str>,
) -> Option<Key> {
    let fits = query.filters.iter().all(|any| any.holds(&value));
    fits.then(|| {
        (bucket, query.dimensions.iter().map(|dimension| value(*dimension).into_owned()).collect())
    })
}

pub(super) fn bucket_of(spans: &[Span], date: NaiveDate) -> usize {
    spans.partition_point(|span| span.days.first() <= date).saturating_sub(1)
}

/// The rows of the answer, filled as parts of days come.
pub(super) struct Rows<'a> {
    query: &'a Query,
    range: DateRange,
    spans: &'a [Span],
    counted: &'a mut Counted,
}

impl<'a> Rows<'a> {
    pub(super) const fn new(
        asked: &Asked<'a>,
        range: DateRange,
        spans: &'a [Span],
        counted: &'a mut Counted,
    ) -> Self {
        Self { query: asked.query, range, spans, counted }
    }

    /// Adds a part where its values are asked for.
    pub(super) fn add<'v>(
        &mut self,
        bucket: usize,
        part: &Day,
        value: impl Fn(Dimension) -> Cow<'v, str>,
    ) {
        let Some(key) = key_of(self.query, bucket, value) else { return };
        // Each session counts once in a bucket, or in the whole range.
        let since = match (self.query.sessions, self.spans.get(bucket)) {
            (SessionBasis::Active, Some(span)) => span.days.first(),
            _ => self.range.first(),
        };
        self.counted.at(key).add(part, since);
    }
}

fn firsts(spans: &[Span]) -> Vec<NaiveDate> {
    spans.iter().map(|span| span.days.first()).collect()
}

async fn from_days(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    range: DateRange,
    spans: &[Span],
    counted: &mut Counted,
) -> Result<(), StatsError> {
    let (query, property) = (asked.query, asked.basis.property_id);
    let firsts = if users::by_weekday(query) { range.iter().collect() } else { firsts(spans) };
    let mut rows = Rows::new(asked, range, spans, counted);
    let location = single_location(query);
    day_rollup::each_sum(tx, property, location, &range, &firsts, |location, part| {
        rows.add(bucket_of(spans, part.date), &part, |dimension| match dimension {
            Dimension::Weekday => weekday(part.date).into(),
            _ => location.into(),
        });
    })
    .await?;
    counted.check()?;
    users::add(tx, asked, range, spans, counted).await
}

async fn from_values(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    group: RollupGroup,
    range: DateRange,
    spans: &[Span],
    counted: &mut Counted,
) -> Result<(), StatsError> {
    let (query, property) = (asked.query, asked.basis.property_id);
    let mut rows = Rows::new(asked, range, spans, counted);
    breakdown_rollup::each_sum(tx, property, group, &range, &firsts(spans), |values, part| {
        let bucket = bucket_of(spans, part.date);
        rows.add(bucket, &part, |dimension| value_of(asked, dimension, values));
    })
    .await?;
    counted.check()?;
    if !query.needs(Class::Users) {
        return Ok(());
    }
    let (order, ordered) = order_of(asked);
    let mut unions = Unions::new(order);
    let sets = (query.user_sets(), ordered);
    breakdown_rollup::each_users(tx, property, group, &range, sets, |values, date, users| {
        let value = |dimension| value_of(asked, dimension, values);
        if let Some(key) = key_of(query, bucket_of(spans, date), value) {
            unions.add(key, users, counted);
        }
    })
    .await?;
    unions.finish(counted);
    Ok(())
}

fn value_of<'v>(asked: &'v Asked<'_>, dimension: Dimension, values: [&'v str; 3]) -> Cow<'v, str> {
    let [one, two, three] = values;
    match (dimension, dimension.rollup()) {
        (Dimension::ChannelGroup, _) => channel(asked.channels, one, two, three).into(),
        (_, Some((_, place))) => values.get(place).copied().unwrap_or_default().into(),
        (_, None) => "".into(),
    }
}

/// By which of the three values rows come one after the other. Channel groups are made of all three in no order.
fn order_of(asked: &Asked<'_>) -> (Order, [bool; 3]) {
    let dimensions = &asked.query.dimensions;
    if asked.continued || dimensions.contains(&Dimension::ChannelGroup) {
        return (Order::Any, [false; 3]);
    }
    let places: Vec<usize> =
        dimensions.iter().filter_map(|d| d.rollup().map(|(_, place)| place)).collect();
    (Order::RowByRow, [0, 1, 2].map(|place| places.contains(&place)))
}

async fn from_columns(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    range: DateRange,
    spans: &[Span],
    counted: &mut Counted,
) -> Result<(), StatsError> {
    let (query, property) = (asked.query, asked.basis.property_id);
    let mut counter = Counter::new(query, range, spans, asked.channels);
    day_columns::read(tx, property, &range, &Wanted::by(query), |day| {
        counter.add(day);
        if counter.rows() > MOST_ROWS {
            counter.hand_over(counted);
        }
    })
    .await?;
    counter.hand_over(counted);
    Ok(())
}

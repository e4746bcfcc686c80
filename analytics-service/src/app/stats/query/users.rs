//! Users by location: unions of whole weeks and months where those are kept, of days elsewhere.

use common::db::TenantTx;
use common::kernel::DateRange;

use super::rollups::{bucket_of, key_of, single_location};
use super::{Asked, StatsError};
use crate::domain::columns::weekday;
use crate::domain::query::cover::Cover;
use crate::domain::query::{Class, Dimension, Query, Span};
use crate::domain::users::{Order, Unions};
use crate::store::query::Counted;
use crate::store::user_rollup;

pub(super) fn by_weekday(query: &Query) -> bool {
    query.touched().any(|dimension| dimension == Dimension::Weekday)
}

/// Adds the users of `range`, if any are asked for, to their rows.
pub(super) async fn add(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    range: DateRange,
    spans: &[Span],
    counted: &mut Counted,
) -> Result<(), StatsError> {
    let (query, property) = (asked.query, asked.basis.property_id);
    if !query.needs(Class::Users) {
        return Ok(());
    }
    let location = single_location(query);
    let cover = cover(tx, asked, range, spans).await?;
    let by_location = location.is_some() || query.dimensions.contains(&Dimension::Location);
    let mut unions = Unions::new(match by_location && !by_weekday(query) && !asked.continued {
        true => Order::RowByRow,
        false => Order::Any,
    });
    user_rollup::read(tx, property, location, &cover, query.user_sets(), |part| {
        let value = |dimension| match dimension {
            Dimension::Weekday => weekday(part.first).into(),
            _ => part.location.as_str().into(),
        };
        if let Some(key) = key_of(query, bucket_of(spans, part.first), value) {
            unions.add(key, part.users, counted);
        }
    })
    .await?;
    unions.finish(counted);
    Ok(())
}

/// The parts of all buckets. A weekday is part of neither week nor month.
async fn cover(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    range: DateRange,
    spans: &[Span],
) -> Result<Cover, StatsError> {
    let mut cover = Cover::default();
    if by_weekday(asked.query) {
        cover.days.extend(range.iter());
        return Ok(cover);
    }
    for span in spans {
        cover.add(&span.days);
    }
    if !cover.wholes.is_empty() {
        // A week or month is kept since one of its days was last loaded; before, only its days are.
        let kept = user_rollup::kept(tx, asked.basis.property_id, &cover.wholes).await?;
        let beside = cover.days_without(&kept);
        cover.days.extend(beside.into_iter().filter(|day| asked.basis.loaded(*day)));
        cover.wholes = kept;
    }
    Ok(cover)
}

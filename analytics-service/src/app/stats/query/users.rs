//! Users of long ranges: unions of whole weeks and months where those are kept, of days elsewhere.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use common::db::TenantTx;

use super::rollups::{bucket_of, key_of, single_location};
use super::{Asked, StatsError};
use crate::domain::query::cover::{Cover, WholeSpan};
use crate::domain::query::{Class, Dimension, Span};
use crate::store::query::Counted;
use crate::store::user_rollup::{self, PartUsers};

/// The parts of all buckets, when any of them is a whole week or month. A weekday is part of
/// neither.
pub(super) fn cover(asked: &Asked<'_>, spans: &[Span]) -> Option<Cover> {
    let by_weekday = asked.query.touched().any(|dimension| dimension == Dimension::Weekday);
    if by_weekday || !asked.query.needs(Class::Users) {
        return None;
    }
    let mut cover = Cover::default();
    for span in spans {
        cover.add(&span.days);
    }
    (!cover.wholes.is_empty()).then_some(cover)
}

/// Adds the users of `cover` to their rows.
pub(super) async fn add(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    spans: &[Span],
    cover: &Cover,
    counted: &mut Counted,
) -> Result<(), StatsError> {
    let (query, property) = (asked.query, asked.basis.property_id);
    let location = single_location(query);
    let mut add = |part: PartUsers| {
        let value = |_: Dimension| part.location.as_str().into();
        if let Some(key) = key_of(query, bucket_of(spans, part.first), value) {
            counted.entry(key).or_default().users.extend(&part.users);
        }
    };
    let mut kept: BTreeSet<(WholeSpan, NaiveDate)> = BTreeSet::new();
    user_rollup::read(tx, property, location, cover, |part| {
        kept.extend(part.span.map(|span| (span, part.first)));
        add(part);
    })
    .await?;
    // A week or month is kept since one of its days was last loaded; before, only its days are.
    let loaded = |day: &NaiveDate| asked.basis.loaded(*day);
    let days: BTreeSet<_> = cover.days_without(&kept).into_iter().filter(loaded).collect();
    if !days.is_empty() {
        let beside = Cover { days, ..Cover::default() };
        user_rollup::read(tx, property, location, &beside, &mut add).await?;
    }
    Ok(())
}

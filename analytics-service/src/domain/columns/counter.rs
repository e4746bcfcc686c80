//! Counts day after day into the rows of the answer.

use std::collections::HashMap;

use common::columns::flag;
use common::kernel::DateRange;
use roaring::RoaringBitmap;

use super::axis::{Axis, Decided};
use super::{DayColumns, Purchases, Refunds, Sessions};
use crate::domain::counted::{Counted, Key};
use crate::domain::counts::SessionCounts;
use crate::domain::query::channel::ChannelRule;
use crate::domain::query::{Dimension, Query, SessionBasis, Span};
use crate::domain::takings::{Takings, observed_currency};
use crate::domain::totals::Totals;

/// The place of an entry that does not count.
const NOWHERE: u32 = u32::MAX;
/// As many dimensions as a query may have.
const DIMENSIONS: usize = 4;

/// The rows of the answer as far as they are counted.
#[derive(Debug)]
pub struct Counter<'q> {
    query: &'q Query,
    range: DateRange,
    spans: &'q [Span],
    channels: &'q [ChannelRule],
    places: HashMap<Key, u32>,
    totals: Vec<Totals>,
}

impl<'q> Counter<'q> {
    #[must_use]
    pub fn new(
        query: &'q Query,
        range: DateRange,
        spans: &'q [Span],
        channels: &'q [ChannelRule],
    ) -> Self {
        Self { query, range, spans, channels, places: HashMap::new(), totals: Vec::new() }
    }

    /// Counts a day of the range, or a part of it.
    pub fn add(&mut self, day: &DayColumns<'_>) {
        let bucket = self.spans.partition_point(|span| span.days.first() <= day.date);
        let bucket = bucket.saturating_sub(1);
        let since = match (self.query.sessions, self.spans.get(bucket)) {
            (SessionBasis::Active, Some(span)) => span.days.first(),
            _ => self.range.first(),
        };
        let [sessions, sessionless, purchases, refunds, searches] = day.entries;
        let counts = [
            (sessions + sessionless, day.sessions.is_some()),
            (purchases, day.purchases.is_some()),
            (refunds, day.refunds.is_some()),
            (searches, day.failed_searches.is_some()),
        ];
        let places = self.places(day, bucket, &counts);
        let (visits, rest) = places.split_at(counts[0].0);
        let (purchases, rest) = rest.split_at(counts[1].0);
        let (refunds, searches) = rest.split_at(counts[2].0);
        if let Some(of) = &day.sessions {
            self.add_sessions(of, visits, sessions, (day.date - since).num_days());
        }
        if let Some(of) = &day.purchases {
            self.add_purchases(of, purchases);
        }
        if let Some(of) = &day.refunds {
            self.add_refunds(of, refunds);
        }
        if let Some(failed) = &day.failed_searches {
            for (search, place) in counted(searches) {
                let totals = &mut self.totals[place];
                totals.activity.searches += 1;
                totals.activity.failed_searches += failed.at(search);
            }
        }
    }

    /// How many rows there are.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.totals.len()
    }

    /// Adds what was counted so far to the rows of the answer.
    pub fn hand_over(&mut self, counted: &mut Counted) {
        let mut totals = std::mem::take(&mut self.totals);
        for (key, place) in std::mem::take(&mut self.places) {
            if let Some(totals) = totals.get_mut(place as usize) {
                *counted.at(key) += std::mem::take(totals);
            }
        }
    }

    /// Where each entry counts, if it does. `counts` are the kinds of entries with whether they matter.
    fn places(
        &mut self,
        day: &DayColumns<'_>,
        bucket: usize,
        counts: &[(usize, bool)],
    ) -> Vec<u32> {
        let axes: Vec<(Dimension, Axis<'_>)> =
            self.query.touched().map(|d| (d, Axis::of(day, d, self.channels))).collect();
        let filters: Vec<Decided<'_>> =
            self.query.filters.iter().map(|any| Decided::of(any, &axes)).collect();
        // Dimensions are touched first, in their order.
        let dimensions = &axes[..self.query.dimensions.len()];
        let mut known: HashMap<[u32; DIMENSIONS], u32> = HashMap::new();
        let mut places = Vec::with_capacity(counts.iter().map(|(entries, _)| entries).sum());
        for (entries, matters) in counts {
            let first = places.len();
            for entry in first..first + entries {
                if !matters || !filters.iter().all(|filter| filter.holds(entry)) {
                    places.push(NOWHERE);
                    continue;
                }
                let mut codes = [0; DIMENSIONS];
                for (code, (_, axis)) in codes.iter_mut().zip(dimensions) {
                    *code = axis.codes[entry];
                }
                places.push(*known.entry(codes).or_insert_with(|| {
                    let values = dimensions.iter().zip(codes);
                    let values = values.map(|((_, axis), code)| axis.value(code).to_owned());
                    let next = u32::try_from(self.totals.len()).unwrap_or(NOWHERE);
                    let place = self.places.entry((bucket, values.collect())).or_insert(next);
                    if *place == next {
                        self.totals.push(Totals::default());
                    }
                    *place
                }));
            }
        }
        places
    }

    /// `sessions` is how many there are; what comes after belongs to none. Sessions that were active less than `within` days
    /// before have been counted.
    fn add_sessions(&mut self, of: &Sessions<'_>, places: &[u32], sessions: usize, within: i64) {
        let sets = self.query.user_sets();
        for (entry, place) in counted(places) {
            let totals = &mut self.totals[place];
            let flags = of.flags.at(entry);
            let away = of.away.at(entry);
            let has = |bit: i64| flags & bit != 0;
            let alone = entry >= sessions;
            if !alone && (away == 0 || away > within) {
                totals.sessions += SessionCounts {
                    sessions: 1,
                    engaged: has(flag::ENGAGED).into(),
                    cart: has(flag::CART).into(),
                    checkout: has(flag::CHECKOUT).into(),
                    converted: has(flag::CONVERTED).into(),
                };
            }
            if let Some(activity) = &of.activity {
                let events = activity.events.at(entry);
                totals.activity.events += events;
                totals.activity.unattributed_events += if alone { events } else { 0 };
                totals.activity.page_views += activity.page_views.at(entry);
                totals.activity.engagement_msec += activity.engagement_msec.at(entry);
            }
            if let Some(client) = &of.client {
                let number = client.at(entry);
                insert(&mut totals.users.clients, number, sets[0]);
                insert(&mut totals.users.active, number, sets[1] && has(flag::ACTIVE));
                insert(&mut totals.users.new, number, sets[2] && has(flag::FIRST_VISIT));
                insert(&mut totals.users.returning, number, sets[3] && has(flag::RETURNING));
            }
            if let Some(known_user) = &of.known_user {
                insert(&mut totals.users.known, known_user.at(entry), true);
            }
        }
    }

    fn add_purchases(&mut self, of: &Purchases<'_>, places: &[u32]) {
        for (purchase, place) in counted(places) {
            let totals = &mut self.totals[place];
            totals.activity.purchases += 1;
            totals.activity.purchases_without_id += 1 - of.with_id.at(purchase);
            let sold = &mut totals.activity.items_sold;
            *sold = sold.saturating_add(of.quantity[purchase]);
            insert(&mut totals.users.purchasing, of.buyer.at(purchase), true);
            let code = of.currency.values[of.currency.codes[purchase] as usize];
            let gross_revenue = of.revenue[purchase];
            let takings = Takings { gross_revenue, purchases: 1, ..Takings::default() };
            totals.takings.add(observed_currency(code), takings);
        }
    }

    fn add_refunds(&mut self, of: &Refunds<'_>, places: &[u32]) {
        for (refund, place) in counted(places) {
            let totals = &mut self.totals[place];
            let code = of.currency.values[of.currency.codes[refund] as usize];
            let takings = Takings { refunds: of.value[refund], ..Takings::default() };
            totals.takings.add(observed_currency(code), takings);
        }
    }
}

/// The entries that count, each with its place.
fn counted(places: &[u32]) -> impl Iterator<Item = (usize, usize)> + '_ {
    places
        .iter()
        .enumerate()
        .filter(|(_, place)| **place != NOWHERE)
        .map(|(at, place)| (at, *place as usize))
}

/// Numbers are one more than they are; 0 is nobody.
fn insert(set: &mut RoaringBitmap, number: i64, holds: bool) {
    if holds && let Ok(number) = u32::try_from(number - 1) {
        set.insert(number);
    }
}

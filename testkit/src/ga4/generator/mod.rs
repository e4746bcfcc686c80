//! A seeded B2B web shop: customers of branches, their browsers and what they do, as export rows of any number of days.
//!
//! Each session is a function of (seed, day, index), so a day is made without the days before it, in memory bounded by one
//! session, and the same seed gives the same rows for ever on one version of the generator. What makes real exports hard is in
//! on purpose: see `visit.rs`.

use chrono::{DateTime, Datelike, Days, NaiveDate, Weekday};
use chrono_tz::Tz;
use common::kernel::DateRange;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{Row, Schema, ndjson};
use crate::bigquery::TableSource;

mod catalogue;
mod draft;
mod master_data;
mod population;
mod steps;
mod visit;

use visit::Visit;

/// Every how many sessions one goes on after midnight, and one two days later.
const LATE_EVERY: u32 = 25;
const RESUMED_EVERY: u32 = 30;
const RESUMED_AFTER_DAYS: u64 = 2;

/// Settings of a shop.
#[derive(Debug, Clone)]
pub struct Generator {
    pub seed: u64,
    pub days: DateRange,
    /// Sessions of a working day; a weekend day has two fifths. A session has about seven events.
    pub sessions_per_day: u32,
    pub branches: u32,
    pub customers: u32,
    /// How many of 100 sessions are those of somebody who was never there before.
    pub newcomers: u32,
    pub products: u32,
    /// The property's zone, which decides the day of an event.
    pub zone: Tz,
    /// Most money is in this currency.
    pub currency: &'static str,
    /// Keys of the user properties that hold the branch and customer codes.
    pub branch_key: &'static str,
    pub customer_key: &'static str,
    pub stream_id: &'static str,
}

impl Generator {
    /// A shop of ordinary size.
    pub fn new(seed: u64, days: DateRange) -> Self {
        Self {
            seed,
            days,
            sessions_per_day: 1_000,
            branches: 12,
            customers: 240,
            newcomers: 49,
            products: 400,
            zone: Tz::Europe__Berlin,
            currency: "EUR",
            branch_key: "branch",
            customer_key: "customer_id",
            stream_id: "1000000001",
        }
    }

    /// A small shop whose every setting follows from the seed: for tests that hold many against the oracle. Its days may
    /// include a change to or from summer time, its zone may lie far from UTC.
    pub fn arbitrary(seed: u64) -> Self {
        const ZONES: [Tz; 6] = [
            Tz::UTC,
            Tz::Europe__Berlin,
            Tz::America__New_York,
            Tz::Pacific__Kiritimati,
            Tz::Pacific__Niue,
            Tz::Asia__Kathmandu,
        ];
        const FIRST_DAYS: [(u32, u32); 4] = [(3, 27), (10, 23), (11, 1), (2, 26)];
        let mut random = StdRng::seed_from_u64(seed);
        let (month, day) = FIRST_DAYS[random.random_range(0..FIRST_DAYS.len())];
        let first = NaiveDate::from_ymd_opt(2026, month, day).unwrap_or_default();
        let last = first + Days::new(random.random_range(1..5));
        let days = DateRange::new(first, last).unwrap_or(DateRange::single(first));
        Self {
            sessions_per_day: random.random_range(1..60),
            branches: random.random_range(1..5),
            customers: random.random_range(0..9),
            products: random.random_range(1..12),
            zone: ZONES[random.random_range(0..ZONES.len())],
            ..Self::new(seed, days)
        }
    }

    /// The columns the rows have: those of a property today.
    pub fn schema() -> std::sync::Arc<Schema> {
        Schema::production()
    }

    /// The rows of one local day, those of sessions begun earlier included. None outside [`Self::days`].
    pub fn day(&self, date: NaiveDate) -> impl Iterator<Item = Row> + Send + use<> {
        let shop = self.clone();
        let resumed = date.checked_sub_days(Days::new(RESUMED_AFTER_DAYS));
        let origins = [(resumed, Course::Resumed), (date.pred_opt(), Course::Late)];
        let earlier = origins.into_iter().filter_map(|(origin, course)| Some((origin?, course)));
        let visits = {
            let shop = shop.clone();
            let today = std::iter::once((date, None));
            let earlier = earlier.map(|(origin, course)| (origin, Some(course)));
            earlier.chain(today).flat_map(move |(origin, course)| {
                let indexes = 0..shop.sessions_of(origin);
                let wanted =
                    move |index: &u32| course.is_none_or(|wanted| Course::of(*index) == wanted);
                indexes.filter(wanted).map(move |index| (origin, index))
            })
        };
        let inside = self.days.contains(date);
        visits.take_while(move |_| inside).flat_map(move |(origin, index)| {
            let visit = Visit::new(&shop, origin, index);
            visit.rows(&shop, date)
        })
    }

    /// The day as a table of the BigQuery stand-in.
    pub fn table(&self, date: NaiveDate) -> TableSource {
        let shop = self.clone();
        TableSource::generated(Self::schema(), move || shop.day(date))
    }

    /// The day as its intraday table, which lacks the columns that are only known at the day's end.
    pub fn intraday_table(&self, date: NaiveDate) -> TableSource {
        let shop = self.clone();
        let intraday = Schema::intraday();
        let daily = Self::schema();
        let kept = daily.fields.iter().map(|field| intraday.position(&field.name).is_some());
        let kept: std::sync::Arc<[bool]> = kept.collect();
        TableSource::generated(intraday, move || {
            let kept = std::sync::Arc::clone(&kept);
            shop.day(date).map(move |row| {
                let cells = row.into_iter().zip(kept.iter()).filter(|(_, kept)| **kept);
                cells.map(|(cell, _)| cell).collect()
            })
        })
    }

    /// Every day under the name its table has in an export.
    pub fn tables(&self) -> Vec<(String, TableSource)> {
        let named =
            |date: NaiveDate| (format!("events_{}", date.format("%Y%m%d")), self.table(date));
        self.days.iter().map(named).collect()
    }

    /// Writes the rows of all days, one JSON object a line, in the form of a BigQuery export.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn write_ndjson(&self, out: &mut impl std::io::Write) -> std::io::Result<u64> {
        let schema = Self::schema();
        let mut rows = 0;
        for date in self.days.iter() {
            for row in self.day(date) {
                ndjson::write_row(out, &schema, &row)?;
                rows += 1;
            }
        }
        Ok(rows)
    }

    fn sessions_of(&self, day: NaiveDate) -> u32 {
        if !self.days.contains(day) {
            return 0;
        }
        match day.weekday() {
            Weekday::Sat | Weekday::Sun => self.sessions_per_day * 2 / 5,
            _ => self.sessions_per_day,
        }
    }

    fn local_date(&self, micros: i64) -> NaiveDate {
        let utc = DateTime::from_timestamp_micros(micros).unwrap_or_default();
        utc.with_timezone(&self.zone).date_naive()
    }
}

/// Over how many days a session goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    SameDay,
    Late,
    Resumed,
}

impl Course {
    fn of(index: u32) -> Self {
        if index % RESUMED_EVERY == 11 {
            Self::Resumed
        } else if index % LATE_EVERY == 7 {
            Self::Late
        } else {
            Self::SameDay
        }
    }
}

#[cfg(test)]
mod tests;

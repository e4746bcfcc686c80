//! Small data sets that look for trouble: few clients and fewer session numbers, sessions over midnight and for days, logins
//! in mid-session, transactions without or with the same id, several currencies, money that is no number, nights on which the
//! clocks change. Each follows from its seed.

use chrono::{DateTime, Days, NaiveDate};
use chrono_tz::Tz;
use common::kernel::{DateRange, start_of_day};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use super::{Row, Schema};
use crate::bigquery::TableSource;

mod row;

use row::{Draft, Sale};

/// A property's days and events.
#[derive(Debug, Clone)]
pub struct Adversary {
    pub seed: u64,
    pub days: DateRange,
    pub zone: Tz,
    /// Whether the export has the flag of active users.
    flagged: bool,
}

const NAMES: [&str; 16] = [
    "page_view",
    "page_view",
    "page_view",
    "page_view",
    "user_engagement",
    "scroll",
    "view_search_results",
    "view_search_results",
    "no_search_results",
    "add_to_cart",
    "add_to_cart",
    "remove_from_cart",
    "begin_checkout",
    "purchase",
    "refund",
    "first_visit",
];
const TERMS: [&str; 4] = ["Hose  Clamp", "hose clamp", "VALVE", "50%_off"];
const CURRENCIES: [&str; 5] = ["USD", "eur", "CHF", "dollars", "USD"];
const PATHS: [&str; 4] = ["/", "/a", "/a%20b", "/sale_50%"];

impl Adversary {
    /// Two to five days around a change of the clocks, in one of four zones.
    pub fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let zones = [Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York, Tz::Australia__Lord_Howe];
        let firsts = [(2026, 3, 27), (2026, 10, 23), (2026, 10, 31), (2026, 4, 3), (2026, 3, 6)];
        let (year, month, day) = firsts.choose(&mut random).copied().unwrap_or_default();
        let first = NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
        let last = first + Days::new(random.random_range(1..5));
        Self {
            seed,
            days: DateRange::new(first, last).unwrap_or(DateRange::single(first)),
            zone: zones.choose(&mut random).copied().unwrap_or(Tz::UTC),
            flagged: random.random_bool(0.5),
        }
    }

    /// Other events on the same days.
    pub fn again(&self, seed: u64) -> Self {
        Self { seed, ..self.clone() }
    }

    /// Every day as a table of the BigQuery stand-in.
    pub fn tables(&self) -> Vec<(NaiveDate, TableSource)> {
        let rows = self.rows();
        let of = |day: NaiveDate| {
            let of_day = rows.iter().filter(|(date, _)| *date == day).map(|(_, row)| row.clone());
            TableSource::rows(Schema::production(), of_day.collect())
        };
        self.days.iter().map(|day| (day, of(day))).collect()
    }

    /// The rows of all days, some of them twice.
    pub fn rows(&self) -> Vec<(NaiveDate, Row)> {
        let mut random = StdRng::seed_from_u64(self.seed ^ 0x5eed);
        let count = random.random_range(5..90);
        let mut rows = Vec::new();
        for at in 0..count {
            let draft = self.draft(at, &mut random);
            let date = DateTime::from_timestamp_micros(draft.micros).unwrap_or_default();
            let date = date.with_timezone(&self.zone).date_naive();
            let row = draft.row(date, self.flagged);
            if random.random_ratio(1, 15) {
                rows.push((date, row.clone()));
            }
            rows.push((date, row));
        }
        rows
    }

    fn draft(&self, at: i64, random: &mut StdRng) -> Draft {
        let some = |random: &mut StdRng, share: f64| random.random_bool(share);
        let name = NAMES.choose(random).copied().unwrap_or("page_view");
        let client = *["a", "b", "c", ""].choose(random).unwrap_or(&"a");
        let bought = ["purchase", "add_to_cart", "remove_from_cart"].contains(&name);
        Draft {
            micros: self.instant(at, random),
            name,
            client: (!client.is_empty()).then_some(client),
            // The same numbers for every client.
            session: some(random, 0.85).then(|| *[100, 200, 300].choose(random).unwrap_or(&100)),
            session_as_text: some(random, 0.2),
            session_number: some(random, 0.7).then(|| random.random_range(1..3)),
            engaged: some(random, 0.4).then(|| some(random, 0.5)),
            engaged_as_text: some(random, 0.5),
            active: some(random, 0.6),
            engagement_msec: some(random, 0.3).then(|| random.random_range(0..9_000)),
            user_id: some(random, 0.2)
                .then(|| *["u1", "u2", "(not set)"].choose(random).unwrap_or(&"u1")),
            branch: some(random, 0.3)
                .then(|| *["B1", "B2", " ", "B3"].choose(random).unwrap_or(&"B1")),
            customer: some(random, 0.2).then(|| *["K1", "K2"].choose(random).unwrap_or(&"K1")),
            device: some(random, 0.9).then(|| *["mobile", "desktop"].choose(random).unwrap_or(&"")),
            country: some(random, 0.9).then(|| *["Germany", "Chile"].choose(random).unwrap_or(&"")),
            city: some(random, 0.7)
                .then(|| *["City 1", "City 2", "(not set)"].choose(random).unwrap_or(&"")),
            traffic: some(random, 0.5).then(|| {
                let sources = [
                    ("google", "organic", "(organic)"),
                    ("google", "cpc", "50%"),
                    ("(direct)", "(none)", "x_y"),
                ];
                sources.choose(random).copied().unwrap_or_default()
            }),
            path: some(random, 0.8).then(|| *PATHS.choose(random).unwrap_or(&"/")),
            term: some(random, 0.8).then(|| *TERMS.choose(random).unwrap_or(&"")),
            results: some(random, 0.5).then(|| random.random_range(0..3)),
            currency: some(random, 0.6).then(|| *CURRENCIES.choose(random).unwrap_or(&"USD")),
            sale: bought.then(|| Sale::choose(random)),
            refund: (name == "refund").then(|| random.random_range(1..9_000)),
        }
    }

    /// No two events share one. Half of them lie close to midnight or to the change of the clocks.
    fn instant(&self, at: i64, random: &mut StdRng) -> i64 {
        let first = start_of_day(self.days.first(), self.zone).timestamp_micros();
        let end = self.days.last() + Days::new(1);
        let end = start_of_day(end, self.zone).timestamp_micros();
        let anywhere = random.random_range(first..end - 1_000_000);
        let near = random.random_range(0..self.days.days());
        let midnight = self.days.first() + Days::new(near.unsigned_abs());
        let midnight = start_of_day(midnight, self.zone).timestamp_micros();
        let close = midnight + random.random_range(-8_000_000..4 * 3_600_000_000_i64);
        let micros = if random.random_bool(0.5) { close } else { anywhere };
        // Seconds apart at times, so that runs of searches occur.
        let coarse = micros - micros.rem_euclid(3_000_000);
        coarse.clamp(first, end - 1_000_000) + at
    }
}

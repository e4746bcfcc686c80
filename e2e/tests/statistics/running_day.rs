//! Comparisons in random questions about random data sets, while a day of the range is running and long after.

use std::collections::BTreeMap;

use analytics_service::app::stats::{
    Basis, BasisCache, Found, QueryRow, Question, StatsError, find, query,
};
use analytics_service::domain::comparison::Comparison;
use analytics_service::domain::metrics;
use analytics_service::domain::query::{BucketWidth, Class, Metric, Query, Span};
use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use common::db::{Db, TenantTx};
use common::kernel::{DateRange, TenantScope, hours_of_day};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use testkit::ga4::adversary::Adversary;
use testkit::ga4::oracle::Oracle;

use crate::counterpart::{buckets, counterpart_day, counterparts, of_spans, other};
use crate::expected::Expected;
use crate::oracle::text;
use crate::question::choose;
use crate::shop::{self, PROPERTY};
use crate::shops::Shops;

const SEEDS: std::ops::Range<u64> = 501..509;

const QUESTIONS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_day_is_compared_with_as_much_of_the_other_in_every_question() {
    let sets: Vec<Adversary> = SEEDS.map(Adversary::new).collect();
    let mut shops = Shops::open(&sets).await;
    let mut sources = BTreeMap::new();
    for set in &sets {
        let scope = shops.load(&format!("seed-{}", set.seed), set).await;
        compare(&shops.analytics, &scope, set, &mut sources).await;
    }
    println!("{sources:?}");
    assert!(sources.len() >= 4, "every kind of source was asked: {sources:?}");
}

async fn compare(
    db: &Db,
    scope: &TenantScope,
    set: &Adversary,
    sources: &mut BTreeMap<String, u32>,
) {
    let oracle = shop::oracle(set);
    let mut random = StdRng::seed_from_u64(set.seed);
    let mut tx = db.tenant(scope).await.unwrap();
    refuses_what_is_not_known_within_a_day(&mut tx, set).await;
    for _ in 0..QUESTIONS {
        let mut asked = choose(set, &mut random);
        asked.metrics.retain(|metric| !of_whole_days(*metric));
        if asked.metrics.is_empty() {
            continue;
        }
        // As many days of the data set are compared with those of the question.
        let other = asked.range;
        let start = random.random_range(0..=set.days.days() - other.days());
        let first = set.days.first() + TimeDelta::days(start);
        asked.range = DateRange::new(first, first + TimeDelta::days(other.days() - 1)).unwrap();
        asked.comparison = Comparison::Custom(other);
        // Any of them is running, or all are over.
        let today = first + TimeDelta::days(random.random_range(0..other.days()));
        let hours = hours_of_day(today, set.zone);
        let running = *hours.choose(&mut random).unwrap() + TimeDelta::minutes(30);
        let over = "2026-12-31T12:00:00Z".parse::<DateTime<Utc>>().unwrap();
        let now = if random.random_bool(0.7) { running.to_utc() } else { over };
        let basis = basis(&mut tx, &asked, now).await;
        let source = check(&mut tx, set, &oracle, &asked, &basis).await;
        *sources.entry(source).or_default() += 1;
    }
}

fn of_whole_days(metric: Metric) -> bool {
    let daily = [Class::Carts, Class::SearchSessions, Class::Visitors];
    metric.classes().iter().any(|class| daily.contains(class))
}

async fn basis(tx: &mut TenantTx, asked: &Query, now: DateTime<Utc>) -> Basis {
    let question = Question::new(Some(PROPERTY), None, asked.range, asked.comparison).unwrap();
    match find(tx, &question, now, &BasisCache::off()).await.unwrap() {
        Found::Property(basis) => *basis,
        Found::NoProperty => panic!("the property is loaded"),
    }
}

/// Where a running day ends for a comparison.
#[derive(Clone, Copy)]
struct Cut {
    hours: u32,
    day: NaiveDate,
}

impl Cut {
    /// By the clock, and by the newest event of today.
    fn of_today(basis: &Basis, asked: &Query, oracle: &Oracle) -> Option<Self> {
        let day = basis.today;
        let of_today = oracle.events().iter().filter(|event| event.date == day);
        let newest = of_today.map(|event| event.micros).max().map(|micros| {
            DateTime::from_timestamp_micros(micros).unwrap().with_timezone(&basis.zone)
        });
        let hours = newest.map_or(0, |newest| newest.min(basis.now).hour());
        asked.range.contains(day).then_some(Self { hours, day })
    }

    fn end(self, zone: Tz) -> Option<DateTime<Tz>> {
        hours_of_day(self.day, zone).into_iter().find(|hour| hour.hour() >= self.hours)
    }

    /// The part of a span before the cut.
    fn before(self, span: &Span) -> Option<Span> {
        let last = if self.hours == 0 { self.day.pred_opt().unwrap() } else { self.day };
        let days = DateRange::new(span.days.first(), span.days.last().min(last)).ok()?;
        let end = self.end(span.start.timezone()).map_or(span.end, |end| span.end.min(end));
        Some(Span { days, end, ..span.clone() })
    }
}

/// Answers from where.
async fn check(
    tx: &mut TenantTx,
    set: &Adversary,
    oracle: &Oracle,
    asked: &Query,
    basis: &Basis,
) -> String {
    let answer = query(tx, basis, asked, &[]).await.unwrap();
    let cut = Cut::of_today(basis, asked, oracle);
    assert_eq!(answer.elapsed.map(|e| e.hours), cut.map(|cut| cut.hours), "seed {}", set.seed);
    let buckets = buckets(basis, asked);
    assert_eq!(answer.spans, buckets);
    let of_today =
        |bucket: &Span| cut.and_then(|cut| cut.end(basis.zone)).filter(|end| bucket.start < *end);
    let within_day = asked.bucket.is_some_and(BucketWidth::within_day);
    // One bucket at most has the cut in it, and then the range ends there.
    let through = cut.filter(|cut| {
        let end = cut.end(basis.zone).unwrap();
        buckets.iter().any(|bucket| bucket.start < end && end < bucket.end)
    });
    let shown = |bucket: &Span| {
        let begun = !within_day || bucket.start <= basis.now;
        let part = through.map_or(Some(bucket.clone()), |cut| cut.before(bucket));
        part.filter(|_| begun)
    };
    let current: Vec<Option<Span>> = buckets.iter().map(shown).collect();
    let previous: Vec<Option<Span>> = counterparts(asked, &buckets, basis.zone)
        .into_iter()
        .zip(&buckets)
        .map(|(counterpart, bucket)| match cut {
            None => counterpart,
            Some(cut) => {
                let day = counterpart_day(asked, cut.day);
                of_today(bucket)?;
                Cut { day, ..cut }.before(&counterpart?)
            }
        })
        .collect();
    let at = format!("seed {} at {}: {asked:?} from {:?}", set.seed, basis.now, answer.plan);
    let wanted = of_spans(set, oracle, asked, asked.range, &current);
    same(asked, &answer.rows, |row| row.metrics.as_ref(), &current, &wanted, &at);
    let wanted = of_spans(set, oracle, asked, other(asked), &previous);
    same(asked, &answer.rows, |row| row.previous.as_ref(), &previous, &wanted, &at);
    answer.plan.sources().join("+")
}

/// Every number of one side is the oracle's; there is none where nothing can be known.
fn same(
    asked: &Query,
    rows: &[QueryRow],
    side: impl Fn(&QueryRow) -> Option<&metrics::Metrics>,
    spans: &[Option<Span>],
    wanted: &Expected,
    at: &str,
) {
    let nothing = BTreeMap::new();
    let mut seen = 0;
    for row in rows {
        let key = (row.bucket, row.key.clone());
        assert_eq!(side(row).is_some(), spans[row.bucket].is_some(), "{key:?} of {at}");
        let Some(numbers) = side(row) else { continue };
        let all = wanted.get(&key).unwrap_or(&nothing);
        seen += usize::from(wanted.contains_key(&key));
        for metric in &asked.metrics {
            let value = text(metric.of(numbers));
            let zero = if value == "none" { "none" } else { "0" };
            let want = all.get(metric.name()).map_or(zero, String::as_str);
            assert_eq!(value, want, "{} at {key:?} of {at}", metric.name());
        }
    }
    assert_eq!(seen, wanted.len(), "rows are missing of {at}");
}

async fn refuses_what_is_not_known_within_a_day(tx: &mut TenantTx, set: &Adversary) {
    let asked = Query {
        comparison: Comparison::PreviousPeriod,
        ..Query::whole(
            vec![Metric::Sessions, Metric::AbandonedCarts],
            DateRange::single(set.days.last()),
        )
    };
    let noon = hours_of_day(set.days.last(), set.zone)[12];
    let basis = basis(tx, &asked, noon.to_utc()).await;
    match query(tx, &basis, &asked, &[]).await {
        Err(StatsError::Query(error)) => {
            assert_eq!((error.place.as_str(), error.code), ("metrics/1", "incompatible"));
        }
        other => panic!("{other:?}"),
    }
}

//! Comparisons of a day that is running, in random questions about random data sets.

use std::collections::BTreeMap;

use analytics_service::app::stats::{Basis, BasisCache, Found, Question, StatsError, find, query};
use analytics_service::domain::comparison::Comparison;
use analytics_service::domain::query::{BucketWidth, Class, Metric, Query, Span, bucket};
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use common::db::{Db, TenantTx};
use common::kernel::{DateRange, TenantScope, hours_of_day};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use sqlx::{Connection, PgConnection};
use testkit::TestDb;
use testkit::db::ServiceLogin;
use testkit::ga4::adversary::Adversary;
use testkit::ga4::oracle::Oracle;

use crate::expected::expected;
use crate::oracle::text;
use crate::question::choose;
use crate::shop::{self, PROPERTY};

const SEEDS: std::ops::Range<u64> = 501..509;

const QUESTIONS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_day_is_compared_with_as_much_of_the_other_in_every_question() {
    let sets: Vec<Adversary> = SEEDS.map(Adversary::new).collect();
    let test = TestDb::new().await;
    let data = test.connect(ServiceLogin::Data).await;
    let analytics = test.connect(ServiceLogin::Analytics).await;
    let mut owner = PgConnection::connect(test.owner_url()).await.unwrap();
    let server = shop::serve(&sets).await;
    let warehouse = shop::warehouse(&server).await;
    let mut sources = BTreeMap::new();
    for set in &sets {
        let scope = test.tenant(&format!("seed-{}", set.seed)).await;
        shop::load(&mut owner, &data, &scope, &warehouse, set).await;
        compare(&analytics, &scope, set, &mut sources).await;
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
        // As many days that end today are compared with those of the question.
        let other = asked.range;
        let today = set.days.last();
        let first = today - TimeDelta::days(other.days() - 1);
        asked.range = DateRange::new(first, today).unwrap();
        asked.comparison = Comparison::Custom(other);
        let hours = hours_of_day(today, set.zone);
        let now = *hours.choose(&mut random).unwrap() + TimeDelta::minutes(30);
        let basis = basis(&mut tx, &asked, now.to_utc()).await;
        let source = check(&mut tx, set, &oracle, &asked, &basis, now.hour()).await;
        *sources.entry(source).or_default() += 1;
    }
}

fn of_whole_days(metric: Metric) -> bool {
    let daily = [Class::Carts, Class::SearchSessions, Class::Visitors];
    metric.classes().iter().any(|class| daily.contains(class))
}

async fn basis(tx: &mut TenantTx, asked: &Query, now: DateTime<Utc>) -> Basis {
    let question = Question {
        property_id: Some(PROPERTY),
        location: None,
        range: asked.range,
        comparison: asked.comparison,
    };
    match find(tx, &question, now, &BasisCache::off()).await.unwrap() {
        Found::Property(basis) => *basis,
        Found::NoProperty => panic!("the property is loaded"),
    }
}

/// The buckets of the other range, the last of them as far as today has come. Those of its last day that begin later
/// hold nothing.
fn spans(basis: &Basis, asked: &Query, other: &DateRange, hours: u32) -> Vec<Span> {
    let spans = match asked.bucket {
        None => vec![Span::of(*other, basis.zone)],
        Some(width) => bucket::cut(other, width, basis.settings.week_start, basis.zone).unwrap(),
    };
    let mut later = hours_of_day(other.last(), basis.zone).into_iter();
    let end = later.find(|hour| hour.hour() >= hours);
    let cut = |span: Span| match end {
        Some(end) if span.days.last() == other.last() => Span { end: span.end.min(end), ..span },
        _ => span,
    };
    spans.into_iter().map(cut).collect()
}

/// Answers from where.
async fn check(
    tx: &mut TenantTx,
    set: &Adversary,
    oracle: &Oracle,
    asked: &Query,
    basis: &Basis,
    hours: u32,
) -> String {
    let answer = query(tx, basis, asked, &[]).await.unwrap();
    assert_eq!(answer.elapsed.unwrap().hours, hours, "seed {}", set.seed);
    let Comparison::Custom(other) = asked.comparison else { panic!("it is compared") };
    let spans = spans(basis, asked, &other, hours);
    let wanted = expected(set, oracle, asked, &spans);
    let within_day = asked.bucket.is_some_and(BucketWidth::within_day);
    let nothing = BTreeMap::new();
    let mut seen = 0;
    for row in &answer.rows {
        let at = format!("seed {} at {hours}: {:?} of {asked:?}", set.seed, row.key);
        let to_come = |span: &Span| within_day && span.end <= span.start;
        let Some(previous) = &row.previous else {
            assert!(spans.get(row.bucket).is_none_or(to_come), "{at}");
            continue;
        };
        let key = (row.bucket, row.key.clone());
        let all = wanted.get(&key).unwrap_or(&nothing);
        seen += usize::from(wanted.contains_key(&key));
        for metric in &asked.metrics {
            let value = text(metric.of(previous));
            let zero = if value == "none" { "none" } else { "0" };
            let want = all.get(metric.name()).map_or(zero, String::as_str);
            assert_eq!(value, want, "{} {at} from {:?}", metric.name(), answer.plan);
        }
    }
    let buckets = answer.spans.len();
    let shown = wanted.keys().filter(|(bucket, _)| *bucket < buckets).count();
    assert_eq!(seen, shown, "seed {}: rows are missing of {asked:?}", set.seed);
    answer.plan.sources().join("+")
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

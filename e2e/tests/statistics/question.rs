//! Random questions that make sense.

use analytics_service::domain::comparison::Comparison;
use analytics_service::domain::query::{
    AnyOf, BucketWidth, Clause, Dimension, Metric, Operator, Query, SessionBasis, plan,
};
use chrono::TimeDelta;
use common::kernel::DateRange;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use testkit::ga4::adversary::Adversary;

/// What the oracle has a text for.
const DIMENSIONS: [Dimension; 18] = [
    Dimension::Location,
    Dimension::Customer,
    Dimension::Device,
    Dimension::Country,
    Dimension::City,
    Dimension::Source,
    Dimension::Medium,
    Dimension::Campaign,
    Dimension::ChannelGroup,
    Dimension::LandingPage,
    Dimension::NewReturning,
    Dimension::Page,
    Dimension::Item,
    Dimension::ItemName,
    Dimension::ItemCategory,
    Dimension::SearchTerm,
    Dimension::Hour,
    Dimension::Weekday,
];

const VALUES: [&str; 16] = [
    "B1",
    "(unassigned)",
    "(not set)",
    "mobile",
    "Germany",
    "google",
    "organic",
    "%",
    "_",
    "new",
    "/a",
    "monday",
    "Organic Search",
    "P1",
    "Garden",
    "valve",
];

fn range(set: &Adversary, random: &mut StdRng) -> DateRange {
    let length = random.random_range(0..set.days.days());
    let start = random.random_range(0..set.days.days() - length);
    let first = set.days.first() + TimeDelta::days(start);
    DateRange::new(first, first + TimeDelta::days(length)).unwrap()
}

/// A question with every metric that has a meaning for its dimensions; at least one has.
pub fn choose(set: &Adversary, random: &mut StdRng) -> Query {
    loop {
        let query = attempt(set, random);
        if !query.metrics.is_empty() {
            return query;
        }
    }
}

fn attempt(set: &Adversary, random: &mut StdRng) -> Query {
    let dimension = |random: &mut StdRng| *DIMENSIONS.choose(random).unwrap();
    let mut dimensions: Vec<Dimension> =
        (0..random.random_range(0..3)).map(|_| dimension(random)).collect();
    dimensions.dedup();
    let clause = |random: &mut StdRng| Clause {
        dimension: dimension(random),
        operator: *[Operator::Is, Operator::IsNot, Operator::Contains].choose(random).unwrap(),
        value: (*VALUES.choose(random).unwrap()).to_owned(),
    };
    let filters = (0..random.random_range(0..3))
        .map(|_| AnyOf((0..random.random_range(1..3)).map(|_| clause(random)).collect()))
        .collect();
    let widths =
        [BucketWidth::Hour, BucketWidth::FourHours, BucketWidth::Day, BucketWidth::IsoWeek];
    let mut query = Query {
        metrics: Vec::new(),
        dimensions,
        filters,
        range: range(set, random),
        comparison: Comparison::None,
        bucket: random.random_bool(0.4).then(|| *widths.choose(random).unwrap()),
        sessions: *[SessionBasis::Active, SessionBasis::Started].choose(random).unwrap(),
    };
    for metric in Metric::ALL {
        let alone = Query { metrics: vec![*metric], ..query.clone() };
        if plan(&alone).is_ok() {
            query.metrics.push(*metric);
        }
    }
    query
}

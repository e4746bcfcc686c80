//! Plans of the statements that are composed for a query: those that its answer really executed.

use analytics_service::app::stats::{
    Basis, BasisCache, DEFAULT_STEPS, Found, Question, find, funnel, query,
};
use analytics_service::domain::comparison::Comparison;
use analytics_service::domain::query::{
    AnyOf, BucketWidth, Clause, Dimension, Metric, Operator, Query, SessionBasis, plan,
};
use common::db::TenantTx;
use common::kernel::DateRange;

use super::explained::Explained;
use super::ways::{assert_checked_in, ways};
use crate::support::{PROPERTY, day};

/// Ninety days of the year.
fn range() -> DateRange {
    DateRange::new(day("2020-03-10"), day("2020-06-07")).unwrap()
}

fn asked(metrics: &[Metric], dimensions: &[Dimension]) -> Query {
    Query { dimensions: dimensions.to_vec(), ..Query::whole(metrics.to_vec(), range()) }
}

fn where_is(query: Query, dimension: Dimension, value: &str) -> Query {
    let clause = Clause { dimension, operator: Operator::Is, value: value.to_owned() };
    let filters = [query.filters, vec![AnyOf(vec![clause])]].concat();
    Query { filters, ..query }
}

fn by(bucket: BucketWidth, query: Query) -> Query {
    Query { bucket: Some(bucket), ..query }
}

/// Every source that a query may be answered from, with and without conditions and users.
fn queries() -> Vec<(&'static str, Query)> {
    use Dimension::{
        ChannelGroup, Country, Device, Hour, Item, Location, Page, SearchTerm, Weekday,
    };
    use Metric::{
        AbandonedCarts, ActiveUsers, FailedSearches, ItemsSold, PageViews, Refunds, RepeatVisitors,
        Revenue, Searches, Sessions, TotalUsers, UnconvertedSearches,
    };
    let started = |query| Query { sessions: SessionBasis::Started, ..query };
    vec![
        ("a range", asked(&[Sessions, Revenue], &[])),
        ("its users", asked(&[Sessions, TotalUsers], &[])),
        ("users by day", by(BucketWidth::Day, asked(&[Sessions, ActiveUsers], &[]))),
        ("each location", asked(&[Sessions, TotalUsers], &[Location])),
        ("one location", where_is(asked(&[Sessions, TotalUsers], &[]), Location, "B1")),
        ("four hours", by(BucketWidth::FourHours, asked(&[Sessions, TotalUsers], &[]))),
        ("hours of the day", started(asked(&[PageViews], &[Hour]))),
        ("devices", asked(&[Sessions, TotalUsers], &[Device])),
        ("channel groups", asked(&[Sessions], &[ChannelGroup])),
        ("one device", where_is(asked(&[Sessions], &[]), Device, "desktop")),
        ("devices of a location", where_is(asked(&[Sessions], &[Device]), Location, "B1")),
        (
            "users and money by two dimensions",
            asked(&[Sessions, TotalUsers, Revenue, Searches], &[Device, Country]),
        ),
        ("weekdays", asked(&[Sessions, TotalUsers, Revenue, Refunds, Searches], &[Weekday])),
        (
            "weekdays of a location",
            where_is(asked(&[Sessions, TotalUsers, Revenue], &[Weekday]), Location, "B1"),
        ),
        ("items by device", asked(&[ItemsSold], &[Item, Device])),
        ("items of a location", where_is(asked(&[ItemsSold], &[Item]), Location, "B1")),
        (
            "terms of a location",
            where_is(asked(&[Searches, FailedSearches], &[SearchTerm]), Location, "B1"),
        ),
        ("sessions by page", asked(&[Sessions, TotalUsers], &[Page])),
        ("pages of a device", where_is(asked(&[PageViews], &[Page]), Device, "desktop")),
        ("hours of a device", where_is(asked(&[Sessions], &[Hour]), Device, "desktop")),
        (
            "where sessions of a device began",
            started(where_is(asked(&[Sessions], &[Hour]), Device, "desktop")),
        ),
        ("carts", asked(&[AbandonedCarts], &[])),
        ("carts of a location", where_is(asked(&[AbandonedCarts], &[]), Location, "B1")),
        ("visitors", asked(&[RepeatVisitors], &[])),
        ("visitors of a location", where_is(asked(&[RepeatVisitors], &[]), Location, "B1")),
        ("searches in vain", asked(&[UnconvertedSearches], &[])),
    ]
}

fn question(location: Option<&str>) -> Question {
    Question {
        property_id: Some(PROPERTY),
        location: location.map(str::to_owned),
        range: range(),
        comparison: Comparison::None,
    }
}

async fn basis(tx: &mut TenantTx) -> Basis {
    let now = "2021-01-05T12:00:00Z".parse().unwrap();
    match find(tx, &question(None), now, &BasisCache::off()).await.unwrap() {
        Found::Property(basis) => *basis,
        Found::NoProperty => panic!("the property is there"),
    }
}

/// The ways of all statements, which are at least one. None reads a table as a whole.
fn ways_of(name: &str, plans: &[String]) -> String {
    let ways = ways(plans.iter().flat_map(|plan| plan.lines()));
    let good = !ways.is_empty() && !ways.contains("all of");
    assert!(good, "{name}: {}", plans.join("\n"));
    ways
}

#[tokio::test]
async fn the_plans_of_composed_statements_are_the_ones_checked_in() {
    let mut site = super::filled().await;
    let (db, explained) = Explained::connect(&mut site).await;
    let mut tx = db.tenant(&site.test_db.alpha()).await.unwrap();
    let basis = basis(&mut tx).await;
    explained.take(&mut tx).await;
    let mut seen = String::new();
    for (name, asked) in queries() {
        let planned = plan(&asked).unwrap();
        let answer = query(&mut tx, &basis, &asked, &[]).await.unwrap();
        assert_eq!(answer.plan, planned, "{name} is answered from what it is planned for");
        let plans = explained.take(&mut tx).await;
        let ways = ways_of(name, &plans);
        let sources = planned.sources();
        seen.push_str(&format!("{name} ({}): {ways}\n", sources.join(", ")));
    }
    let steps = DEFAULT_STEPS.map(str::to_owned);
    for (name, location) in [("a funnel", None), ("a funnel of a location", Some("B1"))] {
        funnel(&mut tx, &basis, &question(location), &steps).await.unwrap();
        let ways = ways_of(name, &explained.take(&mut tx).await);
        seen.push_str(&format!("{name} (event): {ways}\n"));
    }
    assert_checked_in("composed.txt", &seen);
}

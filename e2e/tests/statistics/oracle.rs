//! Many random data sets, and random questions about each.

use std::collections::BTreeMap;

use analytics_service::app::stats::{Basis, BasisCache, Found, Question, find, query};
use analytics_service::app::tasks::{Carts, abandoned_carts, count_abandoned_carts};
use analytics_service::domain::comparison::Comparison;
use analytics_service::domain::query::{BucketWidth, Dimension};
use analytics_service::domain::query::{Metric, Query, SessionBasis, Source, Value};
use common::db::{Db, TenantTx, sql};
use common::kernel::TenantScope;
use rand::SeedableRng;
use rand::rngs::StdRng;
use testkit::ga4::adversary::Adversary;

use crate::expected::{Numbers, expected};
use crate::question::choose;
use crate::shop::{self, PROPERTY};
use crate::shops::Shops;

/// How many data sets, and the first seed: `FOOTFALL_ORACLE_SETS=1000 FOOTFALL_ORACLE_SEED=7`.
fn plan() -> (u64, u64) {
    let number = |name: &str, default| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    (number("FOOTFALL_ORACLE_SETS", 100), number("FOOTFALL_ORACLE_SEED", 1))
}

const QUESTIONS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_data_sets_give_the_oracles_numbers() {
    let (sets, seed) = plan();
    println!("{sets} data sets from seed {seed}");
    let sets: Vec<Adversary> = (seed..seed + sets).map(Adversary::new).collect();
    let mut shops = Shops::open(&sets).await;
    let mut from_columns = 0;
    for set in &sets {
        let scope = shops.load(&format!("seed-{}", set.seed), set).await;
        from_columns += compare(&shops.analytics, &scope, set).await;
        // As days are that were rolled up before their columns were kept.
        if set.seed % 5 == 0 {
            sql::query("DELETE FROM day_columns WHERE tenant_id = $1 AND date >= $2")
                .bind(scope.tenant_id().uuid())
                .bind(set.days.last())
                .execute(&mut shops.owner)
                .await
                .unwrap();
            compare(&shops.analytics, &scope, set).await;
        }
    }
    println!("{from_columns} answers from columns");
    assert!(sets.len() < 20 || from_columns > 0);
}

fn question(asked: &Query) -> Question {
    Question {
        property_id: Some(PROPERTY),
        location: None,
        range: asked.range,
        comparison: Comparison::None,
    }
}

pub async fn basis(tx: &mut TenantTx, asked: &Query) -> Basis {
    let question = question(asked);
    let now = "2026-12-31T12:00:00Z".parse().unwrap();
    match find(tx, &question, now, &BasisCache::off()).await.unwrap() {
        Found::Property(basis) => *basis,
        Found::NoProperty => panic!("the property is loaded"),
    }
}

/// Answers how many questions were answered from columns.
async fn compare(db: &Db, scope: &TenantScope, set: &Adversary) -> u32 {
    let mut from_columns = 0;
    let oracle = shop::oracle(set);
    let mut random = StdRng::seed_from_u64(set.seed);
    let mut tx = db.tenant(scope).await.unwrap();
    for _ in 0..QUESTIONS {
        let asked = choose(set, &mut random);
        let basis = basis(&mut tx, &asked).await;
        let answer = query(&mut tx, &basis, &asked, &[]).await.unwrap();
        from_columns += u32::from(answer.plan.base == Some(Source::DayColumns));
        let wanted = expected(set, &oracle, &asked, &answer.spans);
        let mut seen = 0;
        for row in &answer.rows {
            let metrics = row.metrics.as_ref().unwrap();
            let key = (row.bucket, row.key.clone());
            let given: Numbers = asked
                .metrics
                .iter()
                .map(|metric| (metric.name(), text(metric.of(metrics))))
                .collect();
            let nothing = BTreeMap::new();
            let all = wanted.get(&key).unwrap_or(&nothing);
            seen += usize::from(wanted.contains_key(&key));
            for (name, value) in given {
                let zero = if value == "none" { "none" } else { "0" };
                let want = all.get(name).map_or(zero, String::as_str);
                let at = format!("seed {}: {name} at {key:?} of {asked:?}", set.seed);
                assert_eq!(value, want, "{at} from {:?}", answer.plan);
            }
        }
        assert_eq!(seen, wanted.len(), "seed {}: rows are missing of {asked:?}", set.seed);
    }
    adds_up(&mut tx, set).await;
    task_lists_add_up(&mut tx, set).await;
    let whole = Query::whole(vec![Metric::Sessions], set.days);
    let (basis, question) = (basis(&mut tx, &whole).await, question(&whole));
    for steps in [["page_view", "add_to_cart", "purchase"], ["scroll", "scroll", "page_view"]] {
        let steps = steps.map(str::to_owned);
        let counted = analytics_service::app::stats::funnel(&mut tx, &basis, &question, &steps);
        let wanted = crate::funnel::sessions(&oracle, set.days, &steps);
        assert_eq!(counted.await.unwrap(), wanted, "seed {}: {steps:?}", set.seed);
    }
    from_columns
}

pub fn text(value: Option<Value>) -> String {
    match value {
        None => "none".to_owned(),
        Some(Value::Count(count)) => count.to_string(),
        Some(Value::Quantity(quantity)) => quantity.normalize().to_string(),
        Some(Value::Rate(number) | Value::Seconds(number)) => format!("{number:.9}"),
        Some(Value::Money(money)) => money.amount.normalize().to_string(),
    }
}

/// The task list has as many carts as statistics count, and they are worth as much.
async fn task_lists_add_up(tx: &mut TenantTx, set: &Adversary) {
    let whole = Query::whole(vec![Metric::AbandonedCarts, Metric::CartValue], set.days);
    let by_location = Query { dimensions: vec![Dimension::Location], ..whole.clone() };
    let basis = basis(tx, &whole).await;
    for asked in [whole, by_location] {
        for row in query(tx, &basis, &asked, &[]).await.unwrap().rows {
            let metrics = row.metrics.unwrap();
            let location = row.key.first().cloned();
            let of = Carts { location, days: Some(set.days) };
            let listed = abandoned_carts(tx, &basis, &of, None, 1_000).await.unwrap().carts;
            let counted = count_abandoned_carts(tx, &basis, &of).await.unwrap();
            let at = format!("seed {}: {:?}", set.seed, row.key);
            assert_eq!(counted, metrics.abandoned_carts, "{at}");
            assert_eq!(listed.len() as i64, metrics.abandoned_carts, "{at}");
            let main = basis.settings.currency;
            let worth: rust_decimal::Decimal = listed
                .iter()
                .filter(|cart| cart.value.currency == main)
                .map(|cart| cart.value.amount)
                .sum();
            assert_eq!(worth, metrics.cart_value.amount, "{at}");
        }
    }
}

/// Locations with what is unassigned, and the buckets of a series, sum to the overview.
async fn adds_up(tx: &mut TenantTx, set: &Adversary) {
    let metrics = [
        Metric::Sessions,
        Metric::EngagedSessions,
        Metric::ConvertedSessions,
        Metric::Events,
        Metric::PageViews,
        Metric::Purchases,
        Metric::ItemsSold,
        Metric::Revenue,
        Metric::Searches,
        Metric::UnconvertedSearches,
        Metric::AbandonedCarts,
    ];
    let whole =
        Query { sessions: SessionBasis::Started, ..Query::whole(metrics.to_vec(), set.days) };
    let locations = Query { dimensions: vec![Dimension::Location], ..whole.clone() };
    let series = Query { bucket: Some(BucketWidth::Day), ..whole.clone() };
    let hours =
        Query { bucket: Some(BucketWidth::Hour), metrics: metrics[..9].to_vec(), ..whole.clone() };
    let devices = Query { dimensions: vec![Dimension::Device], ..hours.clone() };
    let weekdays =
        Query { dimensions: vec![Dimension::Weekday, Dimension::Hour], ..devices.clone() };
    let weekdays = Query { bucket: None, ..weekdays };
    let basis = basis(tx, &whole).await;
    let total = sums(tx, &basis, &whole).await;
    for parts in [locations, series, hours, devices, weekdays] {
        let sums = sums(tx, &basis, &parts).await;
        for (name, sum) in sums {
            assert_eq!(sum, total[name], "seed {}: {name} of {parts:?}", set.seed);
        }
    }
}

async fn sums(
    tx: &mut TenantTx,
    basis: &Basis,
    asked: &Query,
) -> BTreeMap<&'static str, rust_decimal::Decimal> {
    let answer = query(tx, basis, asked, &[]).await.unwrap();
    let mut sums: BTreeMap<&'static str, rust_decimal::Decimal> = BTreeMap::new();
    for row in &answer.rows {
        for metric in &asked.metrics {
            let value = match row.metrics.as_ref().and_then(|metrics| metric.of(metrics)) {
                Some(Value::Count(count)) => count.into(),
                Some(Value::Quantity(quantity)) => quantity,
                Some(Value::Money(money)) => money.amount,
                _ => Default::default(),
            };
            *sums.entry(metric.name()).or_default() += value;
        }
    }
    sums
}

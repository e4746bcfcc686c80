//! Users of long ranges come from whole weeks and months: the numbers are those of the days.

use analytics_service::app::stats::query;
use analytics_service::domain::comparison::Comparison;
use analytics_service::domain::query::{BucketWidth, Dimension, Metric, Query, SessionBasis};
use chrono::TimeDelta;
use common::db::{Db, sql};
use common::kernel::{DateRange, TenantScope};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use testkit::ga4::adversary::Adversary;
use testkit::ga4::oracle::Oracle;

use crate::expected::expected;
use crate::oracle::{basis, text};
use crate::shop;
use crate::shops::Shops;

/// Ranges that are asked for in each state of the data.
const RANGES: usize = 25;

const USERS: [Metric; 9] = [
    Metric::TotalUsers,
    Metric::ActiveUsers,
    Metric::NewUsers,
    Metric::ReturningUsers,
    Metric::KnownUsers,
    Metric::PurchasingUsers,
    Metric::UserConversionRate,
    Metric::AverageEngagementTime,
    Metric::Sessions,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_of_long_ranges_are_those_of_their_days() {
    let mut set = Adversary::new(21);
    // A month with its neighbours, in which whole weeks and single days are left over.
    set.days =
        DateRange::new("2026-02-12".parse().unwrap(), "2026-04-10".parse().unwrap()).unwrap();
    let other = set.again(22);
    let mut shops = Shops::open(&[set.clone(), other.clone()]).await;
    let scope = shops.load("long", &set).await;
    compare(&shops.analytics, &scope, &set, &shop::oracle(&set)).await;

    // A day of the month is replaced by another one.
    let (mut rows, mut others) = (set.rows(), other.rows());
    let replaced = others[0].0;
    shop::load_day(&shops.data, &scope, &shops.warehouse, &other, replaced).await;
    rows.retain(|(date, _)| *date != replaced);
    others.retain(|(date, _)| *date == replaced);
    rows.extend(others);
    let oracle = shop::oracle_of(rows);
    compare(&shops.analytics, &scope, &set, &oracle).await;

    // Days that were rolled up before weeks and months were kept.
    sql::query("DELETE FROM user_rollup WHERE tenant_id = $1")
        .bind(scope.tenant_id().uuid())
        .execute(&mut shops.owner)
        .await
        .unwrap();
    compare(&shops.analytics, &scope, &set, &oracle).await;
}

async fn compare(db: &Db, scope: &TenantScope, set: &Adversary, oracle: &Oracle) {
    let mut random = StdRng::seed_from_u64(7);
    let mut tx = db.tenant(scope).await.unwrap();
    for at in 0..RANGES {
        let length = random.random_range(0..set.days.days());
        let start = random.random_range(0..set.days.days() - length);
        let first = set.days.first() + TimeDelta::days(start);
        let asked = Query {
            metrics: USERS.to_vec(),
            dimensions: if at % 2 == 0 { Vec::new() } else { vec![Dimension::Location] },
            filters: Vec::new(),
            range: DateRange::new(first, first + TimeDelta::days(length)).unwrap(),
            comparison: Comparison::None,
            bucket: (at % 5 == 0).then_some(BucketWidth::Month),
            sessions: SessionBasis::Active,
        };
        let basis = basis(&mut tx, &asked).await;
        let answer = query(&mut tx, &basis, &asked, &[]).await.unwrap();
        let wanted = expected(set, oracle, &asked, &answer.spans);
        let mut seen = 0;
        for row in &answer.rows {
            let Some(numbers) = wanted.get(&(row.bucket, row.key.clone())) else { continue };
            let metrics = row.metrics.as_ref().unwrap();
            for metric in &asked.metrics {
                let given = text(metric.of(metrics));
                let at = format!("{} at {:?} of {asked:?}", metric.name(), row.key);
                assert_eq!(given, numbers[metric.name()], "{at}");
            }
            seen += 1;
        }
        assert_eq!(seen, wanted.len(), "rows are missing of {asked:?}");
    }
}

//! The rollups of a generated shop against the oracle, which shares no code with the product.

use crate::measured::{comparable, measured};
use crate::support::{configure, load, row_hash, serve, warehouse};
use common::kernel::DateRange;
use testkit::TestDb;
use testkit::bigquery::TableSource;
use testkit::db::ServiceLogin;
use testkit::ga4::event::EventReader;
use testkit::ga4::generator::Generator;
use testkit::ga4::oracle::{Oracle, Settings};

fn shop(seed: u64) -> Generator {
    let days =
        DateRange::new("2026-03-27".parse().unwrap(), "2026-04-01".parse().unwrap()).unwrap();
    Generator { sessions_per_day: 120, branches: 5, customers: 40, ..Generator::new(seed, days) }
}

fn days(shop: &Generator) -> Vec<(chrono::NaiveDate, TableSource)> {
    shop.days.iter().map(|day| (day, shop.table(day))).collect()
}

fn oracle(shop: &Generator) -> Oracle {
    let schema = Generator::schema();
    let reader = EventReader::new(&schema);
    let rows = shop.days.iter().flat_map(|day| shop.day(day));
    Oracle::new(rows.filter_map(|row| reader.read(&row)), Settings::default())
}

#[tokio::test]
async fn rollups_equal_the_oracle_over_every_range_and_location() {
    let shop = shop(7);
    let days = days(&shop);
    let test = TestDb::new().await;
    let (db, scope) = (test.connect(ServiceLogin::Data).await, test.alpha());
    configure(&db, &scope).await;
    let server = serve(&days).await;
    let warehouse = warehouse(&server).await;
    // Not in the order of the calendar, so that every load has neighbours to repair.
    for index in [3, 0, 5, 1, 4, 2] {
        load(&db, &scope, &warehouse, days[index].0).await;
    }
    let oracle = oracle(&shop);
    assert!(oracle.duplicates > 0, "the shop has exact duplicates");
    for first in 0..days.len() {
        for last in first..days.len() {
            let range = DateRange::new(days[first].0, days[last].0).unwrap();
            let mut loaded = measured(&db, &scope, range).await;
            let all = loaded.remove("").unwrap_or_default();
            assert_eq!(comparable(all), comparable(oracle.overview(range)), "{range:?}");
            let expected = oracle.locations(range);
            assert_eq!(
                loaded.keys().collect::<Vec<_>>(),
                expected.keys().collect::<Vec<_>>(),
                "{range:?}"
            );
            for (location, metrics) in expected {
                let of = loaded.remove(&location).unwrap_or_default();
                assert_eq!(comparable(of), comparable(metrics), "{location} in {range:?}");
            }
        }
    }
}

#[tokio::test]
async fn generated_days_give_the_same_rows_in_any_order_shuffled_and_split() {
    let shop = shop(11);
    let days = days(&shop);
    let test = TestDb::new().await;
    let db = test.connect(ServiceLogin::Data).await;
    let mut hashes = Vec::new();
    for (scope, order, seed) in
        [(test.alpha(), [0, 1, 2, 3, 4, 5], None), (test.beta(), [5, 2, 0, 4, 1, 3], Some(5))]
    {
        configure(&db, &scope).await;
        let tables: Vec<_> = days
            .iter()
            .map(|(day, table)| match seed {
                Some(seed) => (*day, table.shuffled(seed).unwrap()),
                None => (*day, table.clone()),
            })
            .collect();
        let server = serve(&tables).await;
        if let Some(seed) = seed {
            server.set_paging(testkit::bigquery::Paging {
                max_rows: Some(97),
                split_seed: Some(seed),
                empty_pages: true,
            });
        }
        let warehouse = warehouse(&server).await;
        for index in order {
            load(&db, &scope, &warehouse, days[index].0).await;
        }
        hashes.push(row_hash(&db, &scope).await);
    }
    assert_eq!(hashes[0], hashes[1]);
}

//! What an operator sees at the command line.

use std::process::{Command, Output};

use chrono::NaiveDate;
use testkit::TestDb;
use testkit::bigquery::TableSource;
use testkit::db::ServiceLogin;
use testkit::ga4::generator::Generator;

use crate::support::{configure, load, serve, warehouse};

const DAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 3, 23).unwrap();

fn availability(test: &TestDb, arguments: &[&str]) -> Output {
    let crypto = TestDb::crypto();
    Command::new(env!("CARGO_BIN_EXE_data-service"))
        .args(["availability", "--tenant", "alpha"])
        .args(arguments)
        .env_clear()
        .env("FOOTFALL_DATABASE__URL", test.login_url(ServiceLogin::Data))
        .env("FOOTFALL_CRYPTO__KEYS__TEST", crypto.keys["test"].expose())
        .env("FOOTFALL_CRYPTO__ACTIVE", "test")
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_sees_which_days_are_there() {
    let days = common::kernel::DateRange::new(DAY, DAY).unwrap();
    let shop = Generator { sessions_per_day: 20, ..Generator::new(7, days) };
    let tables: Vec<(NaiveDate, TableSource)> =
        shop.tables().into_iter().map(|(_, rows)| (DAY, rows)).collect();
    let (test, server) = (TestDb::new().await, serve(&tables).await);
    let (db, warehouse) = (test.connect(ServiceLogin::Data).await, warehouse(&server).await);
    configure(&db, &test.alpha()).await;
    let said =
        |output: Output| (output.status.success(), String::from_utf8(output.stdout).unwrap());
    assert_eq!(said(availability(&test, &[])), (true, "no day is loaded\n".to_owned()));

    load(&db, &test.alpha(), &warehouse, DAY).await;
    let (_, text) = said(availability(&test, &[]));
    assert!(text.starts_with("property 1: 1 day, "), "{text}");
    assert!(text.ends_with("    loaded              2026-03-23\n"), "{text}");
    let elsewhere = said(availability(&test, &["--from", "2026-03-24"]));
    assert_eq!(elsewhere, (true, "no day is loaded of what was asked for\n".to_owned()));
    let reversed = availability(&test, &["--from", "2026-03-24", "--to", "2026-03-23"]);
    assert_eq!(reversed.status.code(), Some(1), "{reversed:?}");
}

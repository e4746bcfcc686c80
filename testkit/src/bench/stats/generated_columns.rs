//! The columns of a day of generated sessions.

use std::ops::Range;

use chrono::NaiveDate;
use common::columns::{Dictionary, flag, write_decimals, write_numbers};
use common::db::sql;
use rust_decimal::Decimal;
use sqlx::PgConnection;

use super::generated_row::Owned;
use super::level::BRANCHES;

/// Of the sessions every so many has a purchase.
const BUYS_EVERY: i64 = 33;

/// A dimension's text for the session with this number.
type Value = fn(i64) -> String;

/// In the order of the table's columns.
const DIMENSIONS: [Value; 10] = [
    |n| match n % i64::from(BRANCHES + 1) {
        0 => "(unassigned)".to_owned(),
        branch => format!("{branch:02}"),
    },
    |n| format!("customer {}", n % 900),
    |n| ["desktop", "mobile", "tablet"][(n % 3) as usize].to_owned(),
    |n| format!("country {}", n % 10),
    |n| format!("city {}", n % 40),
    |n| format!("source {}", n % 5),
    |n| format!("medium {}", n % 3),
    |_| "campaign".to_owned(),
    |n| format!("/page/{}", n % 200),
    |n| if n % 3 > 0 { "returning" } else { "new" }.to_owned(),
];

/// As the product has it.
const BLOCK: i64 = 32_768;

/// Writes the columns of as many sessions.
///
/// # Errors
/// When the database refuses.
pub async fn write(
    owner: &mut PgConnection,
    of: Owned,
    date: NaiveDate,
    sessions: u32,
    users: u32,
) -> Result<(), sqlx::Error> {
    let (sessions, users) = (i64::from(sessions), i64::from(users));
    for (at, first) in (0..).zip((1..=sessions).step_by(BLOCK as usize)) {
        let entries = first..sessions.min(first + BLOCK - 1) + 1;
        write_block(owner, of, date, at, entries, users).await?;
    }
    Ok(())
}

async fn write_block(
    owner: &mut PgConnection,
    of: Owned,
    date: NaiveDate,
    at: i32,
    sessions: Range<i64>,
    users: i64,
) -> Result<(), sqlx::Error> {
    let entries = || sessions.clone();
    let bought: Vec<i64> = entries().filter(|n| n % BUYS_EVERY == 0).collect();
    let dimension = |value: Value| {
        let mut dictionary = Dictionary::default();
        let all = entries().chain(bought.iter().copied());
        let codes: Vec<u32> = all.map(|n| dictionary.code(&value(n))).collect();
        dictionary.write(codes.into_iter())
    };
    let of_sessions =
        |number: fn(i64) -> i64| write_numbers(&entries().map(number).collect::<Vec<_>>());
    let flags = |n: i64| {
        let bits = [
            (flag::ENGAGED, n % 10 < 6),
            (flag::CART, n % 10 == 0),
            (flag::CHECKOUT, n % 20 == 0),
            (flag::CONVERTED, n % BUYS_EVERY == 0),
            (flag::ACTIVE, n % 16 > 0),
            (flag::RETURNING, n % 3 > 0),
        ];
        bits.iter().filter(|(_, holds)| *holds).map(|(bit, _)| bit).sum::<i64>()
    };
    // One more than the number; 0 would be nobody.
    let client = |n: i64| n * 7_919 % users + 1;
    let mut dollars = Dictionary::default();
    let dollar = dollars.code("USD");
    let amounts =
        |amount: Decimal| write_decimals(&bought.iter().map(|_| amount).collect::<Vec<_>>());
    let numbers = |values: Vec<i64>| write_numbers(&values);
    let mut query = sql::query(
        "INSERT INTO day_columns (tenant_id, property_id, date, block, sessions, purchases,
           sessionless, refunds, searches,
           branch, customer, device, country, city, source, medium, campaign, landing_page, visitor,
           flags, away, client, known_user, events, page_views, engagement_msec,
           buyer, with_id, currency, revenue, quantity, refund_currency, refund_value, failed)
         VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
           $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)",
    )
    .bind(of.tenant)
    .bind(of.property)
    .bind(date)
    .bind(at)
    .bind(i32::try_from(entries().count()).unwrap_or(i32::MAX))
    .bind(i32::try_from(bought.len()).unwrap_or(i32::MAX));
    for value in DIMENSIONS {
        query = query.bind(dimension(value));
    }
    for column in [
        numbers(entries().map(flags).collect()),
        of_sessions(|_| 0),
        numbers(entries().map(client).collect()),
        numbers(entries().map(|n| if n % 4 > 0 { client(n) } else { 0 }).collect()),
        of_sessions(|n| 4 + n % 7),
        of_sessions(|n| 2 + n % 3),
        of_sessions(|n| n * 7_919 % 60_000),
        numbers(bought.iter().map(|n| client(*n)).collect()),
        numbers(bought.iter().map(|_| 1).collect()),
        dollars.write(bought.iter().map(|_| dollar)),
        amounts(Decimal::new(7_990, 2)),
        amounts(Decimal::TWO),
        dollars.write(std::iter::empty()),
        write_decimals(&[]),
        write_numbers(&[]),
    ] {
        query = query.bind(column);
    }
    query.execute(owner).await.map(drop)
}

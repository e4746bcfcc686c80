//! Whose session it was: user, customer and branch as they were observed.

use chrono::{DateTime, NaiveDate, Utc};
use common::db::{Db, sql};
use common::kernel::TenantScope;
use testkit::TestDb;
use testkit::db::ServiceLogin;

use crate::handmade::{Hit, table};
use crate::support::{configure, load, serve, warehouse};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn micros(at: &str) -> i64 {
    at.parse::<DateTime<Utc>>().unwrap().timestamp_micros()
}

/// What each day of each session says, in order: as observed that day, and of the session as a whole.
async fn sessions(db: &Db, scope: &TenantScope) -> Vec<String> {
    let mut tx = db.tenant(scope).await.unwrap();
    sql::query_scalar(
        "SELECT format('%s day %s %s %s, whole %s %s %s', to_char(s.date, 'DD'),
                       coalesce(day_known_user, '-'), coalesce(day_customer, '-'),
                       coalesce(day_branch, '-'), coalesce(s.known_user, '-'),
                       coalesce(s.customer, '-'), coalesce(s.branch, '-'))
         FROM session_day AS s ORDER BY s.ga_session_id, s.date",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap()
}

#[tokio::test]
async fn the_last_code_that_is_not_null_counts_for_the_whole_session() {
    let test = TestDb::new().await;
    let (db, scope) = (test.connect(ServiceLogin::Data).await, test.alpha());
    configure(&db, &scope).await;
    let hit = |at: &str, session, branch: Option<&str>, customer: Option<&str>, user_id| Hit {
        session,
        user_id,
        properties: branch.into_iter().map(|code| ("branch", code.to_owned())).collect(),
        params: customer.into_iter().map(|code| ("customer_id", code.to_owned())).collect(),
        ..Hit::new(micros(at), "client")
    };
    let (first, second) = (day("2026-05-10"), day("2026-05-11"));
    let tables = [
        (
            first,
            table(
                first,
                &[
                    // Not in the order of time: the last one in time counts.
                    hit("2026-05-10T23:50:00Z", 1, None, Some("C2"), None),
                    hit("2026-05-10T23:40:00Z", 1, Some("B1"), Some("C1"), Some("u1")),
                    hit("2026-05-10T23:45:00Z", 1, Some("B2"), None, None),
                    hit("2026-05-10T12:00:00Z", 2, Some("(not set)"), Some("  "), None),
                    hit("2026-05-10T13:00:00Z", 3, Some(" B3 "), None, None),
                ],
            ),
        ),
        (
            second,
            table(
                second,
                &[
                    hit("2026-05-11T00:10:00Z", 1, Some("B9"), None, None),
                    hit("2026-05-11T00:20:00Z", 1, None, None, None),
                ],
            ),
        ),
    ];
    let server = serve(&tables).await;
    let warehouse = warehouse(&server).await;
    // The later day first: loading the earlier one repairs it.
    load(&db, &scope, &warehouse, second).await;
    assert_eq!(sessions(&db, &scope).await, ["11 day - - B9, whole - - B9"]);
    load(&db, &scope, &warehouse, first).await;
    let expected = [
        "10 day u1 C2 B2, whole u1 C2 B9",
        "11 day - - B9, whole u1 C2 B9",
        "10 day - - -, whole - - -",
        "10 day - - B3, whole - - B3",
    ];
    assert_eq!(sessions(&db, &scope).await, expected);

    // Master data that comes, goes or knows none of the codes rewrites no fact.
    let before = crate::support::row_hash(&db, &scope).await;
    let mut tx = db.tenant(&scope).await.unwrap();
    let tenant = tx.tenant();
    sql::query(
        "INSERT INTO location (tenant_id, code, name, row_hash)
         VALUES ($1, 'B9', 'Ninth', gen_random_uuid())",
    )
    .bind(tenant)
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(crate::support::row_hash(&db, &scope).await, before);
    assert_eq!(sessions(&db, &scope).await, expected, "codes nobody knows are kept");
}

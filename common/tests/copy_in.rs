//! A COPY that is dropped half-way must not reach the next user of its connection.

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use std::fmt::Write;
use std::time::Duration;

use common::db::{Db, DbOptions, TenantTx, sql};
use common::kernel::Secret;
use testkit::TestDb;
use testkit::db::ServiceLogin;
use uuid::Uuid;

const COPY: &str =
    "COPY staging.master_row (load_id, position, code, name, extra, row_hash) FROM STDIN";

fn rows(load: Uuid, count: usize) -> String {
    (0..count).fold(String::new(), |mut text, n| {
        writeln!(text, "{load}\t{n}\tK{n}\tName\t{{}}\t{load}").unwrap();
        text
    })
}

async fn tenant_of(tx: &mut TenantTx) -> Uuid {
    sql::query_scalar("SELECT nullif(current_setting('app.tenant_id', true), '')::uuid")
        .fetch_one(tx.conn())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_copy_dropped_at_any_moment_leaves_the_pool_usable() {
    let test_db = TestDb::new().await;
    let mut options = DbOptions::new(Secret::new(test_db.login_url(ServiceLogin::Data)));
    // The next user gets the very connection that was left.
    options.max_connections = 1;
    let db = Db::connect(&options).await.unwrap();
    let (alpha, beta) = (test_db.alpha(), test_db.beta());
    let text = rows(Uuid::from_u128(1), 2_000);

    for microseconds in (0..8_000).step_by(100) {
        let mut tx = db.tenant(&alpha).await.unwrap();
        let copy = tx.copy_in(COPY, text.as_bytes());
        // Time is what is varied here: each round drops the copy a little later.
        let _ = tokio::time::timeout(Duration::from_micros(microseconds), copy).await;
        drop(tx);

        let mut tx = db.tenant(&beta).await.unwrap();
        assert_eq!(tenant_of(&mut tx).await, tx.tenant(), "after {microseconds} µs");
        let left: i64 = sql::query_scalar("SELECT count(*) FROM staging.master_row")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        assert_eq!(left, 0, "after {microseconds} µs");
    }
}

#[tokio::test]
async fn a_whole_copy_counts_its_rows_and_a_refused_one_is_an_error() {
    let test_db = TestDb::new().await;
    let db = test_db.connect(ServiceLogin::Data).await;
    let mut tx = db.tenant(&test_db.alpha()).await.unwrap();
    let text = rows(Uuid::from_u128(1), 10);
    assert_eq!(tx.copy_in(COPY, text.as_bytes()).await.unwrap(), 10);
    tx.commit().await.unwrap();

    let mut tx = db.tenant(&test_db.alpha()).await.unwrap();
    assert!(tx.copy_in(COPY, b"no uuid\t0\tK\tN\t{}\tno uuid\n").await.is_err());
    drop(tx);
    let mut tx = db.tenant(&test_db.alpha()).await.unwrap();
    let left: i64 = sql::query_scalar("SELECT count(*) FROM staging.master_row")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert_eq!(left, 10);
}

//! The round that erases what is left of deleted tenants.

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::db::{Db, sql};
use common::erasure::{anything_left, erase, keep_erasing};
use common::kernel::{SystemClock, TenantScope};
use common::lifecycle::{Shutdown, Tasks};
use sqlx::{Connection, PgConnection};
use testkit::TestDb;
use testkit::db::ServiceLogin;

async fn suppress(db: &Db, scope: &TenantScope) {
    let mut tx = db.tenant(scope).await.unwrap();
    let tenant = tx.tenant();
    sql::query(
        "INSERT INTO suppression (tenant_id, recipient, report, reason)
         VALUES ($1, 'a@example.com', 'branch', 'test')",
    )
    .bind(tenant)
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

/// The grace period of the tenant ended so many seconds ago.
async fn delete(owner: &mut PgConnection, scope: &TenantScope, seconds: f64) {
    sql::query(
        "UPDATE tenant SET state = 'deleting', delete_after = now() - make_interval(secs => $2)
         WHERE tenant_id = $1",
    )
    .bind(scope.tenant_id().uuid())
    .bind(seconds)
    .execute(owner)
    .await
    .unwrap();
}

async fn assert_erased(db: &Db, scope: &TenantScope) {
    let begun = Instant::now();
    while anything_left(db, scope).await.unwrap() {
        assert!(begun.elapsed() < Duration::from_secs(30), "not erased");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_tenant_whose_time_comes_is_erased_by_a_later_round() {
    let test = TestDb::new().await;
    let db = test.connect(ServiceLogin::Analytics).await;
    let (alpha, beta) = (test.alpha(), test.beta());
    suppress(&db, &alpha).await;
    suppress(&db, &beta).await;
    let tasks = Tasks::new(Shutdown::new());
    let period = Duration::from_millis(20);
    let clock = Arc::new(SystemClock);
    tasks.spawn("erasure", keep_erasing(db.clone(), clock, period, tasks.shutdown().clone()));
    // Rounds go by in which nobody is due.
    tokio::time::sleep(period * 5).await;
    assert!(anything_left(&db, &alpha).await.unwrap());
    let mut owner = PgConnection::connect(test.owner_url()).await.unwrap();
    delete(&mut owner, &alpha, 1.0).await;
    assert_erased(&db, &alpha).await;
    assert!(anything_left(&db, &beta).await.unwrap(), "the other tenant stays");
    tasks.drain(Duration::from_secs(10)).await.unwrap();
}

#[tokio::test]
async fn a_tenant_that_cannot_be_erased_does_not_keep_the_next_one() {
    let test = TestDb::new().await;
    let db = test.connect(ServiceLogin::Analytics).await;
    let (alpha, beta) = (test.alpha(), test.beta());
    suppress(&db, &alpha).await;
    suppress(&db, &beta).await;
    let mut owner = PgConnection::connect(test.owner_url()).await.unwrap();
    for statement in [
        "CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF OLD.recipient = 'kept@example.com' THEN RAISE EXCEPTION 'refused'; END IF;
           RETURN OLD;
         END $$",
        "CREATE TRIGGER refused BEFORE DELETE ON suppression
         FOR EACH ROW EXECUTE FUNCTION refused()",
    ] {
        sql::query(statement).execute(&mut owner).await.unwrap();
    }
    sql::query("UPDATE suppression SET recipient = 'kept@example.com' WHERE tenant_id = $1")
        .bind(alpha.tenant_id().uuid())
        .execute(&mut owner)
        .await
        .unwrap();
    delete(&mut owner, &alpha, 2.0).await;
    delete(&mut owner, &beta, 1.0).await;
    let tasks = Tasks::new(Shutdown::new());
    let (clock, shutdown) = (Arc::new(SystemClock), tasks.shutdown().clone());
    let rounds = keep_erasing(db.clone(), clock, Duration::from_millis(20), shutdown);
    tasks.spawn("erasure", rounds);
    assert_erased(&db, &beta).await;
    assert!(anything_left(&db, &alpha).await.unwrap());
    tasks.drain(Duration::from_secs(10)).await.unwrap();
}

#[tokio::test]
async fn more_than_one_batch_of_rows_goes_in_one_round() {
    let test = TestDb::new().await;
    let db = test.connect(ServiceLogin::Analytics).await;
    let (alpha, beta) = (test.alpha(), test.beta());
    suppress(&db, &beta).await;
    let mut tx = db.tenant(&alpha).await.unwrap();
    let tenant = tx.tenant();
    sql::query(
        "INSERT INTO suppression (tenant_id, recipient, report, reason)
         SELECT $1::uuid, n || '@example.com', 'branch', 'test' FROM generate_series(1, 50001) AS n",
    )
    .bind(tenant)
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(erase(&db, &alpha).await.unwrap(), 50_001);
    assert!(!anything_left(&db, &alpha).await.unwrap());
    assert!(anything_left(&db, &beta).await.unwrap(), "the other tenant stays");
}

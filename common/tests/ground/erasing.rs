//! The round that erases what is left of deleted tenants.

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::db::{Db, sql};
use common::erasure::{anything_left, keep_erasing};
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
    sql::query(
        "UPDATE tenant SET state = 'deleting', delete_after = now() - interval '1 second'
         WHERE tenant_id = $1",
    )
    .bind(alpha.tenant_id().uuid())
    .execute(&mut owner)
    .await
    .unwrap();
    let begun = Instant::now();
    while anything_left(&db, &alpha).await.unwrap() {
        assert!(begun.elapsed() < Duration::from_secs(30), "not erased");
        tokio::time::sleep(period).await;
    }
    assert!(anything_left(&db, &beta).await.unwrap(), "the other tenant stays");
    tasks.drain(Duration::from_secs(10)).await.unwrap();
}

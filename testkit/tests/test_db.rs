//! Each test has a database to itself.

use sqlx::{Connection, Executor, PgConnection, Row};
use testkit::TestDb;
use testkit::db::ServiceLogin;

#[tokio::test]
async fn two_databases_do_not_see_each_other() {
    let (one, two) = tokio::join!(TestDb::new(), TestDb::new());
    let mut connection = PgConnection::connect(one.owner_url()).await.unwrap();
    connection.execute("create table mine (n int)").await.unwrap();

    let mut connection = PgConnection::connect(two.owner_url()).await.unwrap();
    let row = connection.fetch_one("select to_regclass('mine') is null").await.unwrap();
    assert!(row.get::<bool, _>(0));
}

#[tokio::test]
async fn a_dropped_database_is_gone_even_with_open_sessions() {
    let (kept, dropped) = tokio::join!(TestDb::new(), TestDb::new());
    let name = dropped.name().to_owned();
    let session = PgConnection::connect(dropped.owner_url()).await.unwrap();
    drop(dropped);
    drop(session);

    let mut connection = PgConnection::connect(kept.owner_url()).await.unwrap();
    let rows = connection.fetch_all("select datname::text from pg_database").await.unwrap();
    assert!(rows.iter().all(|row| row.get::<String, _>(0) != name));
}

#[tokio::test]
async fn each_service_sees_its_tenant_only() {
    let db = TestDb::new().await;
    for login in ServiceLogin::ALL {
        let service = db.connect(login).await;
        for scope in [db.alpha(), db.beta()] {
            let mut tx = service.tenant(&scope).await.unwrap();
            let rows = tx.conn().fetch_all("select tenant_id from tenant").await.unwrap();
            let seen: Vec<uuid::Uuid> = rows.iter().map(|row| row.get(0)).collect();
            assert_eq!(seen, [scope.tenant_id().uuid()]);
        }
    }
}

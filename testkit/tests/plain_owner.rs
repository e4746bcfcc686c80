//! Managed Postgres hands out no superuser: the schema must go up for a role that merely may create roles.

use common::db::sql::Text;
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::Database;
use sqlx::{Connection, Executor, PgConnection, Row};
use testkit::TestDb;
use testkit::postgres::with_database;

#[tokio::test]
async fn the_schema_goes_up_and_down_without_a_superuser() {
    let db = TestDb::new().await;
    let own = format!("plain_{}", uuid::Uuid::new_v4().simple());
    let mut admin = PgConnection::connect(db.owner_url()).await.unwrap();
    for sql in [
        format!("create role {own} login createrole password '{own}'"),
        format!("create database {own} owner {own}"),
    ] {
        admin.execute(Text::trusted(sql)).await.unwrap();
    }

    let host = db.owner_url().rsplit_once('@').unwrap().1;
    let url = with_database(&format!("postgres://{own}:{own}@{host}"), &own);
    let connection = Database::connect(&url).await.unwrap();
    migrations::roles::ensure(&connection).await.unwrap();
    migrations::Migrator::up(&connection, None).await.unwrap();
    migrations::Migrator::down(&connection, None).await.unwrap();
    migrations::Migrator::up(&connection, None).await.unwrap();
    connection.close().await.unwrap();

    let mut owner = PgConnection::connect(&url).await.unwrap();
    let row = owner.fetch_one("select rolsuper from pg_roles where rolname = current_user");
    assert!(!row.await.unwrap().get::<bool, _>(0));
    owner.close().await.unwrap();
    for sql in [format!("drop database {own} with (force)"), format!("drop role {own}")] {
        admin.execute(Text::trusted(sql)).await.unwrap();
    }
}

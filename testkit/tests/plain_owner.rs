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

    // The way back from tables of months loses no row, though the owner sees none of them.
    let mut superuser = PgConnection::connect(&with_database(db.owner_url(), &own)).await.unwrap();
    let rows = "SELECT (SELECT count(*) FROM job), (SELECT count(*) FROM job_step)";
    for sql in [
        "SELECT ensure_job_month('2026-01-31')",
        "INSERT INTO job (tenant_id, job_id, kind, requested_by, month)
         SELECT tenant_id, gen_random_uuid(), 'k', 'r', m::date
         FROM tenant, unnest(ARRAY['infinity', '2026-01-01']) AS m",
        "INSERT INTO job_step (tenant_id, job_id, step_id, kind, label, state, month)
         SELECT tenant_id, job_id, gen_random_uuid(), 'k', 'l', 'done', month FROM job",
    ] {
        superuser.execute(sql).await.unwrap();
    }
    for down in [true, false] {
        if down {
            migrations::Migrator::down(&connection, Some(1)).await.unwrap();
        } else {
            migrations::Migrator::up(&connection, None).await.unwrap();
        }
        let counted = superuser.fetch_one(rows).await.unwrap();
        assert_eq!((counted.get::<i64, _>(0), counted.get::<i64, _>(1)), (2, 2), "down: {down}");
    }
    superuser.close().await.unwrap();
    connection.close().await.unwrap();

    let mut owner = PgConnection::connect(&url).await.unwrap();
    let row = owner.fetch_one("select rolsuper from pg_roles where rolname = current_user");
    assert!(!row.await.unwrap().get::<bool, _>(0));
    owner.close().await.unwrap();
    for sql in [format!("drop database {own} with (force)"), format!("drop role {own}")] {
        admin.execute(Text::trusted(sql)).await.unwrap();
    }
}

//! The migrated database that every test's own database is a copy of.

use common::db::sql::Text;
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::Database;
use sqlx::{Connection, Executor, PgConnection, Row};

use super::{admin, tenant};
use crate::postgres::with_database;

/// Serialises the making of templates over all test processes; any constant does.
const LOCK: i64 = 0x0F00_7FA1;

/// One template for each state of the schema, so that two checkouts can share a cluster.
pub(super) const NAME: &str = concat!("footfall_template_", env!("FOOTFALL_SCHEMA_HASH"));

/// Makes the template unless it exists. Only a finished one ever bears [`NAME`].
pub(super) async fn ensure(cluster: &str) -> anyhow::Result<()> {
    let mut connection = admin::connect(cluster).await?;
    admin::execute(&mut connection, format!("select pg_advisory_lock({LOCK})")).await?;
    if !exists(&mut connection).await? {
        let unfinished = format!("{NAME}_new");
        admin::execute(
            &mut connection,
            format!("drop database if exists {unfinished} with (force)"),
        )
        .await?;
        admin::execute(&mut connection, format!("create database {unfinished}")).await?;
        fill(&with_database(cluster, &unfinished)).await?;
        admin::execute(&mut connection, format!("alter database {unfinished} rename to {NAME}"))
            .await?;
    }
    connection.close().await?;
    Ok(())
}

async fn exists(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let sql = format!("select exists (select from pg_database where datname = '{NAME}')");
    connection.fetch_one(Text::trusted(sql)).await?.try_get(0)
}

/// Roles, migrations and the two tenants.
pub(super) async fn fill(url: &str) -> anyhow::Result<()> {
    let migrator = Database::connect(url).await?;
    migrations::roles::ensure(&migrator).await?;
    migrations::Migrator::up(&migrator, None).await?;
    migrator.close().await?;

    let mut connection = admin::connect(url).await?;
    for tenant in [tenant::ALPHA, tenant::BETA] {
        admin::execute(&mut connection, tenant.insert()).await?;
    }
    connection.close().await?;
    Ok(())
}

//! Proof that clippy knows what `clippy.toml` bans. It ignores a path it cannot resolve without a word; here each ban is
//! broken under an expectation, and an expectation that is not met fails the clippy run. Compiled, never run.

#![expect(dead_code, reason = "written for clippy only")]

use common::db::Db;
use common::kernel::{PersonId, TenantId, TenantScope};
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, TransactionOptions, TransactionTrait,
};
use sqlx::postgres::PgArguments;

fn main() {}

/// `sqlx::query`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sqlx_query() {
    drop(sqlx::query::<sqlx::Postgres>(""));
}

/// `sqlx::query_as`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sqlx_query_as() {
    drop(sqlx::query_as::<sqlx::Postgres, (i32,)>(""));
}

/// `sqlx::query_scalar`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sqlx_query_scalar() {
    drop(sqlx::query_scalar::<sqlx::Postgres, i32>(""));
}

/// `sqlx::query_with`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sqlx_query_with() {
    drop(sqlx::query_with::<sqlx::Postgres, _>("", PgArguments::default()));
}

/// `sqlx::query_as_with`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sqlx_query_as_with() {
    drop(sqlx::query_as_with::<sqlx::Postgres, (i32,), _>("", PgArguments::default()));
}

/// `sqlx::query_scalar_with`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sqlx_query_scalar_with() {
    drop(sqlx::query_scalar_with::<sqlx::Postgres, i32, _>("", PgArguments::default()));
}

/// `sqlx::raw_sql`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sqlx_raw_sql() {
    drop(sqlx::raw_sql(""));
}

/// `sea_orm::ConnectionTrait::execute_unprepared`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sea_orm_connection_trait_execute_unprepared(db: &impl ConnectionTrait) {
    drop(db.execute_unprepared(""));
}

/// `sea_orm::TransactionTrait::begin`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sea_orm_transaction_trait_begin(db: &impl TransactionTrait) {
    drop(db.begin());
}

/// `sea_orm::TransactionTrait::begin_with_config`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sea_orm_transaction_trait_begin_with_config(db: &impl TransactionTrait) {
    drop(db.begin_with_config(None, None));
}

/// `sea_orm::TransactionTrait::begin_with_options`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sea_orm_transaction_trait_begin_with_options(db: &impl TransactionTrait) {
    drop(db.begin_with_options(TransactionOptions::default()));
}

/// `sea_orm::TransactionTrait::transaction`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sea_orm_transaction_trait_transaction(db: &DatabaseConnection) {
    drop(db.transaction::<_, (), DbErr>(|_| Box::pin(async { Ok(()) })));
}

/// `sea_orm::TransactionTrait::transaction_with_config`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sea_orm_transaction_trait_transaction_with_config(db: &DatabaseConnection) {
    drop(db.transaction_with_config::<_, (), DbErr>(|_| Box::pin(async { Ok(()) }), None, None));
}

/// `sqlx::Pool::begin`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sqlx_pool_begin(pool: &sqlx::PgPool) {
    drop(pool.begin());
}

/// `sqlx::Pool::begin_with`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sqlx_pool_begin_with(pool: &sqlx::PgPool) {
    drop(pool.begin_with("BEGIN"));
}

/// `sqlx::Pool::try_begin`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sqlx_pool_try_begin(pool: &sqlx::PgPool) {
    drop(pool.try_begin());
}

/// `sqlx::Pool::try_begin_with`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sqlx_pool_try_begin_with(pool: &sqlx::PgPool) {
    drop(pool.try_begin_with("BEGIN"));
}

/// `sea_orm::DatabaseConnection::get_postgres_connection_pool`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sea_orm_database_connection_get_postgres_connection_pool(db: &DatabaseConnection) {
    let _ = db.get_postgres_connection_pool();
}

/// `common::kernel::TenantScope::for_operator`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn common_kernel_tenant_scope_for_operator(id: TenantId) {
    drop(TenantScope::for_operator(id));
}

/// `common::auth::scopes_of_person`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn common_auth_scopes_of_person(db: &Db, person: PersonId) {
    drop(common::auth::scopes_of_person(db, person));
}

/// `common::auth::scope_of_invitation`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn common_auth_scope_of_invitation(db: &Db) {
    drop(common::auth::scope_of_invitation(db, &[]));
}

/// `common::auth::scope_of_webhook_endpoint`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn common_auth_scope_of_webhook_endpoint(db: &Db) {
    drop(common::auth::scope_of_webhook_endpoint(db, uuid::Uuid::nil()));
}

/// `common::auth::every_tenant`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn common_auth_every_tenant(db: &Db) {
    drop(common::auth::every_tenant(db));
}

/// `chrono::Utc::now`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn chrono_utc_now() {
    let _ = chrono::Utc::now();
}

/// `chrono::Local::now`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn chrono_local_now() {
    let _ = chrono::Local::now();
}

/// `std::time::SystemTime::now`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn std_time_system_time_now() {
    let _ = std::time::SystemTime::now();
}

/// `tokio::spawn`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn tokio_spawn() {
    drop(tokio::spawn(async {}));
}

/// `tokio::task::spawn`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn tokio_task_spawn() {
    drop(tokio::task::spawn(async {}));
}

/// `tokio::runtime::Handle::spawn`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn tokio_runtime_handle_spawn(handle: &tokio::runtime::Handle) {
    drop(handle.spawn(async {}));
}

/// `reqwest::Client::new`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn reqwest_client_new() {
    drop(reqwest::Client::new());
}

/// `reqwest::Client::builder`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn reqwest_client_builder() {
    drop(reqwest::Client::builder());
}

/// `reqwest::get`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn reqwest_get() {
    drop(reqwest::get(""));
}

/// `sqlx::AssertSqlSafe`
#[expect(clippy::disallowed_methods, reason = "canary")]
fn sqlx_assert_sql_safe() {
    let _ = sqlx::AssertSqlSafe("");
}

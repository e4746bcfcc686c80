//! People as a browser sees them: a session cookie, made as login makes it, and nothing published beside it. For
//! tests of the real processes, which sign with their own keys.

use common::auth::{DEVELOPMENT_COOKIE, Role};
use common::crypto::digest;
use common::db::sql;
use common::kernel::TenantScope;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::TestDb;
use crate::canary;

/// A new member of the tenant who is logged in; answers the `Cookie` header.
///
/// # Errors
/// When the database refuses.
pub async fn logged_in(
    test: &TestDb,
    scope: &TenantScope,
    role: Role,
) -> Result<String, sqlx::Error> {
    let mut owner = PgConnection::connect(test.owner_url()).await?;
    let (person, session) = (Uuid::now_v7(), Uuid::now_v7());
    let secret = canary::secret(session);
    sql::query("INSERT INTO person (person_id, issuer, subject) VALUES ($1, 'test', $1::text)")
        .bind(person)
        .execute(&mut owner)
        .await?;
    sql::query("INSERT INTO membership (tenant_id, person_id, role) VALUES ($2, $1, $3)")
        .bind(person)
        .bind(scope.tenant_id().uuid())
        .bind(role.as_str())
        .execute(&mut owner)
        .await?;
    sql::query(
        "INSERT INTO session (session_id, person_id, token_hash, idle_expires_at, expires_at)
         VALUES ($1, $2, $3, now() + interval '1 hour', now() + interval '1 hour')",
    )
    .bind(session)
    .bind(person)
    .bind(digest(&secret).as_slice())
    .execute(&mut owner)
    .await?;
    Ok(format!("{DEVELOPMENT_COOKIE}={secret}"))
}

/// What a tenant needs before it can be configured.
///
/// # Errors
/// When the database refuses.
pub async fn with_settings(test: &TestDb, scope: &TenantScope) -> Result<(), sqlx::Error> {
    let mut owner = PgConnection::connect(test.owner_url()).await?;
    sql::query(
        "INSERT INTO tenant_setting (tenant_id, document)
         VALUES ($1, '{\"time_zone\": \"Europe/Zurich\", \"currency\": \"CHF\"}')",
    )
    .bind(scope.tenant_id().uuid())
    .execute(&mut owner)
    .await?;
    Ok(())
}

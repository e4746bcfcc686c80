//! People with a browser session.

use common::auth::{DEVELOPMENT_COOKIE, Role};
use common::crypto::digest;
use common::db::sql;
use common::kernel::TenantScope;
use sqlx::PgConnection;
use uuid::Uuid;

/// Creates a member of the tenant who is logged in, and returns the `Cookie` header.
pub async fn cookie(owner: &mut PgConnection, tenant: &TenantScope, role: Role) -> String {
    let (person, session) = (Uuid::now_v7(), Uuid::now_v7());
    let token = format!("token-{session}");
    sql::query(
        "WITH who AS (
           INSERT INTO person (person_id, issuer, subject) VALUES ($1, 'https://idp.example', $1::text)),
         may AS (
           INSERT INTO membership (tenant_id, person_id, role) VALUES ($2, $1, $3))
         SELECT 1",
    )
    .bind(person)
    .bind(tenant.tenant_id().uuid())
    .bind(role.as_str())
    .execute(&mut *owner)
    .await
    .unwrap();
    sql::query(
        "INSERT INTO session (session_id, person_id, token_hash, idle_expires_at, expires_at)
         VALUES ($1, $2, $3, now() + interval '1 hour', now() + interval '1 hour')",
    )
    .bind(session)
    .bind(person)
    .bind(digest(&token).as_slice())
    .execute(owner)
    .await
    .unwrap();
    format!("{DEVELOPMENT_COOKIE}={token}")
}

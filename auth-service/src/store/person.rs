//! People, known by issuer and subject.

use chrono::{DateTime, Utc};
use common::db::{DbError, IdentityTx, sql};
use common::kernel::PersonId;
use uuid::Uuid;

use crate::domain::identity::Identity;

/// The person behind a provider's identity, made when new. Address and name follow the provider.
///
/// # Errors
/// What the database refused.
pub async fn logged_in(
    tx: &mut IdentityTx,
    identity: &Identity,
    now: DateTime<Utc>,
) -> Result<PersonId, DbError> {
    let id: Uuid = sql::query_scalar(
        "INSERT INTO person (person_id, issuer, subject, email, display_name, last_login_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (issuer, subject) DO UPDATE SET
           email = coalesce(excluded.email, person.email),
           display_name = coalesce(excluded.display_name, person.display_name),
           last_login_at = excluded.last_login_at
         RETURNING person_id",
    )
    .bind(PersonId::mint().uuid())
    .bind(&identity.issuer)
    .bind(&identity.subject)
    .bind(&identity.email)
    .bind(&identity.display_name)
    .bind(now)
    .fetch_one(tx.conn())
    .await?;
    Ok(PersonId::from_uuid(id))
}

/// The person with this identity before they ever logged in, for whom an operator makes a tenant.
///
/// # Errors
/// What the database refused.
pub async fn announced(
    tx: &mut IdentityTx,
    issuer: &str,
    subject: &str,
    email: Option<&str>,
) -> Result<PersonId, DbError> {
    let id: Uuid = sql::query_scalar(
        "INSERT INTO person (person_id, issuer, subject, email) VALUES ($1, $2, $3, $4)
         ON CONFLICT (issuer, subject) DO UPDATE SET email = coalesce(person.email, excluded.email)
         RETURNING person_id",
    )
    .bind(PersonId::mint().uuid())
    .bind(issuer)
    .bind(subject)
    .bind(email)
    .fetch_one(tx.conn())
    .await?;
    Ok(PersonId::from_uuid(id))
}

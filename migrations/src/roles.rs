//! Database roles. They belong to the cluster, not to one database, so they are made before the
//! migrations and outside of them, as often as anyone likes.

#![expect(clippy::disallowed_methods, reason = "roles cannot be bound as values")]

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};

/// The login of each service, with the group it stands for.
pub const LOGINS: [&str; 3] =
    ["footfall_auth_service", "footfall_data_service", "footfall_analytics_service"];

/// Makes the groups and logins that do not exist yet, and their memberships.
///
/// A login has the rights of `footfall_app` at all times. Those of `footfall_worker` and
/// `footfall_auth` it has only after `SET ROLE`: the way there leads through
/// `footfall_gate`, which hands on membership but no rights.
///
/// # Errors
/// When the connection may not create roles.
pub async fn ensure(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    for (role, attributes) in [
        ("footfall_app", "NOLOGIN"),
        ("footfall_worker", "NOLOGIN"),
        ("footfall_auth", "NOLOGIN"),
        ("footfall_gate", "NOLOGIN NOINHERIT"),
    ]
    .into_iter()
    .chain(LOGINS.map(|login| (login, "LOGIN")))
    {
        // Two processes may come at once: the loser of the race finds what it wanted to make.
        db.execute_unprepared(&format!(
            "DO $$ BEGIN
               IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                 CREATE ROLE {role} {attributes} NOSUPERUSER NOBYPASSRLS;
               END IF;
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
             END $$"
        ))
        .await?;
    }
    let logins = LOGINS.join(", ");
    for (group, members) in [
        ("footfall_app", logins.as_str()),
        ("footfall_worker", "footfall_gate"),
        ("footfall_auth", "footfall_gate"),
        ("footfall_gate", logins.as_str()),
    ] {
        db.execute_unprepared(&format!(
            "DO $$ BEGIN
               IF EXISTS (
                 SELECT FROM unnest(string_to_array('{members}', ', ')) AS member
                 WHERE NOT EXISTS (
                   SELECT FROM pg_auth_members
                   WHERE roleid = '{group}'::regrole AND member = member::regrole))
               THEN GRANT {group} TO {members};
               END IF;
             EXCEPTION WHEN unique_violation THEN NULL;
             END $$"
        ))
        .await?;
    }
    Ok(())
}

/// Sets the password of one login.
///
/// # Errors
/// When the connection may not alter the role.
pub async fn set_password(
    db: &impl ConnectionTrait,
    login: &str,
    password: &str,
) -> Result<(), DbErr> {
    let quoted = password.replace('\'', "''");
    db.execute_unprepared(&format!(
        "ALTER ROLE {} PASSWORD '{quoted}'",
        Alias::new(login).to_string()
    ))
    .await?;
    Ok(())
}

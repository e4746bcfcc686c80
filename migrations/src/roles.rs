//! Database roles. They belong to the cluster, not to one database, so they are made before the
//! migrations and outside of them, as often as anyone likes.

#![expect(clippy::disallowed_methods, reason = "roles cannot be bound as values")]

use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait,
};

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

/// Sets the password of one login. It is a bound value: drivers and servers log the text of statements, also of those
/// that failed.
///
/// # Errors
/// When the connection may not alter the role.
pub async fn set_password(
    db: &DatabaseConnection,
    login: &str,
    password: &str,
) -> Result<(), DbErr> {
    let transaction = db.begin().await?;
    let values = [login.into(), password.into()];
    let told = "SELECT set_config('footfall.login', $1, true),
                       set_config('footfall.password', $2, true)";
    let told = Statement::from_sql_and_values(DbBackend::Postgres, told, values);
    transaction.execute_raw(told).await?;
    transaction
        .execute_unprepared(
            "DO $$ BEGIN
               EXECUTE format('ALTER ROLE %I PASSWORD %L',
                 current_setting('footfall.login'), current_setting('footfall.password'));
             EXCEPTION WHEN OTHERS THEN
               RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = SQLERRM;
             END $$",
        )
        .await?;
    transaction.commit().await
}

//! `footfall-migrate`: brings the schema up, down, or tells where it stands.

use std::env::VarError;
use std::ffi::OsString;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{Database, DbErr};

const USAGE: &str = "usage: footfall-migrate up | down [STEPS] | status
environment: DATABASE_URL, of the owner of the database
             FOOTFALL_LOGIN_PASSWORD_{AUTH,DATA,ANALYTICS}_SERVICE, to set the logins' passwords";

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match run().await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            std::process::ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(OsString::into_string)
        .collect::<Result<_, _>>()
        .map_err(|_| USAGE.to_owned())?;
    let url = std::env::var("DATABASE_URL").map_err(|_| USAGE.to_owned())?;
    let passwords = passwords()?;
    let db = Database::connect(&url).await.map_err(|e| e.to_string())?;
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["up"] => up(&db, &passwords).await,
        ["down"] => migrations::Migrator::down(&db, Some(1)).await,
        ["down", steps] => {
            let steps = steps.parse().map_err(|_| USAGE.to_owned())?;
            migrations::Migrator::down(&db, Some(steps)).await
        }
        ["status"] => status(&db).await,
        _ => return Err(USAGE.to_owned()),
    };
    result.map_err(|e| e.to_string())
}

/// Of the logins that are to get one.
fn passwords() -> Result<Vec<(&'static str, String)>, String> {
    let mut passwords = Vec::new();
    for login in migrations::roles::LOGINS {
        let variable = login.replace("footfall_", "FOOTFALL_LOGIN_PASSWORD_").to_uppercase();
        match std::env::var(&variable) {
            Ok(password) => passwords.push((login, password)),
            Err(VarError::NotPresent) => {}
            Err(VarError::NotUnicode(_)) => {
                return Err(format!("{variable}: expected text in UTF-8"));
            }
        }
    }
    Ok(passwords)
}

async fn up(
    db: &sea_orm_migration::sea_orm::DatabaseConnection,
    passwords: &[(&'static str, String)],
) -> Result<(), DbErr> {
    migrations::roles::ensure(db).await?;
    for (login, password) in passwords {
        migrations::roles::set_password(db, login, password).await?;
    }
    migrations::Migrator::up(db, None).await
}

async fn status(db: &sea_orm_migration::sea_orm::DatabaseConnection) -> Result<(), DbErr> {
    let pending = migrations::Migrator::get_pending_migrations(db).await?;
    println!("newest: {}", migrations::latest());
    println!("pending: {}", pending.len());
    Ok(())
}

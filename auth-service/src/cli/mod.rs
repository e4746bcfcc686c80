//! The command line.

mod audit;
mod keys;
mod tenant;
mod value;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use common::boot::{Boot, run as boot};
use common::config::{ServiceConfig, load};
use common::lifecycle::Exit;

use crate::config::Config;
use crate::roles;

const SERVICE: &str = "auth-service";

/// The newest migration whose schema this binary needs.
pub(crate) const SCHEMA: &str = "m12_access";

/// Login, tokens, tenants and their configuration.
#[derive(Debug, Parser)]
#[command(name = SERVICE, version)]
pub struct Cli {
    /// Configuration file; environment variables `FOOTFALL_<SECTION>__<KEY>` win over it.
    #[arg(long, global = true, env = "FOOTFALL_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Answers the web API.
    Serve,
    /// Rotates keys, erases deleted tenants and removes what is outdated.
    Work,
    /// Makes, shows, suspends and deletes tenants.
    #[command(subcommand)]
    Tenant(tenant::TenantVerb),
    /// Replaces the keys that seal and sign.
    #[command(subcommand)]
    Keys(keys::KeysVerb),
    /// Prints the audit trail of a tenant.
    Audit(audit::AuditArgs),
    /// Judges the configuration.
    #[command(subcommand)]
    Config(ConfigVerb),
}

#[derive(Debug, Subcommand)]
enum ConfigVerb {
    /// Reads the configuration as a process would, and says what is wrong with it.
    Check,
}

/// Runs one verb to its end.
#[must_use]
pub fn run(cli: Cli) -> Exit {
    let start =
        Boot { service: SERVICE, config_file: cli.config.clone(), schema: SCHEMA.to_owned() };
    match cli.verb {
        Verb::Serve => boot(start, roles::serve),
        Verb::Work => boot(start, roles::work),
        Verb::Tenant(verb) => boot(start, |running| tenant::tenant(running, verb)),
        Verb::Keys(verb) => boot(start, |running| keys::keys(running, verb)),
        Verb::Audit(arguments) => boot(start, |running| audit::audit(running, arguments)),
        Verb::Config(ConfigVerb::Check) => check(&cli.config),
    }
}

fn check(file: &Option<PathBuf>) -> Exit {
    let checked = load::<Config>(SERVICE, file.as_deref()).and_then(|config| {
        config.validate()?;
        common::crypto::Keyring::from_settings(&config.crypto)
            .map_err(|error| common::config::ConfigError::invalid("crypto.keys", error.to_string()))
    });
    match checked {
        Ok(_) => {
            println!("the configuration is usable");
            Exit::Drained
        }
        Err(error) => {
            eprintln!("{:#}", anyhow::Error::new(error));
            Exit::Configuration
        }
    }
}

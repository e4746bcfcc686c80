//! The command line.

use std::path::PathBuf;

use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand};
use common::boot::{Boot, Running, run as boot};
use common::config::{ServiceConfig, load};
use common::kernel::Currency;
use common::lifecycle::Exit;

use crate::app::{Created, NewTenant, create_tenant};
use crate::config::Config;
use crate::domain::currency;
use crate::roles;

const SERVICE: &str = "auth-service";

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
    /// Rotates keys and removes what is outdated.
    Work,
    /// Makes and shows tenants.
    #[command(subcommand)]
    Tenant(TenantVerb),
    /// Judges the configuration.
    #[command(subcommand)]
    Config(ConfigVerb),
}

#[derive(Debug, Subcommand)]
enum TenantVerb {
    /// Makes a tenant and its owner, and prints the tenant's id. The same slug again makes nothing new.
    Create(Create),
}

#[derive(Debug, Subcommand)]
enum ConfigVerb {
    /// Reads the configuration as a process would, and says what is wrong with it.
    Check,
}

#[derive(Debug, Args)]
struct Create {
    /// Short name: lower-case letters, digits and hyphens.
    #[arg(long, value_parser = slug)]
    slug: String,
    #[arg(long)]
    name: String,
    /// IANA name, such as Europe/Zurich.
    #[arg(long)]
    time_zone: Tz,
    /// ISO 4217 code, such as CHF.
    #[arg(long, value_parser = known_currency)]
    currency: Currency,
    /// `sub` of the owner at the identity provider.
    #[arg(long)]
    owner_subject: String,
    /// Issuer of the owner's identity; the configured one when absent.
    #[arg(long)]
    owner_issuer: Option<String>,
    #[arg(long)]
    owner_email: Option<String>,
}

/// Runs one verb to its end.
#[must_use]
pub fn run(cli: Cli) -> Exit {
    let start =
        Boot { service: SERVICE, config_file: cli.config.clone(), schema: migrations::latest() };
    match cli.verb {
        Verb::Serve => boot(start, roles::serve),
        Verb::Work => boot(start, roles::work),
        Verb::Tenant(TenantVerb::Create(new)) => boot(start, |running| create(running, new)),
        Verb::Config(ConfigVerb::Check) => check(&cli.config),
    }
}

async fn create(running: Running<Config>, new: Create) -> anyhow::Result<()> {
    let owner_issuer = new.owner_issuer.unwrap_or_else(|| running.config.oidc.issuer.clone());
    let tenant = NewTenant {
        slug: new.slug,
        name: new.name,
        time_zone: new.time_zone,
        currency: new.currency,
        owner_issuer,
        owner_subject: new.owner_subject,
        owner_email: new.owner_email,
    };
    let created = create_tenant(&running.db, &running.clock, &tenant).await?;
    match created {
        Created::New(_) => eprintln!("made the tenant {}", tenant.slug),
        Created::Known(_) => eprintln!("the tenant {} exists; its owner is a member", tenant.slug),
    }
    println!("{}", created.tenant_id());
    Ok(())
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

fn slug(text: &str) -> Result<String, String> {
    let good = (1..=63).contains(&text.len())
        && !text.starts_with('-')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if good {
        Ok(text.to_owned())
    } else {
        Err("expected lower-case letters, digits and hyphens".to_owned())
    }
}

fn known_currency(text: &str) -> Result<Currency, String> {
    let code = text.to_ascii_uppercase();
    if currency::known(&code) {
        code.parse().map_err(|_| "not a currency".to_owned())
    } else {
        Err("not an ISO 4217 currency".to_owned())
    }
}

//! `auth-service tenant`: makes, shows, suspends and deletes tenants.

use chrono::TimeDelta;
use chrono_tz::Tz;
use clap::{Args, Subcommand};
use common::boot::Running;
use common::db::Db;
use common::kernel::{Currency, TenantScope};
use poem_openapi::types::ToJSON;

use super::value::{known_currency, name, slug};
use crate::app::{
    App, Created, NewTenant, change_tenant_state, create_tenant, export_tenant_as_operator,
    rename_tenant_as_operator,
};
use crate::config::Config;
use crate::domain::tenant_life::Wish;
use crate::store::tenant;
use crate::wire;

/// What `tenant` is told.
#[derive(Debug, Subcommand)]
pub(super) enum TenantVerb {
    /// Makes a tenant and its owner, and prints the tenant's id. The same slug again makes nothing new.
    Create(Create),
    /// Lists all tenants with their state.
    List,
    /// Gives a tenant another name.
    Rename {
        #[command(flatten)]
        tenant: Named,
        #[arg(long, value_parser = name)]
        name: String,
    },
    /// Stops all access within seconds and starts no more of its jobs.
    Suspend(Named),
    /// Takes a suspension back, or a deletion within its grace period.
    Resume(Named),
    /// Prints configuration, members, invitations and keys as JSON, without secrets.
    Export(Named),
    /// Stops all access now, and erases the tenant's data when the grace period is over. Its audit trail stays.
    Delete {
        #[command(flatten)]
        tenant: Named,
        /// Days until the data is erased.
        #[arg(long, default_value_t = 30)]
        grace_days: u16,
    },
}

#[derive(Debug, Args)]
pub(super) struct Named {
    /// The tenant's short name.
    #[arg(long, value_parser = slug)]
    slug: String,
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// Short name: lower-case letters, digits and hyphens.
    #[arg(long, value_parser = slug)]
    slug: String,
    #[arg(long, value_parser = name)]
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

/// # Errors
/// When the tenant is unknown, or cannot be changed that way.
pub(super) async fn tenant(running: Running<Config>, verb: TenantVerb) -> anyhow::Result<()> {
    let wish = match &verb {
        TenantVerb::Suspend(_) => Some(Wish::Suspend),
        TenantVerb::Resume(_) => Some(Wish::Resume),
        TenantVerb::Delete { grace_days, .. } => {
            Some(Wish::Delete { grace: TimeDelta::days((*grace_days).into()) })
        }
        _ => None,
    };
    match (verb, wish) {
        (TenantVerb::Create(new), _) => create(running, new).await,
        (TenantVerb::List, _) => list(&running.db).await,
        (TenantVerb::Rename { tenant, name }, _) => {
            let scope = scope_of_slug(&running.db, &tenant.slug).await?;
            rename_tenant_as_operator(&running.db, &scope, &name).await?;
            println!("{name}");
            Ok(())
        }
        (TenantVerb::Export(tenant), _) => export(running, &tenant).await,
        (
            TenantVerb::Suspend(tenant)
            | TenantVerb::Resume(tenant)
            | TenantVerb::Delete { tenant, .. },
            Some(wish),
        ) => {
            let scope = scope_of_slug(&running.db, &tenant.slug).await?;
            let row = change_tenant_state(&running.db, &running.clock, &scope, wish).await?;
            match row.delete_after {
                Some(at) => println!("{} {}, erased after {at}", tenant.slug, row.state),
                None => println!("{} {}", tenant.slug, row.state),
            }
            Ok(())
        }
        _ => Ok(()),
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

async fn list(db: &Db) -> anyhow::Result<()> {
    for row in tenant::all(&mut db.lookup().await?).await? {
        println!("{}  {:<10} {:<24} {}", row.tenant_id, row.state, row.slug, row.name);
    }
    Ok(())
}

async fn export(running: Running<Config>, named: &Named) -> anyhow::Result<()> {
    let scope = scope_of_slug(&running.db, &named.slug).await?;
    let app = App::new(running.config, running.db, running.clock)?;
    let export = export_tenant_as_operator(&app, &scope).await?;
    println!("{}", wire::TenantExport::try_from(export)?.to_json_string());
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "an administrative command names its tenant")]
pub(super) async fn scope_of_slug(db: &Db, slug: &str) -> anyhow::Result<TenantScope> {
    let found = tenant::by_slug(&mut db.lookup().await?, slug).await?;
    found
        .map(TenantScope::for_operator)
        .ok_or_else(|| anyhow::anyhow!("there is no tenant `{slug}`"))
}

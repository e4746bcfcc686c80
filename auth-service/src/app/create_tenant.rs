//! Makes a tenant and its first owner.

use chrono_tz::Tz;
use common::audit::{self, Entry};
use common::auth::Role;
use common::db::DbError;
use common::kernel::{Currency, PersonId, SharedClock, TenantId, TenantScope};
use common::tenant_config::TenantSettings;

use crate::error::Error;
use crate::store::{person, tenant};

/// How many steps of a new tenant may run at once.
const SLOTS: i32 = 4;

/// What the operator says about it.
#[derive(Debug, Clone)]
pub struct NewTenant {
    pub slug: String,
    pub name: String,
    pub time_zone: Tz,
    pub currency: Currency,
    pub owner_issuer: String,
    pub owner_subject: String,
    pub owner_email: Option<String>,
}

/// Whether anything was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    New(TenantId),
    /// It was there; the owner was made a member, and nothing else changed.
    Known(TenantId),
}

impl Created {
    #[must_use]
    pub const fn tenant_id(self) -> TenantId {
        match self {
            Self::New(id) | Self::Known(id) => id,
        }
    }
}

/// Idempotent by slug.
///
/// # Errors
/// What the database refused.
pub async fn create_tenant(
    db: &common::db::Db,
    clock: &SharedClock,
    new: &NewTenant,
) -> Result<Created, Error> {
    let existing = known(db, &new.slug).await?;
    let mut identity = db.identity().await?;
    let owner = person::announced(
        &mut identity,
        &new.owner_issuer,
        &new.owner_subject,
        new.owner_email.as_deref(),
    )
    .await?;
    identity.commit().await?;
    match existing {
        Some(tenant_id) => add_owner(db, clock, tenant_id, owner).await,
        None => match make(db, clock, new, owner).await {
            // Someone else made it in the meantime.
            Err(Error::Db(DbError::Unique { constraint }))
                if constraint == "tenant_slug_unique" =>
            {
                let tenant_id = known(db, &new.slug).await?.ok_or(Error::NotYours)?;
                add_owner(db, clock, tenant_id, owner).await
            }
            made => made,
        },
    }
}

async fn known(db: &common::db::Db, slug: &str) -> Result<Option<TenantId>, Error> {
    match tenant::by_slug(&mut db.lookup().await?, slug).await? {
        Some(TenantId::SYSTEM) => Err(Error::ReservedSlug),
        known => Ok(known),
    }
}

#[expect(clippy::disallowed_methods, reason = "an operator's command names the tenant")]
async fn make(
    db: &common::db::Db,
    clock: &SharedClock,
    new: &NewTenant,
    owner: PersonId,
) -> Result<Created, Error> {
    let tenant_id = TenantId::mint();
    let now = clock.now();
    let document = serde_json::to_value(TenantSettings::new(new.time_zone, new.currency))?;
    let mut tx = db.tenant(&TenantScope::for_operator(tenant_id)).await?;
    tenant::insert(&tx, &new.slug, &new.name, now).await?;
    tenant::insert_settings(&tx, document, now).await?;
    tenant::insert_slots(&tx, SLOTS).await?;
    tenant::add_member(&tx, owner, Role::Owner, now).await?;
    audit::record(&mut tx, &Entry::done("operator", "tenant.created", "tenant")).await?;
    tx.commit().await?;
    Ok(Created::New(tenant_id))
}

#[expect(clippy::disallowed_methods, reason = "an operator's command names the tenant")]
async fn add_owner(
    db: &common::db::Db,
    clock: &SharedClock,
    tenant_id: TenantId,
    owner: PersonId,
) -> Result<Created, Error> {
    let mut tx = db.tenant(&TenantScope::for_operator(tenant_id)).await?;
    if tenant::add_member(&tx, owner, Role::Owner, clock.now()).await? {
        let object = format!("person:{owner}");
        audit::record(&mut tx, &Entry::done("operator", "member.added", &object)).await?;
    }
    tx.commit().await?;
    Ok(Created::Known(tenant_id))
}

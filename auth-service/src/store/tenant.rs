//! Tenants and what each begins with.

use chrono::{DateTime, Utc};
use common::auth::Role;
use common::db::{DbError, LookupTx, TenantTx, sql};
use common::entity::{membership, tenant, tenant_setting, tenant_slot};
use common::kernel::{PersonId, TenantId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::Value;
use uuid::Uuid;

use crate::domain::tenant_life::{Life, State};

/// The tenant with this slug.
///
/// # Errors
/// What the database refused.
pub async fn by_slug(lookup: &mut LookupTx, slug: &str) -> Result<Option<TenantId>, DbError> {
    let id: Option<Uuid> = sql::query_scalar("SELECT tenant_id FROM tenant WHERE slug = $1")
        .bind(slug)
        .fetch_optional(lookup.conn())
        .await?;
    Ok(id.map(TenantId::from_uuid))
}

/// A tenant as it may be shown.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TenantRow {
    pub tenant_id: Uuid,
    pub slug: String,
    pub name: String,
    pub state: String,
    pub created_at: DateTime<Utc>,
    /// Set while a deletion is under way.
    pub delete_after: Option<DateTime<Utc>>,
}

impl TenantRow {
    /// A state this binary does not know counts as deleted: nothing may be done with it.
    #[must_use]
    pub fn life(&self) -> Life {
        (State::stored(&self.state).unwrap_or(State::Deleted), self.delete_after)
    }
}

/// # Errors
/// What the database refused.
pub async fn find(tx: &mut TenantTx) -> Result<TenantRow, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT tenant_id, slug, name, state, created_at, delete_after
         FROM tenant WHERE tenant_id = $1",
    )
    .bind(tenant)
    .fetch_one(tx.conn())
    .await?)
}

/// As [`find`]; nobody else changes the tenant while the transaction lasts.
///
/// # Errors
/// What the database refused.
pub async fn lock(tx: &mut TenantTx) -> Result<TenantRow, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT tenant_id, slug, name, state, created_at, delete_after
         FROM tenant WHERE tenant_id = $1 FOR NO KEY UPDATE",
    )
    .bind(tenant)
    .fetch_one(tx.conn())
    .await?)
}

/// All tenants but the system's own, by slug.
///
/// # Errors
/// What the database refused.
pub async fn all(lookup: &mut LookupTx) -> Result<Vec<TenantRow>, DbError> {
    Ok(sql::query_as(
        "SELECT tenant_id, slug, name, state, created_at, delete_after
         FROM tenant WHERE tenant_id <> $1 ORDER BY slug",
    )
    .bind(TenantId::SYSTEM.uuid())
    .fetch_all(lookup.conn())
    .await?)
}

/// # Errors
/// [`DbError::Check`] when the name is empty or too long.
pub async fn rename(tx: &mut TenantTx, name: &str) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query("UPDATE tenant SET name = $2 WHERE tenant_id = $1")
        .bind(tenant)
        .bind(name)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// # Errors
/// What the database refused.
pub async fn set_life(
    tx: &mut TenantTx,
    state: State,
    delete_after: Option<DateTime<Utc>>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query("UPDATE tenant SET state = $2, delete_after = $3 WHERE tenant_id = $1")
        .bind(tenant)
        .bind(state.as_str())
        .bind(delete_after)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// What is left of an erased tenant: its id, for the audit trail. Name and slug are forgotten.
///
/// # Errors
/// What the database refused.
pub async fn close(tx: &mut TenantTx) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "UPDATE tenant SET state = 'deleted', name = 'Deleted', slug = 'deleted-' || tenant_id
         WHERE tenant_id = $1",
    )
    .bind(tenant)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// # Errors
/// [`DbError::Unique`] when the slug is taken.
pub async fn insert(
    tx: &TenantTx,
    slug: &str,
    name: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let row = tenant::ActiveModel {
        tenant_id: Set(tx.tenant()),
        slug: Set(slug.to_owned()),
        name: Set(name.to_owned()),
        state: Set("active".to_owned()),
        created_at: Set(now),
    };
    tenant::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// # Errors
/// What the database refused.
pub async fn insert_settings(
    tx: &TenantTx,
    document: Value,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let row = tenant_setting::ActiveModel {
        tenant_id: Set(tx.tenant()),
        version: Set(1),
        document: Set(document),
        updated_at: Set(now),
        updated_by: Set(None),
    };
    tenant_setting::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// How many steps of a tenant may run at once.
///
/// # Errors
/// What the database refused.
pub async fn insert_slots(tx: &TenantTx, slots: i32) -> Result<(), DbError> {
    let rows = (0..slots).map(|slot| tenant_slot::ActiveModel {
        tenant_id: Set(tx.tenant()),
        slot: Set(slot),
        step_id: Set(None),
    });
    tenant_slot::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Makes a person a member; one who is keeps their role and state. True when they were none.
///
/// # Errors
/// What the database refused.
pub async fn add_member(
    tx: &TenantTx,
    person: PersonId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let row = membership::ActiveModel {
        tenant_id: Set(tx.tenant()),
        person_id: Set(person.uuid()),
        role: Set(role.as_str().to_owned()),
        state: Set("active".to_owned()),
        created_at: Set(now),
    };
    let known = OnConflict::columns([membership::Column::TenantId, membership::Column::PersonId])
        .do_nothing()
        .to_owned();
    let insert = membership::Entity::insert(row).on_conflict(known);
    match insert.exec_without_returning(tx).await {
        Ok(added) => Ok(added > 0),
        Err(sea_orm::DbErr::RecordNotInserted) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

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
        virtual_time: Set(0.0),
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

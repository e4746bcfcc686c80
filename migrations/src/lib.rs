//! The schema of the one database that the three services share.
//!
//! One change a file, append-only, expand before contract. Every table with tenants' rows is
//! put under row-level security by [`tenancy::tenant_table`], which also names its one writer.

use sea_orm_migration::prelude::*;

mod change;
pub mod roles;
mod tenancy;

/// The ordered list of changes.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        change::all()
    }
}

/// Name of the newest change, which a binary built with this crate needs in its database.
#[must_use]
pub fn latest() -> String {
    Migrator::migrations().last().map(|m| m.name().to_owned()).unwrap_or_default()
}

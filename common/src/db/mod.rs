//! The way to Postgres: a pool nobody sees and four doors through it.
//!
//! [`Db::tenant`] for the rows of one tenant, [`Db::worker`] for the queues of all tenants,
//! [`Db::lookup`] for credentials before the tenant is known, [`Db::identity`] for the tables
//! without a tenant. [`Db::snapshot`] is the first of them, read-only and of one state. Each door
//! is a transaction opened in one round trip; dropping it rolls back.

mod abandon;
mod connect;
mod door;
mod error;
mod leader;
mod listen;
mod schema;
pub mod sql;

pub use abandon::Abandonable;
pub use connect::{Db, DbOptions};
pub use door::{IdentityTx, LookupTx, TenantTx, WorkerTx};
pub use error::DbError;
pub use leader::Leader;
pub use listen::listen;
pub use schema::SchemaMismatch;

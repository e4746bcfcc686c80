//! The steps this service runs, with what they need.

use std::sync::Arc;

use common::boot::Running;
use common::crypto::{Keyring, KeyringError};
use common::db::Db;
use common::jobs::Registry;
use common::net::{Breaker, BreakerSettings, Circuits, EgressPolicy};

use crate::adapters::bigquery::SystemPause;
use crate::app::master_data::MasterData;
use crate::app::open_warehouse::Ingestion;
use crate::config::Config;
use crate::jobs::{FindShards, LoadCustomers, LoadLocations, LoadShard};

/// The tenants' warehouses, over `db`.
///
/// # Errors
/// When a key in the configuration cannot be used.
pub(super) fn ingestion(running: &Running<Config>, db: &Db) -> Result<Ingestion, KeyringError> {
    let Running { config, clock, .. } = running;
    let circuit = BreakerSettings::from(&config.net);
    Ok(Ingestion {
        db: db.clone(),
        keyring: Arc::new(Keyring::from_settings(&config.crypto)?),
        bigquery: config.bigquery.clone(),
        clock: clock.clone(),
        pause: Arc::new(SystemPause),
        circuit: Breaker::new("bigquery", circuit, clock.clone()),
    })
}

/// Over `db`, which has the statement limit of workers.
///
/// # Errors
/// When a key in the configuration cannot be used.
pub(super) fn steps(running: &Running<Config>, db: &Db) -> Result<Registry, KeyringError> {
    let Running { config, clock, .. } = running;
    let keyring = Keyring::from_settings(&config.crypto)?;
    let egress = EgressPolicy::new(&config.net);
    let circuit = BreakerSettings::from(&config.net);
    let ingestion = ingestion(running, db)?;
    let servers = Circuits::new("sftp", circuit, clock.clone());
    let files = MasterData::new(db.clone(), keyring, egress, servers, clock.clone());
    Ok(Registry::new()
        .with(FindShards(ingestion.clone()))
        .with(LoadShard(ingestion))
        .with(LoadLocations(files.clone()))
        .with(LoadCustomers(files)))
}

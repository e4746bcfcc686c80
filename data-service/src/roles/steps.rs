//! The steps this service runs, with what they need.

use common::boot::Running;
use common::crypto::{Keyring, KeyringError};
use common::db::Db;
use common::jobs::Registry;
use common::net::EgressPolicy;

use crate::config::Config;
use crate::jobs::{LoadCustomers, LoadLocations, MasterData};

/// Over `db`, which has the statement limit of workers.
///
/// # Errors
/// When a key in the configuration cannot be used.
pub(super) fn steps(running: &Running<Config>, db: &Db) -> Result<Registry, KeyringError> {
    let Running { config, clock, .. } = running;
    let keyring = Keyring::from_settings(&config.crypto)?;
    let egress = EgressPolicy::new(&config.net);
    let files = MasterData::new(db.clone(), keyring, egress, clock.clone());
    Ok(Registry::new().with(LoadLocations(files.clone())).with(LoadCustomers(files)))
}

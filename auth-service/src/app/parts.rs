//! What the use cases share.

use std::sync::Arc;

use common::crypto::Keyring;
use common::db::Db;
use common::kernel::SharedClock;

use super::Signer;
use crate::adapters::provider::Provider;
use crate::adapters::services::Services;
use crate::config::Config;

/// One for a process.
#[derive(Debug)]
pub struct App {
    pub db: Db,
    pub clock: SharedClock,
    pub keyring: Keyring,
    pub provider: Provider,
    pub services: Services,
    pub signer: Signer,
    pub config: Arc<Config>,
}

impl App {
    /// # Errors
    /// When keys or provider cannot be used as configured.
    pub fn new(config: Arc<Config>, db: Db, clock: SharedClock) -> anyhow::Result<Self> {
        let keyring = Keyring::from_settings(&config.crypto)?;
        let callback = format!("{}/auth/v1/callback", config.http.public_url);
        let provider = Provider::new(&config.oidc, &config.net, callback, clock.clone())?;
        let services = Services::new(&config.services, &config.net)?;
        let signer = Signer::new(db.clone(), keyring.clone(), clock.clone());
        Ok(Self { db, clock, keyring, provider, services, signer, config })
    }
}

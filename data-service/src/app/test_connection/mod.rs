//! Tries a tenant's connection, saved or not, and tells how far it gets. Reads only, stores nothing.

mod bigquery;
mod sftp;

use std::net::SocketAddr;

use common::config::NetSettings;
use common::connection_test::{Fault, Trial};
use common::kernel::SharedClock;
use common::net::EgressPolicy;
use tokio::net::TcpStream;

use crate::adapters::bigquery::BigQuerySettings;

pub use bigquery::STEPS as BIGQUERY_STEPS;
pub use sftp::STEPS as SFTP_STEPS;

/// What tests need. One for a process.
#[derive(Debug, Clone)]
pub struct ConnectionTester {
    bigquery: BigQuerySettings,
    egress: EgressPolicy,
    clock: SharedClock,
}

impl ConnectionTester {
    #[must_use]
    pub fn new(bigquery: &BigQuerySettings, net: &NetSettings, clock: SharedClock) -> Self {
        Self { bigquery: bigquery.clone(), egress: EgressPolicy::new(net), clock }
    }
}

/// Stands when any address answers.
async fn reach(addresses: &[SocketAddr]) -> Result<(), Fault> {
    for address in addresses {
        if TcpStream::connect(address).await.is_ok() {
            return Ok(());
        }
    }
    Err(Fault::new("unreachable", "nobody answers there"))
}

/// So that the other side's own time-outs end before the test's.
fn deadline(trial: &Trial) -> std::time::Duration {
    trial.left().max(std::time::Duration::from_millis(1))
}

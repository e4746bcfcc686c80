//! Through whom a tenant's mail goes: its own server, else the operator's.

use std::sync::Arc;
use std::time::Duration;

use common::crypto::Keyring;
use common::db::TenantTx;
use common::jobs::{ErrorCode, StepError};
use common::net::{Circuits, EgressPolicy};
use common::tenant_config::{Connections, SmtpConnection, TenantConfigError};
use lettre::message::Mailbox;

use crate::adapters::mail::{Mailer, SmtpMailer, SmtpOptions, mailbox};

/// A way out and the name on the envelope.
#[derive(Debug, Clone)]
pub struct Sender {
    pub mailer: Arc<dyn Mailer>,
    pub from: Mailbox,
}

/// One for a process.
#[derive(Debug)]
pub struct PostOffice {
    pub operator: Sender,
    pub keyring: Keyring,
    /// Tenants name their servers themselves, so they are kept out of our network.
    pub egress: EgressPolicy,
    pub timeout: Duration,
    /// One circuit for each server.
    pub servers: Circuits,
}

impl PostOffice {
    /// The transaction's tenant's sender.
    ///
    /// # Errors
    /// When the tenant's own server is described wrongly.
    pub async fn sender(&self, tx: &mut TenantTx) -> Result<Sender, StepError> {
        let connections = Connections::load(tx, &self.keyring).await.map_err(unreadable)?;
        match connections.smtp {
            Some(connection) => self.own(connection),
            None => Ok(self.operator.clone()),
        }
    }

    fn own(&self, connection: SmtpConnection) -> Result<Sender, StepError> {
        let from = mailbox(&connection.settings.from).map_err(|error| {
            StepError::configuration(ErrorCode::ConnectionInvalid, format!("sender: {error}"))
        })?;
        let options = SmtpOptions::of_tenant(connection, self.egress.clone(), self.timeout);
        let circuit = self.servers.of(format_args!("{}:{}", options.host, options.port));
        Ok(Sender { mailer: Arc::new(SmtpMailer::new(options).guarded_by(circuit)), from })
    }
}

fn unreadable(error: TenantConfigError) -> StepError {
    match error {
        TenantConfigError::Db(error) => error.into(),
        other => StepError::configuration(
            ErrorCode::ConnectionInvalid,
            "the tenant's mail settings cannot be read; save them again",
        )
        .with_detail(other),
    }
}

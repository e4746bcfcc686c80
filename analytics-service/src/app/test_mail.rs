//! Tries a tenant's mail server, saved or not, and tells how far it gets. Sends nothing, stores nothing.

use common::config::NetSettings;
use common::connection_test::{ConnectionReport, Fault, LIMIT, Step, Trial};
use common::net::EgressPolicy;
use common::tenant_config::SmtpConnection;

use crate::adapters::mail::{SmtpMailer, SmtpOptions, mailbox};

/// What tests need. One for a process.
#[derive(Debug, Clone)]
pub struct MailTester {
    egress: EgressPolicy,
}

impl MailTester {
    #[must_use]
    pub fn new(net: &NetSettings) -> Self {
        Self { egress: EgressPolicy::new(net) }
    }

    /// Tries `connection` as sending a report would.
    pub async fn test(&self, connection: SmtpConnection) -> ConnectionReport {
        let mut trial = Trial::default();
        match mailbox(&connection.settings.from) {
            Ok(from) => {
                let options = SmtpOptions::of_tenant(connection, self.egress.clone(), LIMIT);
                // What ended early stands in the report.
                let _ = SmtpMailer::new(options).check(&from, &mut trial).await;
            }
            Err(error) => {
                let fault = Fault::new("invalid_settings", error.to_string());
                let _: Option<()> = trial.step(Step::Permission, async { Err(fault) }).await;
            }
        }
        trial.finish(SmtpMailer::STEPS)
    }
}

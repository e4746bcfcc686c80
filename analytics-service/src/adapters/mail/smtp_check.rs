//! The way to a message, step by step, for whoever wants to know how far it goes. No message is sent.

use common::connection_test::{Fault, Step, Trial};
use lettre::message::Mailbox;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Mail, Rset};
use tokio::net::TcpStream;

use super::MailError;
use super::smtp::{SmtpMailer, Tls};

impl SmtpMailer {
    /// What [`Self::check`] tries.
    pub const STEPS: &[Step] = &[Step::Dns, Step::Tcp, Step::Tls, Step::Auth, Step::Permission];

    /// Goes as far as the server lets `from` send. None when a step failed; the trial knows which.
    pub async fn check(&self, from: &Mailbox, trial: &mut Trial) -> Option<()> {
        let host = self.options.host.as_str();
        let resolving = async {
            let found = match &self.options.egress {
                Some(policy) => policy.resolve(host, self.options.port).await,
                None => {
                    tokio::net::lookup_host((host, self.options.port)).await.map(Iterator::collect)
                }
            };
            found.map_err(|error| Fault::resolving(host, &error))
        };
        let addresses = trial.step(Step::Dns, resolving).await?;
        let reaching = async {
            let reached = TcpStream::connect(addresses.as_slice()).await;
            reached.map(drop).map_err(|_| Fault::new("unreachable", "nobody answers there"))
        };
        trial.step(Step::Tcp, reaching).await?;
        let mut connection = if self.options.tls == Tls::None {
            trial.skip(
                Step::Tls,
                "not_configured",
                "the connection is in the clear, as configured",
            );
            // A greeting that is missing or wrong shows where the server is first spoken to.
            match self.open(&addresses).await {
                Ok(connection) => connection,
                Err(error) => {
                    return trial.step(Step::Auth, async { Err(fault("refused", &error)) }).await;
                }
            }
        } else {
            let opening = async { self.open(&addresses).await.map_err(|e| fault("tls", &e)) };
            trial.step(Step::Tls, opening).await?
        };
        if self.options.user.is_none() {
            trial.skip(Step::Auth, "not_configured", "the server is used without a login");
        } else {
            let logging_in = async {
                if self.options.password.is_none() {
                    return Err(Fault::new("no_password", "a user is set, but no password"));
                }
                self.log_in(&mut connection).await.map_err(|e| fault("login_refused", &e))
            };
            trial.step(Step::Auth, logging_in).await?;
        }
        trial.step(Step::Permission, may_send(&mut connection, from)).await
    }
}

/// The server takes the sender; the transaction is taken back before there is a recipient.
async fn may_send(connection: &mut AsyncSmtpConnection, from: &Mailbox) -> Result<(), Fault> {
    let told = |error: &lettre::transport::smtp::Error| {
        let code = if error.is_timeout() { "timeout" } else { "sender_refused" };
        Fault::new(code, format!("the server does not take {} as sender: {error}", from.email))
    };
    let sender = Mail::new(Some(from.email.clone()), Vec::new());
    connection.command(sender).await.map_err(|error| told(&error))?;
    // Whether it is polite about the rest changes nothing.
    let _ = connection.command(Rset).await;
    let _ = connection.quit().await;
    Ok(())
}

fn fault(otherwise: &'static str, error: &MailError) -> Fault {
    let code = match error {
        MailError::Later(_)
        | MailError::Unreachable(_)
        | MailError::CircuitOpen(_)
        | MailError::Unknown(_) => "unreachable",
        MailError::Refused(_) | MailError::Settings(_) => otherwise,
    };
    Fault::new(code, error.to_string())
}

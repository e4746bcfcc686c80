//! A mail server, spoken to step by step, so that a failure tells whether the message can have
//! been taken.

use std::net::SocketAddr;
use std::time::Duration;

use async_trait::async_trait;
use common::kernel::Secret;
use common::net::{Breaker, EgressPolicy};
use common::tenant_config::{SmtpConnection, SmtpTls};
use lettre::Message;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};

use super::{MailError, Mailer, Receipt, ReceiptKind};

const NO_ANSWER: &str = "no answer in time";

/// How the connection is protected. Certificates are always verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// In the clear; for servers on the same machine.
    None,
    /// Upgraded before anything is said; refused when the server does not offer it.
    StartTls,
    /// TLS from the first byte.
    Implicit,
}

/// Where the server is and how to log in.
#[derive(Debug, Clone)]
pub struct SmtpOptions {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub user: Option<String>,
    pub password: Option<Secret>,
    /// PEM of a certificate authority besides the public ones.
    pub extra_root: Option<Vec<u8>>,
    /// For each step of the conversation.
    pub timeout: Duration,
    /// Refuses servers inside our network that a tenant may have named; none for the operator's own.
    pub egress: Option<EgressPolicy>,
}

impl SmtpOptions {
    /// A tenant's own server, which `egress` keeps out of our network.
    #[must_use]
    pub fn of_tenant(connection: SmtpConnection, egress: EgressPolicy, timeout: Duration) -> Self {
        let SmtpConnection { settings, password } = connection;
        Self {
            host: settings.host,
            port: settings.port,
            tls: match settings.tls {
                SmtpTls::None => Tls::None,
                SmtpTls::Starttls => Tls::StartTls,
                SmtpTls::Implicit => Tls::Implicit,
            },
            user: settings.user,
            password,
            extra_root: None,
            timeout,
            egress: Some(egress),
        }
    }
}

/// Delivers through one server.
#[derive(Debug, Clone)]
pub struct SmtpMailer {
    pub(super) options: SmtpOptions,
    circuit: Option<Breaker>,
}

impl SmtpMailer {
    #[must_use]
    pub const fn new(options: SmtpOptions) -> Self {
        Self { options, circuit: None }
    }

    /// The same mailer, whose server is not called while `circuit` is open.
    #[must_use]
    pub fn guarded_by(mut self, circuit: Breaker) -> Self {
        self.circuit = Some(circuit);
        self
    }

    fn tls(&self) -> Result<TlsParameters, MailError> {
        let settings =
            |error: lettre::transport::smtp::Error| MailError::Settings(error.to_string());
        let mut builder = TlsParametersBuilder::new(self.options.host.clone());
        if let Some(pem) = &self.options.extra_root {
            builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(settings)?);
        }
        builder.build_rustls().map_err(settings)
    }

    async fn addresses(&self) -> Result<Vec<SocketAddr>, MailError> {
        let (host, port) = (self.options.host.as_str(), self.options.port);
        let found = match &self.options.egress {
            Some(policy) => policy.resolve(host, port).await,
            None => tokio::net::lookup_host((host, port)).await.map(Iterator::collect),
        };
        found.map_err(|error| match error.kind() {
            std::io::ErrorKind::PermissionDenied => MailError::Settings(error.to_string()),
            _ => MailError::Unreachable(format!("{host} cannot be resolved: {error}")),
        })
    }

    /// Everything before the message: a failure here means that nothing was taken.
    async fn connect(&self) -> Result<AsyncSmtpConnection, MailError> {
        let addresses = self.addresses().await?;
        let mut connection = self.open(&addresses).await?;
        self.log_in(&mut connection).await?;
        Ok(connection)
    }

    /// The connection as it is to be protected, before anyone logged in.
    pub(super) async fn open(
        &self,
        addresses: &[SocketAddr],
    ) -> Result<AsyncSmtpConnection, MailError> {
        let options = &self.options;
        let hello = ClientId::default();
        let implicit = match options.tls {
            Tls::Implicit => Some(self.tls()?),
            Tls::None | Tls::StartTls => None,
        };
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            addresses,
            Some(options.timeout),
            &hello,
            implicit,
            None,
        )
        .await
        .map_err(before)?;
        if options.tls == Tls::StartTls {
            if !connection.can_starttls() {
                return Err(MailError::Settings("the server does not offer STARTTLS".to_owned()));
            }
            connection.starttls(self.tls()?, &hello).await.map_err(before)?;
        }
        Ok(connection)
    }

    /// Nothing to do for a server that is used without a login.
    pub(super) async fn log_in(
        &self,
        connection: &mut AsyncSmtpConnection,
    ) -> Result<(), MailError> {
        if let (Some(user), Some(password)) = (&self.options.user, &self.options.password) {
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(login)?;
        }
        Ok(())
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn deliver(&self, message: &Message) -> Result<Receipt, MailError> {
        let delivery = self.deliver_now(message);
        match &self.circuit {
            Some(circuit) => circuit.guard(delivery, unwell).await,
            None => delivery.await,
        }
    }
}

impl SmtpMailer {
    async fn deliver_now(&self, message: &Message) -> Result<Receipt, MailError> {
        let connecting = tokio::time::timeout(self.options.timeout, self.connect());
        let mut connection = connecting
            .await
            .map_err(|_| MailError::Unreachable("the server does not answer".to_owned()))??;
        let bytes = message.formatted();
        let announcing = announce(&mut connection, message.envelope(), &bytes);
        let announced = tokio::time::timeout(self.options.timeout, announcing)
            .await
            .unwrap_or_else(|_| Err(MailError::Unreachable(NO_ANSWER.to_owned())));
        if let Err(error) = announced {
            leave(&mut connection).await;
            return Err(error);
        }
        let handing_over = connection.message(&bytes);
        let answer = tokio::time::timeout(self.options.timeout, handing_over)
            .await
            .map_err(|_| MailError::Unknown(NO_ANSWER.to_owned()))?
            .map_err(|error| judged(&error, MailError::Unknown))?;
        leave(&mut connection).await;
        let code = answer.code();
        let words: Vec<&str> = answer.message().collect();
        Ok(Receipt {
            kind: ReceiptKind::Sent,
            answer: format!("{code} {}", words.join(" ")),
            bytes: bytes.len(),
        })
    }
}

/// Sender, recipients and `DATA`, in the order of RFC 5321: whatever fails here, the message is not handed over yet.
async fn announce(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    content: &[u8],
) -> Result<(), MailError> {
    let mut addresses = envelope.from().into_iter().chain(envelope.to());
    let needs = [
        (
            addresses.any(|address| !AsRef::<str>::as_ref(address).is_ascii()),
            Extension::SmtpUtfEight,
            MailParameter::SmtpUtfEight,
        ),
        (
            !content.is_ascii(),
            Extension::EightBitMime,
            MailParameter::Body(MailBodyParameter::EightBitMime),
        ),
    ];
    let mut parameters = Vec::new();
    for (_, extension, parameter) in needs.into_iter().filter(|(needed, ..)| *needed) {
        if !connection.server_info().supports_feature(extension) {
            let lacking = format!("the message needs {extension}, which the server lacks");
            return Err(MailError::Refused(lacking));
        }
        parameters.push(parameter);
    }
    let unsent = |error: SmtpError| judged(&error, MailError::Unreachable);
    connection.command(Mail::new(envelope.from().cloned(), parameters)).await.map_err(unsent)?;
    for recipient in envelope.to() {
        connection.command(Rcpt::new(recipient.clone(), Vec::new())).await.map_err(unsent)?;
    }
    connection.command(Data).await.map_err(unsent)?;
    Ok(())
}

/// What became of the message is known; how the conversation ends changes nothing.
async fn leave(connection: &mut AsyncSmtpConnection) {
    let _ = tokio::time::timeout(Duration::from_secs(1), connection.quit()).await;
}

/// Whether it shows that the server is unwell, and not that it refused.
const fn unwell(error: &MailError) -> bool {
    matches!(error, MailError::Unreachable(_) | MailError::Unknown(_))
}

type SmtpError = lettre::transport::smtp::Error;

fn before(error: SmtpError) -> MailError {
    if error.is_permanent() || error.is_tls() || untrusted(&error) {
        MailError::Settings(told(&error))
    } else if error.is_transient() {
        MailError::Later(told(&error))
    } else {
        MailError::Unreachable(told(&error))
    }
}

fn login(error: SmtpError) -> MailError {
    if error.is_transient() || error.is_timeout() {
        MailError::Later(told(&error))
    } else {
        MailError::Settings(format!("login failed: {}", told(&error)))
    }
}

/// An answer with a status is certain, and so is what we refuse ourselves; what a broken connection means depends on when it
/// broke.
fn judged(error: &SmtpError, broken: fn(String) -> MailError) -> MailError {
    if error.is_permanent() || error.is_client() {
        MailError::Refused(told(error))
    } else if error.is_transient() {
        MailError::Later(told(error))
    } else {
        broken(told(error))
    }
}

/// The certificate is not one we trust: rustls reports it as invalid data of the connection.
fn untrusted(error: &SmtpError) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == std::io::ErrorKind::InvalidData)
        {
            return true;
        }
        source = cause.source();
    }
    false
}

/// The error with its causes, in one line.
fn told(error: &SmtpError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

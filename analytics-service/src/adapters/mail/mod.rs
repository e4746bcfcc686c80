//! Sending mail. Two ways: a mail server, or files for where there is none.

mod eml;
mod message;
mod smtp;
mod smtp_check;

pub use eml::EmlMailer;
pub use message::{MessageError, Outgoing, address, mailbox};
pub use smtp::{SmtpMailer, SmtpOptions, Tls};

use async_trait::async_trait;
use common::net::Open;
use lettre::Message;

/// What became of a message that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub kind: ReceiptKind,
    /// The server's words, or the file's place.
    pub answer: String,
    pub bytes: usize,
}

/// Who has the message now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptKind {
    /// A mail server took it.
    Sent,
    /// It lies in a file; nobody was sent anything.
    Written,
}

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Certainly not taken; the same message may be taken later.
    #[error("the mail server did not take the message yet: {0}")]
    Later(String),
    /// Nobody answered, or not as a mail server does; certainly not taken.
    #[error("the mail server cannot be reached: {0}")]
    Unreachable(String),
    /// Refused by ourselves, and certainly not taken: the server failed too often just now.
    #[error("the mail server failed repeatedly and is not called for a moment")]
    CircuitOpen(#[from] Open),
    /// Certainly not taken, and never will be as it is.
    #[error("the mail server refused the message: {0}")]
    Refused(String),
    /// Someone has to change the mail settings first.
    #[error("the mail settings do not work: {0}")]
    Settings(String),
    /// The connection ended after the message was handed over and before the answer: it may have
    /// been taken. Sending it again could mean sending it twice.
    #[error("the mail server's answer was lost: {0}")]
    Unknown(String),
}

/// Hands a message over, once.
#[async_trait]
pub trait Mailer: std::fmt::Debug + Send + Sync {
    /// # Errors
    /// With what is known about whether the message was taken.
    async fn deliver(&self, message: &Message) -> Result<Receipt, MailError>;
}

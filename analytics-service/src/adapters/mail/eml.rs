//! Messages as `.eml` files, for where no mail server is configured.

use std::path::PathBuf;

use async_trait::async_trait;
use lettre::Message;

use super::{MailError, Mailer, Receipt, ReceiptKind};

/// Writes every message into one folder. Nothing is sent, and the receipt says so.
#[derive(Debug, Clone)]
pub struct EmlMailer {
    folder: PathBuf,
}

impl EmlMailer {
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The Message-ID names the file: a repeated message takes the place of the first.
    fn file(&self, message: &Message) -> PathBuf {
        let id = message.headers().get_raw("Message-ID").unwrap_or("message");
        let name: String = id
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '@' | '_'))
            .collect();
        self.folder.join(format!("{name}.eml"))
    }
}

#[async_trait]
impl Mailer for EmlMailer {
    async fn deliver(&self, message: &Message) -> Result<Receipt, MailError> {
        let (file, bytes) = (self.file(message), message.formatted());
        let half = file.with_extension("eml.part");
        let written = async {
            tokio::fs::create_dir_all(&self.folder).await?;
            tokio::fs::write(&half, &bytes).await?;
            tokio::fs::rename(&half, &file).await
        };
        written.await.map_err(|error| {
            MailError::Settings(format!("{} cannot be written: {error}", file.display()))
        })?;
        Ok(Receipt {
            kind: ReceiptKind::Written,
            answer: format!("no mail server is configured; written to {}", file.display()),
            bytes: bytes.len(),
        })
    }
}

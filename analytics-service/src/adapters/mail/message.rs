//! A report as a message: one recipient, both forms, and the headers of a machine's mail.

use chrono::{DateTime, Utc};
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};

/// A message that must not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// A line break in a header would begin another header.
    #[error("a line break is not allowed in {0}")]
    LineBreak(&'static str),
    #[error("`{0}` is not an e-mail address")]
    Address(String),
    #[error("the message cannot be built: {0}")]
    Build(String),
}

/// Everything a message is made of; the same values give the same bytes but for the boundary.
#[derive(Debug, Clone)]
pub struct Outgoing<'a> {
    /// Without angle brackets; fixed per delivery, so that a repeated message is recognised.
    pub message_id: &'a str,
    pub date: DateTime<Utc>,
    pub from: &'a Mailbox,
    pub to: &'a str,
    pub subject: &'a str,
    /// What the message belongs to, for filters: `Branch reports <branch-report.tenant.host>`.
    pub list_id: &'a str,
    pub html: &'a str,
    pub text: &'a str,
}

/// A plain address, without a name.
///
/// # Errors
/// When it is none.
pub fn address(text: &str) -> Result<Address, MessageError> {
    if text.contains(['\r', '\n']) {
        return Err(MessageError::LineBreak("the address"));
    }
    text.parse().map_err(|_| MessageError::Address(text.to_owned()))
}

/// `Name <address>` or an address.
///
/// # Errors
/// When it is neither.
pub fn mailbox(text: &str) -> Result<Mailbox, MessageError> {
    if text.contains(['\r', '\n']) {
        return Err(MessageError::LineBreak("the sender"));
    }
    text.parse().map_err(|_| MessageError::Address(text.to_owned()))
}

macro_rules! text_header {
    ($name:ident, $header:literal) => {
        #[derive(Clone)]
        struct $name(String);

        impl Header for $name {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($header)
            }

            fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self(text.to_owned()))
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    };
}

text_header!(AutoSubmitted, "Auto-Submitted");
text_header!(ListId, "List-Id");

impl Outgoing<'_> {
    /// # Errors
    /// When a header would break, or the recipient is no address.
    pub fn build(&self) -> Result<Message, MessageError> {
        for (text, what) in [
            (self.subject, "the subject"),
            (self.list_id, "the list id"),
            (self.message_id, "the message id"),
            (self.from.name.as_deref().unwrap_or_default(), "the sender's name"),
        ] {
            if text.contains(['\r', '\n']) {
                return Err(MessageError::LineBreak(what));
            }
        }
        Message::builder()
            .message_id(Some(format!("<{}>", self.message_id)))
            .date(self.date.into())
            .from(self.from.clone())
            .to(Mailbox::new(None, address(self.to)?))
            .subject(self.subject)
            // RFC 3834: no out-of-office answer to a machine.
            .header(AutoSubmitted("auto-generated".to_owned()))
            .header(ListId(self.list_id.to_owned()))
            .multipart(MultiPart::alternative_plain_html(
                self.text.to_owned(),
                self.html.to_owned(),
            ))
            .map_err(|error| MessageError::Build(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing<'a>(from: &'a Mailbox, to: &'a str, subject: &'a str) -> Outgoing<'a> {
        Outgoing {
            message_id: "1@reports.example.com",
            date: DateTime::UNIX_EPOCH,
            from,
            to,
            subject,
            list_id: "Branch reports <branch-report.example.com>",
            html: "<p>Zürich</p>",
            text: "Zürich",
        }
    }

    #[test]
    fn a_message_carries_the_headers_of_a_machine() {
        let from = mailbox("Footfall <reports@example.com>").unwrap();
        let message = outgoing(&from, "zrh@example.com", "Branch report Zürich").build().unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        for header in [
            "Message-ID: <1@reports.example.com>\r\n",
            "From: Footfall <reports@example.com>\r\n",
            "To: zrh@example.com\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "List-Id: Branch reports <branch-report.example.com>\r\n",
            "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n",
            "Content-Type: multipart/alternative;",
        ] {
            assert!(text.contains(header), "{header} in {text}");
        }
    }

    #[test]
    fn line_breaks_are_refused_wherever_they_could_begin_a_header() {
        let from = mailbox("reports@example.com").unwrap();
        for (to, subject) in [
            ("zrh@example.com\r\nBcc: all@example.com", "s"),
            ("zrh@example.com", "s\r\nBcc: all@example.com"),
            ("zrh@example.com", "s\nBcc: all@example.com"),
        ] {
            let error = outgoing(&from, to, subject).build().unwrap_err();
            assert!(matches!(error, MessageError::LineBreak(_)), "{error}");
        }
        assert!(matches!(mailbox("A\r\nB <a@example.com>"), Err(MessageError::LineBreak(_))));
        assert!(matches!(address("nobody"), Err(MessageError::Address(_))));
    }
}

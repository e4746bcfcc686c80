//! Contacts on the wire, and who saw them as they are.

use common::audit::{self, Entry};
use common::auth::Caller;
use common::db::{DbError, TenantTx};
use common::http::ClientIp;
use poem_openapi::Object;
use serde_json::json;

use crate::domain::contact::Contact;

/// Viewers see e-mail address and phone masked.
#[derive(Debug, Object)]
#[oai(rename = "Contact")]
pub(super) struct ContactBody {
    customer_code: String,
    name: String,
    email: Option<String>,
    phone: Option<String>,
}

impl ContactBody {
    pub(super) fn new(contact: Contact, masked: bool) -> Self {
        let contact = if masked { contact.masked() } else { contact };
        Self {
            customer_code: contact.customer_code,
            name: contact.name,
            email: contact.email,
            phone: contact.phone,
        }
    }
}

/// Leaves a line in the audit trail when an answer shows contacts unmasked: in the transaction that read them, which
/// is to be committed before the answer leaves.
pub(super) async fn note_shown<'c>(
    tx: &mut TenantTx,
    caller: &Caller,
    ip: ClientIp,
    route: &str,
    shown: impl Iterator<Item = &'c Contact> + Send,
) -> Result<(), DbError> {
    let customers: Vec<&str> = shown.map(|contact| contact.customer_code.as_str()).collect();
    if customers.is_empty() {
        return Ok(());
    }
    let actor = caller.actor();
    let entry = Entry {
        detail: json!({ "customers": customers }),
        ip: ip.0,
        ..Entry::done(&actor, "contacts.read", route)
    };
    audit::record(tx, &entry).await
}

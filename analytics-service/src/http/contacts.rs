//! Who saw contacts as they are.

use common::audit::{self, Entry};
use common::auth::Caller;
use common::db::{DbError, TenantTx};
use common::http::ClientIp;
use serde_json::json;

use crate::domain::abandoned_cart::AbandonedCart;

/// Leaves a line in the audit trail when an answer shows contacts unmasked: in the transaction that read them, which
/// is to be committed before the answer leaves.
pub(super) async fn note_shown(
    tx: &mut TenantTx,
    caller: &Caller,
    ip: ClientIp,
    route: &str,
    carts: &[AbandonedCart],
) -> Result<(), DbError> {
    let shown = carts.iter().filter_map(|cart| cart.contact.as_ref());
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

//! Secrets of endpoints, between the database, where they are sealed, and the check of a signature.

use chrono::{DateTime, Utc};
use common::crypto::{Keyring, Place, Sealed};
use common::kernel::TenantId;
use rand::TryRngCore;
use rand::rngs::OsRng;
use uuid::Uuid;

use super::SecretError;
use crate::domain::webhook::{SECRET_BYTES, SigningSecret};
use crate::store::webhook_endpoint::EndpointRow;

/// A new one, and as it is stored.
pub(super) fn mint(
    keyring: &Keyring,
    tenant: TenantId,
    endpoint: Uuid,
) -> Result<(SigningSecret, Sealed), SecretError> {
    let mut bytes = [0; SECRET_BYTES];
    OsRng.try_fill_bytes(&mut bytes).map_err(|_| SecretError::Randomness)?;
    let secret = SigningSecret::of_bytes(bytes);
    let sealed = keyring.seal(&place(tenant, &endpoint.to_string()), secret.text())?;
    Ok((secret, sealed))
}

/// Those that a delivery at `now` may be signed with.
pub(super) fn good_at(
    keyring: &Keyring,
    tenant: TenantId,
    endpoint: &EndpointRow,
    now: DateTime<Utc>,
) -> Result<Vec<SigningSecret>, SecretError> {
    let row = endpoint.webhook_endpoint_id.to_string();
    let previous = endpoint.previous_secret.iter().filter(|_| endpoint.overlapping(now));
    std::iter::once(&endpoint.secret)
        .chain(previous)
        .map(|sealed| {
            let text = keyring.open(&place(tenant, &row), sealed)?;
            Ok(SigningSecret::of_text(text)?)
        })
        .collect()
}

/// The same for the secret before: a rotation moves it to the next column of its row.
pub(super) const fn place(tenant: TenantId, row: &str) -> Place<'_> {
    Place { tenant, table: "webhook_endpoint", column: "secret", row }
}

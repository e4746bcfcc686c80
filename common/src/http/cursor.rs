//! Opaque keyset cursors. A cursor holds the sort key of the last row and is signed together with the tenant,
//! the filter and the sort, so that it cannot be forged, moved to another query or read as another tenant.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use super::ApiError;
use crate::kernel::{Secret, TenantId};

type Signature = Hmac<Sha256>;

const SIGNATURE_BYTES: usize = 32;

/// Signs and opens the cursors of one deployment.
#[derive(Clone)]
pub struct CursorKey([u8; SIGNATURE_BYTES]);

impl std::fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CursorKey(***)")
    }
}

/// What a cursor belongs to.
#[derive(Debug, Clone)]
pub struct Listing {
    bound: Vec<u8>,
}

impl Listing {
    /// A list of `tenant`, named by its route.
    pub fn new(tenant: TenantId, route: &str) -> Self {
        let mut listing = Self { bound: Vec::new() };
        listing.push(tenant.uuid().as_bytes());
        listing.push(route.as_bytes());
        listing
    }

    /// Adds a filter or the sort, with its value as the client gave it.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl std::fmt::Debug) -> Self {
        self.push(name.as_bytes());
        self.push(format!("{value:?}").as_bytes());
        self
    }

    /// Length first, so that two lists never run into the same bytes.
    fn push(&mut self, part: &[u8]) {
        self.bound.extend_from_slice(&(part.len() as u64).to_be_bytes());
        self.bound.extend_from_slice(part);
    }
}

impl CursorKey {
    /// Derives the key from a deployment secret, so that no key is used for two purposes.
    pub fn derive(secret: &Secret) -> Self {
        Self(sign(secret.expose().as_bytes(), &[b"footfall cursor key, version 1"]))
    }

    /// The cursor that continues after `position`, the sort key of the last row shown.
    pub fn seal<P: Serialize>(&self, listing: &Listing, position: &P) -> Result<String, ApiError> {
        let mut payload = serde_json::to_vec(position).map_err(ApiError::internal)?;
        let signature = sign(&self.0, &[&listing.bound, &payload]);
        payload.extend_from_slice(&signature);
        Ok(URL_SAFE_NO_PAD.encode(payload))
    }

    /// Where to continue.
    ///
    /// # Errors
    /// 400 when the cursor was changed, or belongs to another tenant, filter or sort.
    pub fn open<P: DeserializeOwned>(
        &self,
        listing: &Listing,
        cursor: &str,
    ) -> Result<P, ApiError> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let split = bytes.len().checked_sub(SIGNATURE_BYTES).ok_or_else(invalid)?;
        let (payload, signature) = bytes.split_at(split);
        let expected = sign(&self.0, &[&listing.bound, payload]);
        if !bool::from(subtle::ConstantTimeEq::ct_eq(expected.as_slice(), signature)) {
            return Err(invalid());
        }
        serde_json::from_slice(payload).map_err(|_| invalid())
    }
}

fn invalid() -> ApiError {
    ApiError::bad_parameter(
        "cursor",
        "invalid_cursor",
        "not a cursor of this list; start without one",
    )
}

fn sign(key: &[u8], parts: &[&[u8]]) -> [u8; SIGNATURE_BYTES] {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Signature::new_from_slice(key) else { return [0; SIGNATURE_BYTES] };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn listing(tenant: TenantId) -> Listing {
        Listing::new(tenant, "/jobs").with("state", Some("failed")).with("sort", "-created_at")
    }

    #[test]
    fn continues_where_it_was_sealed() {
        let (key, tenant) = (CursorKey::derive(&Secret::new("k")), TenantId::mint());
        let cursor = key.seal(&listing(tenant), &(17_i64, "id")).unwrap();
        assert_eq!(
            key.open::<(i64, String)>(&listing(tenant), &cursor).unwrap(),
            (17, "id".to_owned())
        );
    }

    #[test]
    fn belongs_to_one_tenant_filter_sort_and_key() {
        let (key, tenant) = (CursorKey::derive(&Secret::new("k")), TenantId::mint());
        let cursor = key.seal(&listing(tenant), &1).unwrap();
        for other in [
            listing(TenantId::mint()),
            Listing::new(tenant, "/jobs").with("state", Some("done")).with("sort", "-created_at"),
            Listing::new(tenant, "/jobs").with("state", Some("failed")).with("sort", "created_at"),
            Listing::new(tenant, "/jobs"),
        ] {
            assert_eq!(key.open::<i64>(&other, &cursor).unwrap_err().status().as_u16(), 400);
        }
        let foreign = CursorKey::derive(&Secret::new("other"));
        assert!(foreign.open::<i64>(&listing(tenant), &cursor).is_err());
    }

    proptest! {
        #[test]
        fn any_changed_character_is_refused(position: i64, at: prop::sample::Index, to in "[A-Za-z0-9_-]") {
            let (key, tenant) = (CursorKey::derive(&Secret::new("k")), TenantId::mint());
            let cursor = key.seal(&listing(tenant), &position).unwrap();
            let at = at.index(cursor.len());
            let mut changed = cursor.clone();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != cursor);
            prop_assert!(key.open::<i64>(&listing(tenant), &changed).is_err());
        }
    }
}

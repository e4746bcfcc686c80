//! The signing keys: made, published, used, replaced.

use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use common::auth::{Claims, SERVICE_TOKEN_TYPE, ServiceClaims, TOKEN_LIFETIME, TOKEN_TYPE};
use common::crypto::{Keyring, Place, Sealed};
use common::db::Db;
use common::entity::signing_key::Model;
use common::kernel::{KeyId, Secret, SharedClock, TenantId};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde::Serialize;
use serde_json::Value;

use super::App;
use crate::error::Error;
use crate::store::signing_key::{self, NewKey};

/// A new key is published this long before it signs, so that every verifier has read it.
const PUBLISHED_AHEAD: TimeDelta = TimeDelta::minutes(5);

/// The active key is read again after this time.
const CURRENT_FOR: TimeDelta = TimeDelta::seconds(60);

/// Signs with the active key.
#[derive(Debug)]
pub struct Signer {
    db: Db,
    keyring: Keyring,
    clock: SharedClock,
    current: RwLock<Option<Arc<Current>>>,
}

struct Current {
    key_id: KeyId,
    encoding: EncodingKey,
    read_at: DateTime<Utc>,
}

impl std::fmt::Debug for Current {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Current").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl Signer {
    pub(super) fn new(db: Db, keyring: Keyring, clock: SharedClock) -> Self {
        Self { db, keyring, clock, current: RwLock::default() }
    }

    /// # Errors
    /// When there is no key, or it does not open.
    pub async fn sign(&self, claims: &Claims) -> Result<String, Error> {
        self.signed(TOKEN_TYPE, claims).await
    }

    /// A token for one call of another service.
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub async fn sign_for_service(&self, claims: &ServiceClaims) -> Result<String, Error> {
        self.signed(SERVICE_TOKEN_TYPE, claims).await
    }

    async fn signed(&self, kind: &str, claims: &impl Serialize) -> Result<String, Error> {
        let key = self.current().await?;
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(kind.to_owned());
        header.kid = Some(key.key_id.to_string());
        encode(&header, claims, &key.encoding).map_err(Error::Signing)
    }

    async fn current(&self) -> Result<Arc<Current>, Error> {
        let now = self.clock.now();
        let known = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known
            && now - known.read_at < CURRENT_FOR
        {
            return Ok(known);
        }
        let tx = self.db.identity().await?;
        let keys = signing_key::living(&tx, now).await?;
        let key = keys.iter().find(|key| key.active_from <= now).ok_or(Error::NoSigningKey)?;
        let current = Arc::new(self.open(key, now)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(current.clone());
        Ok(current)
    }

    fn open(&self, key: &Model, now: DateTime<Utc>) -> Result<Current, Error> {
        let key_id = KeyId::from_uuid(key.key_id);
        let sealed: Sealed = serde_json::from_value(key.sealed_private.clone())?;
        let text = self.keyring.open(&place(&key_id.to_string()), &sealed)?;
        let der = STANDARD.decode(text.expose()).map_err(|_| Error::NoSigningKey)?;
        Ok(Current { key_id, encoding: EncodingKey::from_ec_der(&der), read_at: now })
    }
}

pub(super) const fn place(row: &str) -> Place<'_> {
    Place { tenant: TenantId::SYSTEM, table: "signing_key", column: "sealed_private", row }
}

/// Makes the first key, or the successor of one that is older than `rotate_after`.
///
/// # Errors
/// When a key cannot be made or stored.
pub async fn ensure_key(app: &App, rotate_after: TimeDelta) -> Result<(), Error> {
    let now = app.clock.now();
    let mut tx = app.db.identity().await?;
    signing_key::take_turn(&mut tx).await?;
    let living = signing_key::living(&tx, now).await?;
    let active_from = match living.first() {
        None => now,
        Some(newest) if now - newest.active_from > rotate_after => now + PUBLISHED_AHEAD,
        Some(_) => return Ok(()),
    };
    let key = generate(&app.keyring, active_from)?;
    let key_id = key.key_id;
    signing_key::insert(&tx, key, now).await?;
    let last_token = active_from + TOKEN_LIFETIME + PUBLISHED_AHEAD;
    signing_key::retire_all_but(&mut tx, key_id, last_token).await?;
    tx.commit().await?;
    tracing::info!(key.id = %key_id, %active_from, "signing key published");
    Ok(())
}

fn generate(keyring: &Keyring, active_from: DateTime<Utc>) -> Result<NewKey, Error> {
    let key_id = KeyId::mint();
    let pkcs8 =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(|_| Error::KeyGeneration)?;
    let encoding = EncodingKey::from_ec_der(pkcs8.as_ref());
    let mut jwk = Jwk::from_encoding_key(&encoding, Algorithm::ES256).map_err(Error::Signing)?;
    jwk.common.key_id = Some(key_id.to_string());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    let text = Secret::new(STANDARD.encode(pkcs8.as_ref()));
    let sealed = keyring.seal(&place(&key_id.to_string()), &text)?;
    Ok(NewKey {
        key_id,
        public_jwk: serde_json::to_value(&jwk)?,
        sealed_private: serde_json::to_value(&sealed)?,
        active_from,
    })
}

/// The public halves of the keys that verify now or will soon.
///
/// # Errors
/// When the database is away.
pub async fn published_keys(app: &App) -> Result<Vec<Value>, Error> {
    let tx = app.db.identity().await?;
    let keys = signing_key::living(&tx, app.clock.now()).await?;
    Ok(keys.into_iter().map(|key| key.public_jwk).collect())
}

//! People with sessions and tokens, as auth-service would have made them.

use common::auth::{AUDIENCE, Claims, ISSUER, NewApiKey, Role, Scope, TOKEN_LIFETIME, TOKEN_TYPE};
use common::crypto::Token;
use common::db::{Db, DbError, sql};
use common::kernel::{ApiKeyId, Clock, KeyId, PersonId, SessionId, SystemClock, TenantScope};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde::Serialize;
use sqlx::types::Json;

use crate::TestDb;
use crate::db::ServiceLogin;

/// A signing key published in one test database, and what is signed with it.
pub struct Identity {
    db: Db,
    pub(super) key_id: KeyId,
    pub(super) key: EncodingKey,
    pub(super) public: Jwk,
}

/// Someone who may act in one tenant.
#[derive(Debug, Clone)]
pub struct Member {
    pub person_id: PersonId,
    pub session_id: SessionId,
    /// For `Authorization: Bearer`.
    pub token: String,
    /// Value of the session cookie.
    pub cookie: String,
    pub claims: Claims,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl Identity {
    /// Publishes a key.
    ///
    /// # Panics
    /// When the database refuses: the test cannot go on.
    pub async fn new(test_db: &TestDb) -> Self {
        let db = test_db.connect(ServiceLogin::Auth).await;
        let Some((key, public)) = generate() else { panic!("no signing key can be made") };
        let identity = Self { db, key_id: KeyId::mint(), key, public };
        if let Err(error) = identity.publish().await {
            panic!("the signing key is not published: {error}");
        }
        identity
    }

    /// A new person with this role, and a token for the tenant.
    ///
    /// # Panics
    /// When the database refuses: the test cannot go on.
    pub async fn member(&self, scope: &TenantScope, role: Role) -> Member {
        self.make_member(scope, role, None).await
    }

    /// As [`Self::member`], for someone who sees these branches only.
    ///
    /// # Panics
    /// As [`Self::member`].
    pub async fn branch_member(
        &self,
        scope: &TenantScope,
        role: Role,
        locations: &[&str],
    ) -> Member {
        let locations = locations.iter().map(|code| (*code).to_owned()).collect();
        self.make_member(scope, role, Some(locations)).await
    }

    /// A machine's key with these scopes, for `Authorization: Bearer`.
    ///
    /// # Panics
    /// When the database refuses: the test cannot go on.
    pub async fn api_key(&self, scope: &TenantScope, scopes: &[Scope]) -> String {
        let key = match NewApiKey::mint() {
            Ok(key) => key,
            Err(error) => panic!("no randomness: {error}"),
        };
        if let Err(error) = self.store_key(scope, &key, scopes).await {
            panic!("no API key: {error}");
        }
        key.text.expose().to_owned()
    }

    async fn make_member(
        &self,
        scope: &TenantScope,
        role: Role,
        locations: Option<Vec<String>>,
    ) -> Member {
        let (person_id, session_id) = (PersonId::mint(), SessionId::mint());
        let cookie = match Token::mint() {
            Ok(token) => token,
            Err(error) => panic!("no randomness: {error}"),
        };
        let stored = async {
            self.store_session(person_id, session_id, &cookie.digest()).await?;
            self.store_membership(scope, person_id, role, locations).await
        };
        if let Err(error) = stored.await {
            panic!("no member: {error}");
        }
        let now = SystemClock.now();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: person_id,
            tid: scope.tenant_id(),
            sid: session_id,
            iat: now.timestamp(),
            exp: (now + TOKEN_LIFETIME).timestamp(),
        };
        let token = self.sign(&claims);
        Member { person_id, session_id, token, cookie: cookie.expose().to_owned(), claims }
    }

    /// Only the token of [`Self::member`].
    ///
    /// # Panics
    /// As [`Self::member`].
    pub async fn token(&self, scope: &TenantScope, role: Role) -> String {
        self.member(scope, role).await.token
    }

    /// Signs any claims, good or bad.
    ///
    /// # Panics
    /// When they cannot be written as JSON.
    #[must_use]
    pub fn sign(&self, claims: &Claims) -> String {
        self.sign_as(TOKEN_TYPE, claims)
    }

    /// Signs anything as any type of token.
    ///
    /// # Panics
    /// When it cannot be written as JSON.
    #[must_use]
    pub fn sign_as(&self, kind: &str, claims: &impl Serialize) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(kind.to_owned());
        header.kid = Some(self.key_id.to_string());
        match encode(&header, claims, &self.key) {
            Ok(token) => token,
            Err(error) => panic!("no token: {error}"),
        }
    }

    async fn publish(&self) -> Result<(), DbError> {
        let mut tx = self.db.identity().await?;
        sql::query(
            "INSERT INTO signing_key (key_id, public_jwk, sealed_private) VALUES ($1, $2, '{}')",
        )
        .bind(self.key_id.uuid())
        .bind(Json(&self.public))
        .execute(tx.conn())
        .await?;
        tx.commit().await
    }

    async fn store_session(
        &self,
        person_id: PersonId,
        session_id: SessionId,
        token_hash: &[u8],
    ) -> Result<(), DbError> {
        let mut tx = self.db.identity().await?;
        sql::query(
            "INSERT INTO person (person_id, issuer, subject, email)
             VALUES ($1, 'test', $2, $2 || '@example.com')",
        )
        .bind(person_id.uuid())
        .bind(person_id.to_string())
        .execute(tx.conn())
        .await?;
        sql::query(
            "INSERT INTO session (session_id, person_id, token_hash, idle_expires_at, expires_at)
             VALUES ($1, $2, $3, now() + interval '1 hour', now() + interval '1 day')",
        )
        .bind(session_id.uuid())
        .bind(person_id.uuid())
        .bind(token_hash)
        .execute(tx.conn())
        .await?;
        tx.commit().await
    }

    async fn store_membership(
        &self,
        scope: &TenantScope,
        person_id: PersonId,
        role: Role,
        locations: Option<Vec<String>>,
    ) -> Result<(), DbError> {
        let mut tx = self.db.tenant(scope).await?;
        let tenant = tx.tenant();
        sql::query(
            "INSERT INTO membership (tenant_id, person_id, role, locations)
             VALUES ($1, $2, $3, $4)",
        )
        .bind(tenant)
        .bind(person_id.uuid())
        .bind(role.as_str())
        .bind(locations)
        .execute(tx.conn())
        .await?;
        tx.commit().await
    }

    async fn store_key(
        &self,
        scope: &TenantScope,
        key: &NewApiKey,
        scopes: &[Scope],
    ) -> Result<(), DbError> {
        let mut tx = self.db.tenant(scope).await?;
        let tenant = tx.tenant();
        let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        sql::query(
            "INSERT INTO api_key (tenant_id, api_key_id, name, prefix, secret_hash, role, scopes)
             VALUES ($1, $2, 'test', $3, $4, 'service_account', $5)",
        )
        .bind(tenant)
        .bind(ApiKeyId::mint().uuid())
        .bind(&key.prefix)
        .bind(key.hash.as_slice())
        .bind(scopes)
        .execute(tx.conn())
        .await?;
        tx.commit().await
    }
}

fn generate() -> Option<(EncodingKey, Jwk)> {
    let pkcs8 =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .ok()?;
    let key = EncodingKey::from_ec_der(pkcs8.as_ref());
    let public = Jwk::from_encoding_key(&key, Algorithm::ES256).ok()?;
    Some((key, public))
}

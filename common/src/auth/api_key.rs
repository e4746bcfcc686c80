//! API keys: how they are written, and what the database says about a presented one.

use chrono::{DateTime, TimeDelta, Utc};
use moka::future::Cache;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{Role, Scope, TenantState};
use crate::crypto::{Token, digest};
use crate::db::{Db, DbError, sql};
use crate::kernel::{ApiKeyId, Secret, TenantId, TenantScope};

/// What every key begins with, so that it is recognised in logs and by secret scanners.
const MARK: &str = "ffk_";

/// Characters of the part that is stored and shown, behind the mark.
const PREFIX_LENGTH: usize = 12;

/// Uses are written down at most this often.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A key about to be stored: its text is shown once and never again.
#[derive(Debug)]
pub struct NewApiKey {
    pub text: Secret,
    /// The visible part, by which the key is found and recognised.
    pub prefix: String,
    /// SHA-256 of the whole text.
    pub hash: [u8; 32],
}

impl NewApiKey {
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn mint() -> Result<Self, rand::rand_core::OsError> {
        let random = Uuid::new_v4().simple().to_string();
        let prefix = format!("{MARK}{}", &random[..PREFIX_LENGTH]);
        let text = format!("{prefix}_{}", Token::mint()?.expose());
        Ok(Self { hash: digest(&text), text: Secret::new(text), prefix })
    }
}

/// A key that was presented and is good but for its end, which the clock decides.
#[derive(Debug, Clone)]
pub struct ApiKey {
    pub api_key_id: ApiKeyId,
    pub tenant_id: TenantId,
    pub role: Role,
    pub scopes: Vec<Scope>,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub tenant_state: TenantState,
}

impl ApiKey {
    #[must_use]
    pub fn living(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// False while the tenant is suspended.
    #[must_use]
    pub fn active(&self) -> bool {
        self.tenant_state == TenantState::Active
    }
}

/// The visible part of a text that has the form of a key.
pub(super) fn prefix_of(text: &str) -> Option<&str> {
    let end = MARK.len() + PREFIX_LENGTH;
    let well_formed = text.starts_with(MARK) && text.as_bytes().get(end) == Some(&b'_');
    if well_formed { text.get(..end) } else { None }
}

#[derive(sqlx::FromRow)]
struct Row {
    tenant_id: Uuid,
    api_key_id: Uuid,
    secret_hash: Vec<u8>,
    role: String,
    scopes: Vec<String>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    tenant_state: String,
}

const SELECT: &str = "
    SELECT k.tenant_id, k.api_key_id, k.secret_hash, k.role, k.scopes, k.created_at, k.expires_at,
           t.state AS tenant_state
    FROM api_key k JOIN tenant t USING (tenant_id)
    WHERE k.prefix = $1 AND k.revoked_at IS NULL";

/// The key with this prefix and digest, unless it is revoked or unknown.
pub(super) async fn load(
    db: &Db,
    prefix: &str,
    presented: [u8; 32],
) -> Result<Option<ApiKey>, DbError> {
    let mut tx = db.lookup().await?;
    let rows: Vec<Row> = sql::query_as(SELECT).bind(prefix).fetch_all(tx.conn()).await?;
    // Every candidate is compared to its end, so that time tells nothing about where they differ.
    let mut found = None;
    for row in rows {
        if same_digest(&row.secret_hash, &presented) {
            found = key(row);
        }
    }
    Ok(found)
}

/// Looks at every byte, whatever the first ones say.
#[must_use]
pub fn same_digest(stored: &[u8], presented: &[u8; 32]) -> bool {
    bool::from(stored.ct_eq(presented))
}

/// A role this binary does not know gives no access, nor does an unknown scope.
fn key(row: Row) -> Option<ApiKey> {
    Some(ApiKey {
        api_key_id: ApiKeyId::from_uuid(row.api_key_id),
        tenant_id: TenantId::from_uuid(row.tenant_id),
        role: row.role.parse().ok()?,
        scopes: row.scopes.iter().filter_map(|scope| scope.parse().ok()).collect(),
        created_at: row.created_at,
        expires_at: row.expires_at,
        tenant_state: TenantState::stored(&row.tenant_state),
    })
}

/// Writes down when keys were used.
#[derive(Debug)]
pub(super) struct Uses {
    db: Db,
    noted: Cache<ApiKeyId, DateTime<Utc>>,
}

impl Uses {
    pub(super) fn new(db: Db) -> Self {
        Self { db, noted: Cache::new(10_000) }
    }

    /// At most once a minute, over all processes. A failure keeps nobody out.
    pub(super) async fn note(&self, key: &ApiKey, now: DateTime<Utc>) {
        let id = key.api_key_id;
        if self.noted.get(&id).await.is_some_and(|noted| now - noted < NOTED_EVERY) {
            return;
        }
        self.noted.insert(id, now).await;
        if let Err(error) = self.write(key, now).await {
            tracing::warn!(%error, api_key.id = %id, "the use of an API key was not noted");
        }
    }

    async fn write(&self, key: &ApiKey, now: DateTime<Utc>) -> Result<(), DbError> {
        let mut tx = self.db.tenant(&TenantScope::new(key.tenant_id)).await?;
        sql::query(
            "UPDATE api_key SET last_used_at = $3
             WHERE tenant_id = $1 AND api_key_id = $2
               AND (last_used_at IS NULL OR last_used_at <= $3 - interval '1 minute')",
        )
        .bind(key.tenant_id.uuid())
        .bind(key.api_key_id.uuid())
        .bind(now)
        .execute(tx.conn())
        .await?;
        tx.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_the_same_in_all_bits_or_not_at_all() {
        let presented = digest("ffk_0123456789ab_secret");
        assert!(same_digest(&presented, &presented));
        for bit in 0..256 {
            let mut other = presented;
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!same_digest(&other, &presented), "bit {bit}");
        }
        for stored in [&[][..], &presented[..31], &[presented.as_slice(), &[0]].concat()] {
            assert!(!same_digest(stored, &presented));
        }
    }

    #[test]
    fn a_key_is_recognised_by_its_visible_part() {
        let key = NewApiKey::mint().unwrap();
        assert_eq!(prefix_of(key.text.expose()), Some(key.prefix.as_str()));
        assert_eq!(key.text.expose().len(), MARK.len() + PREFIX_LENGTH + 1 + 43);
        assert_eq!(key.hash, digest(key.text.expose()));
        for other in
            ["", "ffk_", "ffk_0123456789ab", "ffk_0123456789abX", "a.b.c", "ffk_ä123456789ab_"]
        {
            assert_eq!(prefix_of(other), None, "{other}");
        }
        assert_ne!(NewApiKey::mint().unwrap().prefix, key.prefix);
    }
}

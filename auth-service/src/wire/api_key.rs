//! API keys.

use chrono::{DateTime, TimeDelta, Utc};
use common::auth::Scope;
use poem_openapi::{Enum, Object};
use uuid::Uuid;

use crate::app::{KeyState, MadeKey, ShownKey, WantedKey};

/// What a key may be used for: reading or writing at a service, or asking about tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum KeyScope {
    #[oai(rename = "data:read")]
    DataRead,
    #[oai(rename = "data:write")]
    DataWrite,
    #[oai(rename = "analytics:read")]
    AnalyticsRead,
    #[oai(rename = "analytics:write")]
    AnalyticsWrite,
    #[oai(rename = "tokens:introspect")]
    TokensIntrospect,
}

impl From<KeyScope> for Scope {
    fn from(scope: KeyScope) -> Self {
        match scope {
            KeyScope::DataRead => Self::DataRead,
            KeyScope::DataWrite => Self::DataWrite,
            KeyScope::AnalyticsRead => Self::AnalyticsRead,
            KeyScope::AnalyticsWrite => Self::AnalyticsWrite,
            KeyScope::TokensIntrospect => Self::TokensIntrospect,
        }
    }
}

impl From<Scope> for KeyScope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::DataRead => Self::DataRead,
            Scope::DataWrite => Self::DataWrite,
            Scope::AnalyticsRead => Self::AnalyticsRead,
            Scope::AnalyticsWrite => Self::AnalyticsWrite,
            Scope::TokensIntrospect => Self::TokensIntrospect,
        }
    }
}

/// A key that is wanted.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct ApiKeyRequest {
    /// What people call the machine.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub name: String,
    #[oai(validator(min_items = 1, max_items = 5))]
    pub scopes: Vec<KeyScope>,
    /// A year when left out.
    #[oai(validator(minimum(value = "1"), maximum(value = "730")))]
    pub expires_in_days: Option<u16>,
}

impl From<ApiKeyRequest> for WantedKey {
    fn from(request: ApiKeyRequest) -> Self {
        let mut scopes: Vec<Scope> = request.scopes.into_iter().map(Scope::from).collect();
        scopes.sort();
        scopes.dedup();
        Self {
            name: request.name,
            scopes,
            lifetime: TimeDelta::days(request.expires_in_days.unwrap_or(365).into()),
        }
    }
}

/// How a key is replaced.
#[derive(Debug, Default, Object)]
#[oai(deny_unknown_fields)]
pub struct ApiKeyRotation {
    /// How long the old key works on; a day when left out, 0 ends it at once.
    #[oai(validator(maximum(value = "10080")))]
    pub overlap_minutes: Option<u16>,
}

impl ApiKeyRotation {
    #[must_use]
    pub fn overlap(&self) -> TimeDelta {
        TimeDelta::minutes(self.overlap_minutes.unwrap_or(24 * 60).into())
    }
}

/// A new key. Its text is shown this once.
#[derive(Debug, Object)]
pub struct NewApiKey {
    pub api_key_id: Uuid,
    /// To be sent as `Authorization: Bearer`.
    pub api_key: String,
    /// The part by which people recognise it.
    pub prefix: String,
    pub expires_at: DateTime<Utc>,
}

impl From<MadeKey> for NewApiKey {
    fn from(made: MadeKey) -> Self {
        Self {
            api_key_id: made.api_key_id.uuid(),
            api_key: made.text.expose().to_owned(),
            prefix: made.prefix,
            expires_at: made.expires_at,
        }
    }
}

/// Whether a key lets anyone in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum ApiKeyStatus {
    Active,
    Expired,
    Revoked,
}

impl From<KeyState> for ApiKeyStatus {
    fn from(state: KeyState) -> Self {
        match state {
            KeyState::Active => Self::Active,
            KeyState::Expired => Self::Expired,
            KeyState::Revoked => Self::Revoked,
        }
    }
}

/// A machine's key, without its text.
#[derive(Debug, Object)]
pub struct ApiKey {
    pub api_key_id: Uuid,
    pub name: String,
    pub prefix: String,
    pub scopes: Vec<KeyScope>,
    pub status: ApiKeyStatus,
    pub created_at: DateTime<Utc>,
    pub created_by: Option<Uuid>,
    pub expires_at: Option<DateTime<Utc>>,
    /// Written down at most once a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// The key that replaced it.
    pub successor_id: Option<Uuid>,
}

impl From<ShownKey> for ApiKey {
    fn from(shown: ShownKey) -> Self {
        let ShownKey { row, state } = shown;
        let scopes = row.scopes.iter().filter_map(|scope| scope.parse::<Scope>().ok());
        Self {
            api_key_id: row.api_key_id,
            name: row.name,
            prefix: row.prefix,
            scopes: scopes.map(KeyScope::from).collect(),
            status: state.into(),
            created_at: row.created_at,
            created_by: row.created_by,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
            successor_id: row.successor_id,
        }
    }
}

/// One page, newest first.
#[derive(Debug, Object)]
pub struct ApiKeyPage {
    pub api_keys: Vec<ApiKey>,
    /// Continues the list; none on its last page.
    pub next_cursor: Option<String>,
}

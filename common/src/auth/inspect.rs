//! What a token stands for, for those who ask about one that they did not make.

use chrono::{DateTime, Utc};

use super::{ApiKey, AuthError, Authenticator, Membership, Principal, Role, Scope};
use crate::kernel::TenantId;

/// A token that would let its bearer in now.
#[derive(Debug, Clone)]
pub struct Inspected {
    pub principal: Principal,
    pub tenant_id: TenantId,
    pub role: Role,
    /// Empty for people, whose role alone decides.
    pub scopes: Vec<Scope>,
    pub issued_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
}

impl Authenticator {
    /// None for anything that lets nobody in: unknown, expired, revoked, suspended.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] when that cannot be told.
    pub async fn inspect(&self, token: &str) -> Result<Option<Inspected>, AuthError> {
        let outcome = match self.api_key(token).await {
            Some(Ok(key)) => Ok(of_key(&key)),
            Some(Err(error)) => Err(error),
            None => self.inspect_access_token(token).await,
        };
        match outcome {
            Err(AuthError::Unavailable) => Err(AuthError::Unavailable),
            Err(_) => Ok(None),
            Ok(found) => Ok(found),
        }
    }

    async fn inspect_access_token(&self, token: &str) -> Result<Option<Inspected>, AuthError> {
        let (claims, session) = self.access_token(token).await?;
        let of_tenant = |membership: &&Membership| membership.tenant_id == claims.tid;
        let Some(membership) = session.memberships.iter().find(of_tenant) else { return Ok(None) };
        let instant = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        Ok(membership.active().then(|| Inspected {
            principal: Principal::Person {
                person_id: session.person_id,
                session_id: session.session_id,
                email: session.email.clone(),
            },
            tenant_id: claims.tid,
            role: membership.role,
            scopes: Vec::new(),
            issued_at: instant(claims.iat),
            expires_at: Some(instant(claims.exp)),
        }))
    }
}

fn of_key(key: &ApiKey) -> Option<Inspected> {
    key.active().then(|| Inspected {
        principal: Principal::ApiKey { api_key_id: key.api_key_id },
        tenant_id: key.tenant_id,
        role: key.role,
        scopes: key.scopes.clone(),
        issued_at: key.created_at,
        expires_at: key.expires_at,
    })
}

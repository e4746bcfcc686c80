//! From a request to a caller, or to the reason why not.

use std::sync::Arc;

use poem::{PathPattern, Request};

use super::credential::{Credential, cookie_name, selected_tenant};
use super::origin::Origins;
use super::rule::Rules;
use super::session::{Membership, Session, SessionKey};
use super::{Access, AuthError, Caller, KeyCache, LoggedIn, Rule, Standings, Verifier};
use crate::config::HttpSettings;
use crate::crypto::digest;
use crate::db::Db;
use crate::kernel::{SharedClock, TenantId, TenantScope};

/// One for a process; put into the request data of all routes as `Arc<Authenticator>`.
#[derive(Debug)]
pub struct Authenticator {
    verifier: Verifier,
    standings: Standings,
    rules: Rules,
    origins: Origins,
    cookie_name: &'static str,
    clock: SharedClock,
}

/// A checked session, and the tenant that the credential or the header names.
struct Checked {
    session: Arc<Session>,
    tenant: Option<TenantId>,
    by_cookie: bool,
}

impl Authenticator {
    #[must_use]
    pub fn new(db: Db, clock: SharedClock, rules: &[Rule], http: &HttpSettings) -> Self {
        Self {
            verifier: Verifier::new(KeyCache::new(db.clone(), clock.clone()), clock.clone()),
            standings: Standings::new(db),
            rules: Rules::new(rules),
            origins: Origins::new(http),
            cookie_name: cookie_name(http.insecure_loopback_cookies),
            clock,
        }
    }

    /// For readiness: whether access tokens can be verified.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] when the signing keys were not read for too long.
    pub async fn ready(&self) -> Result<(), AuthError> {
        self.verifier.keys().ready().await
    }

    /// The caller of a route that acts in a tenant.
    ///
    /// # Errors
    /// Why the request is refused.
    pub async fn caller(&self, request: &Request) -> Result<Caller, AuthError> {
        let checked = self.check(request).await?;
        // Authentication first: who is not logged in learns nothing about routes.
        let access = self.access(request)?;
        let membership = choose(&checked)?;
        if !membership.active() {
            return Err(AuthError::Suspended);
        }
        if let Access::Role(needed) = access
            && !membership.role.covers(needed)
        {
            return Err(AuthError::RoleTooLow { needed });
        }
        let session = &checked.session;
        Ok(Caller {
            person_id: session.person_id,
            scope: TenantScope::new(membership.tenant_id),
            role: membership.role,
            session_id: session.session_id,
            email: session.email.clone(),
        })
    }

    /// The session behind a route that needs a person but no tenant.
    ///
    /// # Errors
    /// Why the request is refused.
    pub async fn session(&self, request: &Request) -> Result<LoggedIn, AuthError> {
        let Checked { session, by_cookie, .. } = self.check(request).await?;
        match self.access(request)? {
            Access::Public | Access::Authenticated => Ok(LoggedIn { session, by_cookie }),
            // Such a rule can be judged only inside a tenant.
            Access::Role(needed) => Err(AuthError::RoleTooLow { needed }),
        }
    }

    fn access(&self, request: &Request) -> Result<Access, AuthError> {
        request
            .data::<PathPattern>()
            .and_then(|pattern| self.rules.access(request.method(), &pattern.0))
            .ok_or(AuthError::NoRule)
    }

    async fn check(&self, request: &Request) -> Result<Checked, AuthError> {
        let credential = Credential::of(request, self.cookie_name)?;
        let selected = selected_tenant(request)?;
        match credential {
            Credential::Bearer(token) => self.check_token(&token, selected).await,
            Credential::Cookie(cookie) => {
                let session = self.check_cookie(&cookie).await?;
                self.origins.check(request)?;
                Ok(Checked { session, tenant: selected, by_cookie: true })
            }
        }
    }

    async fn check_token(
        &self,
        token: &str,
        selected: Option<TenantId>,
    ) -> Result<Checked, AuthError> {
        let claims = self.verifier.verify(token).await?;
        let session = self
            .standings
            .of(SessionKey::Id(claims.sid))
            .await?
            .filter(|s| s.person_id == claims.sub && self.clock.now() < s.expires_at)
            .ok_or(AuthError::InvalidToken)?;
        // The token is for one tenant; the header may repeat it, never widen it.
        match selected {
            Some(other) if other != claims.tid => Err(AuthError::NotYours),
            _ => Ok(Checked { session, tenant: Some(claims.tid), by_cookie: false }),
        }
    }

    async fn check_cookie(&self, cookie: &str) -> Result<Arc<Session>, AuthError> {
        let now = self.clock.now();
        self.standings
            .of(SessionKey::TokenHash(digest(cookie)))
            .await?
            .filter(|s| now < s.expires_at && now < s.idle_expires_at)
            .ok_or(AuthError::SessionEnded)
    }
}

fn choose(checked: &Checked) -> Result<&Membership, AuthError> {
    let memberships = &checked.session.memberships;
    match (checked.tenant, memberships.as_slice()) {
        (Some(tenant), _) => {
            memberships.iter().find(|m| m.tenant_id == tenant).ok_or(AuthError::NotYours)
        }
        (None, [only]) => Ok(only),
        (None, []) => Err(AuthError::NotYours),
        (None, _) => Err(AuthError::TenantRequired),
    }
}

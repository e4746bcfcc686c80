//! From a request to a caller, or to the reason why not.

use std::sync::Arc;

use poem::{PathPattern, Request};
use uuid::Uuid;

use super::api_key::{self, Uses};
use super::credential::{Credential, cookie_name, selected_tenant};
use super::denials::Denials;
use super::judge::Candidate;
use super::origin::Origins;
use super::rule::{Rules, Terms};
use super::session::{self, Membership, Session, SessionKey};
use super::standing::Standings;
use super::{
    Access, ApiKey, AuthError, Caller, Claims, KeyCache, Locations, LoggedIn, Principal, Rule,
    Verifier,
};
use crate::config::HttpSettings;
use crate::crypto::digest;
use crate::db::Db;
use crate::http::CallerLimits;
use crate::kernel::{SharedClock, TenantId, TenantScope};

/// One for a process; put into the request data of all routes as `Arc<Authenticator>`.
#[derive(Debug)]
pub struct Authenticator {
    db: Db,
    verifier: Verifier,
    sessions: Standings<SessionKey, Session>,
    keys: Standings<[u8; 32], ApiKey>,
    uses: Uses,
    denials: Denials,
    limits: CallerLimits,
    rules: Rules,
    origins: Origins,
    cookie_name: &'static str,
    clock: SharedClock,
}

/// A checked credential, and the tenant that it or the header names.
enum Checked {
    Session { session: Arc<Session>, tenant: Option<TenantId>, by_cookie: bool },
    Key(Arc<ApiKey>),
}

impl Checked {
    fn id(&self) -> Uuid {
        match self {
            Self::Session { session, .. } => session.session_id.uuid(),
            Self::Key(key) => key.api_key_id.uuid(),
        }
    }
}

impl Authenticator {
    #[must_use]
    pub fn new(db: Db, clock: SharedClock, rules: &[Rule], http: &HttpSettings) -> Self {
        Self {
            verifier: Verifier::new(KeyCache::new(db.clone(), clock.clone()), clock.clone()),
            sessions: Standings::new(),
            keys: Standings::new(),
            uses: Uses::new(db.clone()),
            denials: Denials::new(db.clone()),
            limits: CallerLimits::new(http, &clock),
            rules: Rules::new(rules),
            origins: Origins::new(http),
            cookie_name: cookie_name(http.insecure_loopback_cookies),
            clock,
            db,
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
        let terms = self.terms(request)?;
        let candidate = match checked {
            Checked::Session { session, tenant, .. } => match by_session(&session, tenant) {
                Ok(candidate) => candidate,
                Err(why) => {
                    self.denials.note_outsider(request, session.person_id, &why).await;
                    return Err(why);
                }
            },
            Checked::Key(key) => {
                self.uses.note(&key, self.clock.now()).await;
                by_key(&key)
            }
        };
        self.limits.count_tenant(candidate.caller.tenant_id())?;
        match candidate.judge(terms) {
            Ok(()) => Ok(candidate.caller),
            Err(why) => {
                self.denials.note(request, &candidate.caller, &why).await;
                Err(why)
            }
        }
    }

    /// The session behind a route that needs a person but no tenant.
    ///
    /// # Errors
    /// Why the request is refused.
    pub async fn session(&self, request: &Request) -> Result<LoggedIn, AuthError> {
        let Checked::Session { session, by_cookie, .. } = self.check(request).await? else {
            return Err(AuthError::PersonRequired);
        };
        match self.terms(request)?.access {
            Access::Public | Access::Authenticated => Ok(LoggedIn { session, by_cookie }),
            // Such a rule can be judged only inside a tenant.
            Access::Role(needed) => Err(AuthError::RoleTooLow { needed }),
            Access::Service | Access::Signature => Err(AuthError::NoRule),
        }
    }

    fn terms(&self, request: &Request) -> Result<Terms, AuthError> {
        request
            .data::<PathPattern>()
            .and_then(|pattern| self.rules.terms(request.method(), &pattern.0))
            .ok_or(AuthError::NoRule)
    }

    async fn check(&self, request: &Request) -> Result<Checked, AuthError> {
        let credential = Credential::of(request, self.cookie_name)?;
        let selected = selected_tenant(request)?;
        let checked = match credential {
            Credential::Bearer(token) => self.check_bearer(&token, selected).await?,
            Credential::Cookie(cookie) => {
                let session = self.check_cookie(&cookie).await?;
                self.origins.check(request)?;
                Checked::Session { session, tenant: selected, by_cookie: true }
            }
        };
        self.limits.count_caller(checked.id())?;
        Ok(checked)
    }

    /// The credential is for one tenant; the header may repeat it, never widen it.
    async fn check_bearer(
        &self,
        token: &str,
        selected: Option<TenantId>,
    ) -> Result<Checked, AuthError> {
        let (checked, own) = match self.api_key(token).await {
            Some(key) => {
                let key = key?;
                let own = key.tenant_id;
                (Checked::Key(key), own)
            }
            None => {
                let (claims, session) = self.access_token(token).await?;
                let tenant = Some(claims.tid);
                (Checked::Session { session, tenant, by_cookie: false }, claims.tid)
            }
        };
        if selected.is_some_and(|other| other != own) {
            return Err(AuthError::NotYours);
        }
        Ok(checked)
    }

    /// None when the text does not have the form of an API key.
    pub(super) async fn api_key(&self, text: &str) -> Option<Result<Arc<ApiKey>, AuthError>> {
        let prefix = api_key::prefix_of(text)?;
        let presented = digest(text);
        let found = self.keys.of(presented, api_key::load(&self.db, prefix, presented)).await;
        let now = self.clock.now();
        Some(found.and_then(|key| key.filter(|key| key.living(now)).ok_or(AuthError::InvalidToken)))
    }

    pub(super) async fn access_token(
        &self,
        token: &str,
    ) -> Result<(Claims, Arc<Session>), AuthError> {
        let claims = self.verifier.verify(token).await?;
        let session = self
            .standing(SessionKey::Id(claims.sid))
            .await?
            .filter(|s| s.person_id == claims.sub && self.clock.now() < s.expires_at)
            .ok_or(AuthError::InvalidToken)?;
        Ok((claims, session))
    }

    async fn check_cookie(&self, cookie: &str) -> Result<Arc<Session>, AuthError> {
        let now = self.clock.now();
        self.standing(SessionKey::TokenHash(digest(cookie)))
            .await?
            .filter(|s| now < s.expires_at && now < s.idle_expires_at)
            .ok_or(AuthError::SessionEnded)
    }

    async fn standing(&self, key: SessionKey) -> Result<Option<Arc<Session>>, AuthError> {
        self.sessions.of(key, session::load(&self.db, key)).await
    }
}

fn by_session(session: &Session, tenant: Option<TenantId>) -> Result<Candidate, AuthError> {
    let membership = choose(&session.memberships, tenant)?;
    let principal = Principal::Person {
        person_id: session.person_id,
        session_id: session.session_id,
        email: session.email.clone(),
    };
    let caller = Caller {
        principal,
        scope: TenantScope::new(membership.tenant_id),
        role: membership.role,
        locations: membership.locations.clone(),
    };
    Ok(Candidate { caller, active: membership.active(), scopes: Vec::new() })
}

fn by_key(key: &ApiKey) -> Candidate {
    let caller = Caller {
        principal: Principal::ApiKey { api_key_id: key.api_key_id },
        scope: TenantScope::new(key.tenant_id),
        role: key.role,
        locations: Locations::All,
    };
    Candidate { caller, active: key.active(), scopes: key.scopes.clone() }
}

fn choose(memberships: &[Membership], tenant: Option<TenantId>) -> Result<&Membership, AuthError> {
    match (tenant, memberships) {
        (Some(tenant), _) => {
            memberships.iter().find(|m| m.tenant_id == tenant).ok_or(AuthError::NotYours)
        }
        (None, [only]) => Ok(only),
        (None, []) => Err(AuthError::NotYours),
        (None, _) => Err(AuthError::TenantRequired),
    }
}

//! Whether a token is good, for a machine that received one (RFC 7662).

use chrono::{DateTime, Utc};
use common::auth::{Authenticator, Caller, Inspected, Principal, Role, Scope, Session};
use common::crypto::digest;
use common::kernel::TenantId;

use super::App;
use crate::domain::refresh::{Verdict, judge};
use crate::error::Error;
use crate::store::refresh_token;

/// What kind of token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    Access,
    Refresh,
    ApiKey,
}

/// A good token of the caller's tenant.
#[derive(Debug)]
pub struct Introspected {
    pub kind: TokenKind,
    pub principal: Principal,
    pub tenant_id: TenantId,
    pub role: Role,
    pub scopes: Vec<Scope>,
    pub issued_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// None for anything bad, and for tokens of other tenants.
///
/// # Errors
/// When it cannot be told.
pub async fn introspect(
    app: &App,
    authenticator: &Authenticator,
    caller: &Caller,
    token: &str,
) -> Result<Option<Introspected>, Error> {
    let found = match authenticator.inspect(token).await? {
        Some(inspected) => Some(known(inspected)),
        None => refresh(app, caller, token).await?,
    };
    Ok(found.filter(|token| token.tenant_id == caller.tenant_id()))
}

fn known(inspected: Inspected) -> Introspected {
    let kind = match inspected.principal {
        Principal::Person { .. } => TokenKind::Access,
        Principal::ApiKey { .. } => TokenKind::ApiKey,
    };
    Introspected {
        kind,
        principal: inspected.principal,
        tenant_id: inspected.tenant_id,
        role: inspected.role,
        scopes: inspected.scopes,
        issued_at: inspected.issued_at,
        expires_at: inspected.expires_at,
    }
}

/// A refresh token belongs to every tenant of its person.
async fn refresh(app: &App, caller: &Caller, token: &str) -> Result<Option<Introspected>, Error> {
    let Some(found) = refresh_token::find(&app.db, &digest(token)).await? else { return Ok(None) };
    if judge(found.presented(), app.clock.now()) != Verdict::Rotate {
        return Ok(None);
    }
    let Some(session) = Session::load(&app.db, found.session_id()).await? else { return Ok(None) };
    let tenant_id = caller.tenant_id();
    let membership = session.memberships.iter().find(|m| m.tenant_id == tenant_id && m.active());
    Ok(membership.map(|membership| Introspected {
        kind: TokenKind::Refresh,
        principal: Principal::Person {
            person_id: session.person_id,
            session_id: session.session_id,
            email: session.email.clone(),
        },
        tenant_id,
        role: membership.role,
        scopes: Vec::new(),
        issued_at: found.created_at,
        expires_at: Some(found.expires_at),
    }))
}

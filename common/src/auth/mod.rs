//! Who calls, for which tenant, and whether they may.
//!
//! Each service has one table of [`Rule`]s. Its endpoints take [`Authenticated`] as their first
//! argument, whose checker asks the [`Authenticator`]: an access token is verified locally with
//! keys published in the database, an API key or a session cookie is looked up, and role,
//! suspension and revocation come from Postgres through a cache of less than two seconds.

mod admins;
mod api_key;
mod authenticator;
mod caller;
mod claims;
mod coverage;
mod credential;
mod denials;
mod error;
mod extract;
mod inspect;
mod judge;
mod keys;
mod locations;
mod origin;
mod role;
mod rule;
mod scope;
mod scopes;
mod service_token;
mod session;
mod standing;
mod verifier;

pub use admins::admin_addresses;
pub use api_key::{ApiKey, NewApiKey, same_digest};
pub use authenticator::Authenticator;
pub use caller::{Caller, Principal};
pub use claims::{AUDIENCE, Claims, ISSUER, TOKEN_LIFETIME, TOKEN_TYPE};
pub use coverage::{assert_rules_cover, uncovered};
pub use credential::{DEVELOPMENT_COOKIE, SESSION_COOKIE, TENANT_HEADER, cookie, cookie_name};
pub use error::AuthError;
pub use extract::{Authenticated, LoggedIn};
pub use inspect::Inspected;
pub use keys::KeyCache;
pub use locations::Locations;
pub use role::{Role, UnknownRole};
pub use rule::{Access, Rule};
pub use scope::{Scope, UnknownScope};
pub use scopes::{every_tenant, scope_of_invitation, scope_of_webhook_endpoint, scopes_of_person};
pub use service_token::{
    CallingService, SERVICE_TOKEN_LIFETIME, SERVICE_TOKEN_TYPE, ServiceClaims, ServiceGate,
};
pub use session::{Membership, Session, TenantState};
pub use verifier::Verifier;

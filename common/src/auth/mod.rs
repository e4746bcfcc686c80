//! Who calls, for which tenant, and whether they may.
//!
//! Each service has one table of [`Rule`]s. Its endpoints take [`Authenticated`] as their first
//! argument, whose checker asks the [`Authenticator`]: a bearer token is verified locally with
//! keys published in the database, a session cookie is looked up, and role, suspension and
//! revocation come from Postgres through a cache of less than two seconds.

mod authenticator;
mod caller;
mod claims;
mod coverage;
mod credential;
mod error;
mod extract;
mod keys;
mod origin;
mod role;
mod rule;
mod session;
mod standing;
mod verifier;

pub use authenticator::Authenticator;
pub use caller::Caller;
pub use claims::{AUDIENCE, Claims, ISSUER, TOKEN_LIFETIME, TOKEN_TYPE};
pub use coverage::{assert_rules_cover, uncovered};
pub use credential::{DEVELOPMENT_COOKIE, SESSION_COOKIE, TENANT_HEADER, cookie, cookie_name};
pub use error::AuthError;
pub use extract::{Authenticated, LoggedIn};
pub use keys::KeyCache;
pub use role::{Role, UnknownRole};
pub use rule::{Access, Rule};
pub use session::{Membership, Session, TenantState};
pub use standing::Standings;
pub use verifier::Verifier;

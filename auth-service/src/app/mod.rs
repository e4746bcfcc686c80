//! Use cases, one a file, and what they share.

mod api_keys;
mod asker;
mod audit_trail;
mod begin_login;
mod change_configuration;
mod create_tenant;
mod erase_tenants;
mod export_tenant;
mod finish_login;
mod introspect;
mod invitations;
mod issue_token;
mod keys;
mod members;
mod parts;
mod read_configuration;
mod refresh;
mod retention;
mod rewrap;
mod sessions;
mod tenant_life;
mod test_connection;

pub use api_keys::{
    KeyState, MadeKey, ShownKey, WantedKey, create_api_key, list_api_keys, revoke_api_key,
    rotate_api_key,
};
pub use asker::{Asker, Visitor};
pub use audit_trail::audit_trail;
pub use begin_login::{Begun, LOGIN_LIFETIME, begin_login};
pub use change_configuration::change_configuration;
pub use create_tenant::{Created, NewTenant, create_tenant};
pub use erase_tenants::erase_tenants;
pub use export_tenant::{TenantExport, export_tenant, export_tenant_as_operator};
pub use finish_login::{Callback, Finished, finish_login};
pub use introspect::{Introspected, TokenKind, introspect};
pub use invitations::{
    InvitationState, MadeInvitation, ShownInvitation, WantedInvitation, accept_invitation, invite,
    list_invitations, revoke_invitation,
};
pub use issue_token::{IssuedToken, issue_token};
pub use keys::{Signer, ensure_key, published_keys};
pub use members::{Member, MemberChange, change_member, list_members, remove_member};
pub use parts::App;
pub use read_configuration::{Configuration, read_configuration};
pub use refresh::{Refreshed, begin_client_session, refresh};
pub use retention::{Removed, remove_outdated};
pub use rewrap::{Rewrapped, rewrap};
pub use sessions::{LivingSession, living_sessions, logout, revoke_session};
pub use tenant_life::{change_tenant_state, rename_tenant, rename_tenant_as_operator, show_tenant};
pub use test_connection::test_connection;

use invitations::accept_at_login;
use issue_token::choose_membership;

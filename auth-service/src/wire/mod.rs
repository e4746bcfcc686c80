//! JSON as clients see it.

mod api_key;
mod audit;
mod configuration;
mod file_format;
mod introspection;
mod invitation;
mod keys;
mod me;
mod member;
mod name_or_place;
mod page;
mod session;
mod tenant;
mod token;

pub use api_key::{ApiKey, ApiKeyPage, ApiKeyRequest, ApiKeyRotation, NewApiKey};
pub use audit::{AuditEntry, AuditPage, AuditResult};
pub use configuration::{TenantConfiguration, configuration};
pub use introspection::{Introspection, IntrospectionRequest};
pub use invitation::{
    AcceptedInvitation, Invitation, InvitationAcceptance, InvitationPage, InvitationRequest,
    NewInvitation,
};
pub use keys::{PublicKey, PublicKeys};
pub use me::Me;
pub use member::{MemberBody, MemberPage, MemberPatch};
pub use page::Position;
pub use session::{SessionBody, Sessions};
pub use tenant::{Tenant, TenantChange, TenantExport};
pub use token::{AccessToken, RefreshRequest, TokenRequest};

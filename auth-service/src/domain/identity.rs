//! Who somebody is at an identity provider.

/// Who logged in, as the provider knows them. Issuer and subject together never change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub issuer: String,
    pub subject: String,
    pub email: Option<String>,
    pub display_name: Option<String>,
}

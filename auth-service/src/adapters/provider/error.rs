//! What the provider can fail with.

use common::net::Open;

/// A failed conversation with the provider.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// No answer, or none that can be read. Nothing was proved or disproved.
    #[error("the identity provider does not answer")]
    Away(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Refused by ourselves: the provider failed too often just now.
    #[error(transparent)]
    CircuitOpen(#[from] Open),
    /// Such as a code that was used before.
    #[error("the provider refused the code: {0}")]
    CodeRefused(String),
    #[error("the provider sent no ID token")]
    NoIdToken,
    #[error("the ID token does not hold")]
    IdToken(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the provider cannot be used as configured: {0}")]
    Configuration(String),
}

impl ProviderError {
    /// Whether it shows that the provider is unwell, and not that it refused.
    pub(super) const fn unwell(&self) -> bool {
        matches!(self, Self::Away(_))
    }

    pub(super) fn away(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Away(Box::new(error))
    }
}

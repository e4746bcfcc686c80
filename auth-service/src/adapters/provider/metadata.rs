//! The provider's description of itself and its keys, read from its discovery document.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use common::kernel::SharedClock;
use common::net::Breaker;
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{AdditionalProviderMetadata, IssuerUrl, ProviderMetadata};
use serde::{Deserialize, Serialize};

use super::ProviderError;

/// How long a discovery document is taken for current.
const CURRENT_FOR: TimeDelta = TimeDelta::hours(1);

/// How long it holds while the provider is away. Longer than this, and a key may have been
/// withdrawn for a reason.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

/// An unknown key id leads to a new reading, but not every one of a thousand does.
const PAUSE: TimeDelta = TimeDelta::seconds(30);

/// While nothing is known yet, every login would fail: try again soon.
const PAUSE_WHEN_EMPTY: TimeDelta = TimeDelta::seconds(2);

/// RFC 9207: the provider names itself in its answer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct IssuerParameter {
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for IssuerParameter {}

pub(super) type Metadata = ProviderMetadata<
    IssuerParameter,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// The last good description.
#[derive(Debug)]
pub(super) struct MetadataCache {
    issuer: IssuerUrl,
    http: reqwest::Client,
    circuit: Breaker,
    clock: SharedClock,
    state: RwLock<State>,
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone, Default)]
struct State {
    metadata: Option<Arc<Metadata>>,
    fetched_at: Option<DateTime<Utc>>,
    attempted_at: Option<DateTime<Utc>>,
}

impl MetadataCache {
    pub(super) fn new(
        issuer: IssuerUrl,
        http: reqwest::Client,
        circuit: Breaker,
        clock: SharedClock,
    ) -> Self {
        Self {
            issuer,
            http,
            circuit,
            clock,
            state: RwLock::default(),
            fetching: tokio::sync::Mutex::new(()),
        }
    }

    /// The description; an outdated one when the provider is away.
    pub(super) async fn get(&self) -> Result<Arc<Metadata>, ProviderError> {
        let now = self.clock.now();
        let state = self.state();
        match (state.metadata, state.fetched_at) {
            (Some(metadata), Some(at)) if now - at < CURRENT_FOR => Ok(metadata),
            _ => self.refresh().await,
        }
    }

    /// Reads anew, unless that was tried a moment ago. A failed reading keeps the last good one.
    pub(super) async fn refresh(&self) -> Result<Arc<Metadata>, ProviderError> {
        let _turn = self.fetching.lock().await;
        let now = self.clock.now();
        let state = self.state();
        let pause = if state.metadata.is_some() { PAUSE } else { PAUSE_WHEN_EMPTY };
        let mut failure = None;
        if state.attempted_at.is_none_or(|at| now - at > pause) {
            self.change(|state| state.attempted_at = Some(now));
            let discovery = async {
                Metadata::discover_async(self.issuer.clone(), &self.http)
                    .await
                    .map_err(ProviderError::away)
            };
            match self.circuit.guard(discovery, ProviderError::unwell).await {
                Ok(metadata) => self.change(|state| {
                    state.metadata = Some(Arc::new(metadata));
                    state.fetched_at = Some(now);
                }),
                Err(error) => {
                    tracing::warn!(issuer = %self.issuer.as_str(), %error, "discovery failed");
                    failure = Some(error);
                }
            }
        }
        let state = self.state();
        let holds = state.fetched_at.is_some_and(|at| now - at < KEPT_FOR);
        let none = || ProviderError::Away("no discovery document was read for a day".into());
        state.metadata.filter(|_| holds).ok_or_else(|| failure.unwrap_or_else(none))
    }

    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }
}

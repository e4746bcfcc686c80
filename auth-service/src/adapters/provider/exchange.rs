//! The two halves of a login: the way to the provider and the answer that comes back.

use std::sync::Arc;

use common::config::NetSettings;
use common::kernel::SharedClock;
use common::net::{Breaker, BreakerSettings, ClientOptions, client};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdTokenClaims, CoreJwsSigningAlgorithm,
    CoreTokenResponse,
};
use openidconnect::{
    AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, SignatureVerificationError,
    TokenResponse,
};

use super::ProviderError;
use super::metadata::{Metadata, MetadataCache};
use crate::config::OidcSettings;
use crate::domain::identity::Identity;

/// Asymmetric algorithms only: a symmetric one would let the client secret sign.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Our side of the agreement with one provider.
#[derive(Debug)]
pub struct Provider {
    metadata: MetadataCache,
    http: reqwest::Client,
    circuit: Breaker,
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    redirect: RedirectUrl,
    scopes: Vec<Scope>,
    clock: SharedClock,
}

/// Where the browser goes, and what must be remembered until it comes back.
#[derive(Debug)]
pub struct Redirect {
    pub url: String,
    pub state: String,
    pub nonce: String,
    pub pkce_verifier: String,
}

/// The provider's answer together with what was remembered.
#[derive(Debug)]
pub struct Answer {
    pub code: String,
    pub nonce: String,
    pub pkce_verifier: String,
}

impl Provider {
    /// `callback` is the whole URL the provider sends browsers back to.
    ///
    /// # Errors
    /// When a URL cannot be read, or the HTTP client cannot start.
    pub fn new(
        settings: &OidcSettings,
        net: &NetSettings,
        callback: String,
        clock: SharedClock,
    ) -> Result<Self, ProviderError> {
        let configuration = |error: String| ProviderError::Configuration(error);
        // The operator names the provider; in development it is on loopback.
        let http = client(&ClientOptions::operator(net)).map_err(ProviderError::away)?;
        let issuer =
            IssuerUrl::new(settings.issuer.clone()).map_err(|e| configuration(e.to_string()))?;
        let redirect = RedirectUrl::new(callback).map_err(|e| configuration(e.to_string()))?;
        let secret = settings.client_secret.expose();
        let circuit = Breaker::new("identity-provider", BreakerSettings::from(net), clock.clone());
        Ok(Self {
            metadata: MetadataCache::new(issuer, http.clone(), circuit.clone(), clock.clone()),
            http,
            circuit,
            client_id: ClientId::new(settings.client_id.clone()),
            client_secret: (!secret.is_empty()).then(|| ClientSecret::new(secret.to_owned())),
            redirect,
            scopes: settings.scopes.iter().cloned().map(Scope::new).collect(),
            clock,
        })
    }

    /// The start of a login.
    ///
    /// # Errors
    /// [`ProviderError::Away`] when the provider was never reached.
    pub async fn redirect(&self) -> Result<Redirect, ProviderError> {
        let client = self.client(&*self.metadata.get().await?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(self.scopes.iter().cloned())
            .set_pkce_challenge(challenge)
            .url();
        Ok(Redirect {
            url: url.into(),
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            pkce_verifier: verifier.into_secret(),
        })
    }

    /// Whether the answer's `iss` is the provider's own. Providers that announce the parameter
    /// must send it (RFC 9207).
    ///
    /// # Errors
    /// [`ProviderError::Away`] when the provider was never reached.
    pub async fn names_itself(&self, iss: Option<&str>) -> Result<bool, ProviderError> {
        let metadata = self.metadata.get().await?;
        Ok(match iss {
            Some(iss) => iss == metadata.issuer().as_str(),
            None => !metadata.additional_metadata().authorization_response_iss_parameter_supported,
        })
    }

    /// Exchanges the code and verifies the ID token that comes for it.
    ///
    /// # Errors
    /// What is wrong with the code or the token, or that the provider is away.
    pub async fn exchange(&self, answer: Answer) -> Result<Identity, ProviderError> {
        let metadata = self.metadata.get().await?;
        let client = self.client(&metadata);
        let request = client
            .exchange_code(AuthorizationCode::new(answer.code))
            .map_err(|error| ProviderError::Configuration(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(answer.pkce_verifier));
        let exchange = async {
            request.request_async(&self.http).await.map_err(|error| match error {
                RequestTokenError::ServerResponse(refused) => {
                    ProviderError::CodeRefused(refused.error().to_string())
                }
                other => ProviderError::away(other),
            })
        };
        let response = self.circuit.guard(exchange, ProviderError::unwell).await?;
        let nonce = Nonce::new(answer.nonce);
        match self.verify(&metadata, &response, &nonce) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                // The provider may have a new key since its description was read.
                let metadata = self.metadata.refresh().await?;
                self.verify(&metadata, &response, &nonce)
            }
            verified => verified,
        }
        .map_err(|error| ProviderError::IdToken(Box::new(error)))?
        .ok_or(ProviderError::NoIdToken)
    }

    fn verify(
        &self,
        metadata: &Arc<Metadata>,
        response: &CoreTokenResponse,
        nonce: &Nonce,
    ) -> Result<Option<Identity>, ClaimsVerificationError> {
        let Some(token) = response.id_token() else { return Ok(None) };
        let client = self.client(metadata);
        let clock = self.clock.clone();
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || clock.now());
        token.claims(&verifier, nonce).map(|claims| Some(identity(claims)))
    }

    fn client(&self, metadata: &Metadata) -> Client {
        CoreClient::from_provider_metadata(
            metadata.clone(),
            self.client_id.clone(),
            self.client_secret.clone(),
        )
        .set_redirect_uri(self.redirect.clone())
    }
}

fn identity(claims: &CoreIdTokenClaims) -> Identity {
    Identity {
        issuer: claims.issuer().as_str().to_owned(),
        subject: claims.subject().as_str().to_owned(),
        email: claims.email().map(|email| email.as_str().to_owned()),
        display_name: claims
            .name()
            .and_then(|names| names.get(None))
            .map(|name| name.as_str().to_owned()),
    }
}

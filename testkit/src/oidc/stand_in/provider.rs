//! The stand-in's state and its life.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey};
use poem::Server;
use poem::listener::TcpAcceptor;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::code::Codes;
use super::routes::routes;

/// Someone with a button.
#[derive(Debug, Clone)]
pub struct Account {
    pub subject: String,
    pub name: String,
    pub email: String,
}

/// What the stand-in is started with.
#[derive(Debug, Clone)]
pub struct StandInOptions {
    /// 0 takes a free one.
    pub port: u16,
    pub client_id: String,
    pub client_secret: String,
    pub redirect_uri: String,
    pub accounts: Vec<Account>,
}

/// The stand-in cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StandInError {
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("no signing key")]
    Key,
}

/// A running stand-in. Ends with the value.
#[derive(Debug)]
pub struct StandIn {
    issuer: String,
    _running: DropGuard,
}

pub(super) struct Shared {
    pub(super) issuer: String,
    pub(super) options: StandInOptions,
    pub(super) codes: Codes,
    pub(super) key: EncodingKey,
    pub(super) keys: JwkSet,
}

/// There is one key, made at the start.
pub(super) const KEY_ID: &str = "development";

impl StandIn {
    /// # Errors
    /// When the port is taken.
    #[expect(
        clippy::disallowed_methods,
        reason = "lives and ends with its handle, not with a service"
    )]
    pub async fn start(options: StandInOptions) -> Result<Self, StandInError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let failed = |source| StandInError::Listen { address, source };
        let listener = tokio::net::TcpListener::bind(address).await.map_err(failed)?;
        let issuer = format!("http://{}", listener.local_addr().map_err(failed)?);
        let (key, keys) = signing_key()?;
        let shared = Shared { issuer: issuer.clone(), options, codes: Codes::default(), key, keys };
        let acceptor = TcpAcceptor::from_tokio(listener).map_err(failed)?;
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let app = routes(Arc::new(shared));
        tokio::spawn(async move {
            let server = Server::new_with_acceptor(acceptor);
            // Its end is the end of the handle; there is nobody to tell.
            let _ = server.run_with_graceful_shutdown(app, stopped, None).await;
        });
        Ok(Self { issuer, _running: stop.drop_guard() })
    }

    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }
}

fn signing_key() -> Result<(EncodingKey, JwkSet), StandInError> {
    let pkcs8 =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(|_| StandInError::Key)?;
    let key = EncodingKey::from_ec_der(pkcs8.as_ref());
    let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).map_err(|_| StandInError::Key)?;
    jwk.common.key_id = Some(KEY_ID.to_owned());
    Ok((key, JwkSet { keys: vec![jwk] }))
}

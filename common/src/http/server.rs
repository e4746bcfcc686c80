//! Binds a port and serves until the process is asked to stop.

use std::net::SocketAddr;
use std::time::Duration;

use poem::listener::TcpAcceptor;
use poem::{Endpoint, IntoResponse, Server};
use tokio::net::TcpListener;

use crate::lifecycle::Shutdown;

/// Answers in progress may take this long after a stop was asked for; the process itself has 10 s.
const DRAIN: Duration = Duration::from_secs(8);

/// A client that opens a connection and stays silent is dropped after this time.
const IDLE: Duration = Duration::from_secs(120);

/// The server cannot start or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another process listens there.
    #[error("{0} is already in use; stop the process that listens there or choose another address")]
    Busy(SocketAddr),
    /// The address cannot be bound for another reason.
    #[error("cannot listen on {address}")]
    Bind {
        /// The configured address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The server failed while running.
    #[error("the server stopped")]
    Serve(#[source] std::io::Error),
}

/// A bound port nobody is served on yet.
#[derive(Debug)]
pub struct BoundServer {
    listener: TcpListener,
    address: SocketAddr,
}

/// Binds `address`; port 0 takes a free one.
///
/// # Errors
/// [`ServeError::Busy`] when the port is taken.
pub async fn bind(address: SocketAddr) -> Result<BoundServer, ServeError> {
    let failed = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AddrInUse => ServeError::Busy(address),
        _ => ServeError::Bind { address, source },
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(BoundServer { listener, address })
}

impl BoundServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until a stop is asked for, then finishes the answers in progress.
    ///
    /// # Errors
    /// When accepting connections fails for good.
    pub async fn serve<E>(self, app: E, shutdown: &Shutdown) -> Result<(), ServeError>
    where
        E: Endpoint + 'static,
        E::Output: IntoResponse,
    {
        let acceptor = TcpAcceptor::from_tokio(self.listener).map_err(ServeError::Serve)?;
        tracing::info!(address = %self.address, "listening");
        let serving = Server::new_with_acceptor(acceptor)
            .idle_timeout(IDLE)
            .run_with_graceful_shutdown(app, shutdown.wait(), Some(DRAIN));
        tokio::select! {
            served = serving => served.map_err(ServeError::Serve),
            () = shutdown.wait_forced() => Ok(()),
        }
    }
}

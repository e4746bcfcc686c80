//! Binds a port and serves until the process is asked to stop.

mod activity;
mod connection;
mod rest;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use poem::{Endpoint, IntoResponse};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::lifecycle::Shutdown;

/// Answers in progress may take this long after a stop was asked for; the process itself has 10 s.
const DRAIN: Duration = Duration::from_secs(8);

/// Open at once. Who comes then waits in the kernel's backlog until one of them ends.
const CONNECTIONS: usize = 4_096;

/// Out of file descriptors, for example: the next attempt comes after this.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

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
}

/// A bound port nobody is served on yet.
#[derive(Debug)]
pub struct BoundServer {
    listener: TcpListener,
    address: SocketAddr,
    connections: usize,
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
    Ok(BoundServer { listener, address, connections: CONNECTIONS })
}

impl BoundServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until a stop is asked for, then finishes the answers in progress.
    pub async fn serve<E>(self, app: E, shutdown: &Shutdown)
    where
        E: Endpoint + 'static,
        E::Output: IntoResponse,
    {
        let Self { listener, address, connections: most } = self;
        tracing::info!(%address, "listening");
        let app = Arc::new(app);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept(), if connections.len() < most => match accepted {
                    Ok((stream, peer)) => {
                        let stop = shutdown.token();
                        connections.spawn(connection::serve(stream, address, peer, app.clone(), stop));
                        if connections.len() == most {
                            tracing::warn!(most, "as many connections as may be; others wait");
                        }
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection was not accepted");
                        tokio::time::sleep(ACCEPT_AGAIN).await;
                    }
                },
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                () = shutdown.wait() => break,
            }
        }
        drop(listener);
        let finished = async { while connections.join_next().await.is_some() {} };
        // What is left then is dropped with the set.
        tokio::select! {
            _ = tokio::time::timeout(DRAIN, finished) => {}
            () = shutdown.wait_forced() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use poem::endpoint::make_sync;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::time::timeout;

    use super::*;

    async fn asking(address: SocketAddr) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
        stream
    }

    async fn assert_answered(stream: &mut TcpStream) {
        let mut begin = [0; 12];
        timeout(Duration::from_secs(30), stream.read_exact(&mut begin)).await.unwrap().unwrap();
        assert_eq!(&begin, b"HTTP/1.1 200");
    }

    #[tokio::test]
    async fn whoever_comes_when_all_connections_are_taken_waits_for_one() {
        let mut server = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        server.connections = 1;
        let (address, shutdown) = (server.address(), Shutdown::new());
        let clients = async {
            let mut first = asking(address).await;
            assert_answered(&mut first).await;
            let mut second = asking(address).await;
            let early = timeout(Duration::from_millis(300), second.read(&mut [0])).await;
            assert!(early.is_err(), "answered beside the first");
            drop(first);
            assert_answered(&mut second).await;
            shutdown.request();
        };
        tokio::join!(server.serve(make_sync(|_| "ok"), &shutdown), clients);
    }
}

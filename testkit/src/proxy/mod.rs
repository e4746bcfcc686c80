//! A TCP proxy that does to connections what networks do: cut them, hold them still, lead nowhere.

mod pump;

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Passes everything on until told otherwise. Dropping it cuts all connections.
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    _accepting: JoinSet<()>,
}

struct Shared {
    upstream: Mutex<SocketAddr>,
    /// Ends the connections of now; new ones get a new token.
    cut: Mutex<CancellationToken>,
    still: watch::Sender<bool>,
    /// How many more connections are let in.
    admitted: Mutex<usize>,
}

impl Shared {
    fn admits(&self) -> bool {
        let mut admitted = lock(&self.admitted);
        let left = admitted.checked_sub(1);
        *admitted = left.unwrap_or_default();
        left.is_some()
    }
}

impl fmt::Debug for FaultProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultProxy").field("address", &self.address).finish_non_exhaustive()
    }
}

impl FaultProxy {
    /// On a loopback port of its own.
    ///
    /// # Errors
    /// When no port is to be had.
    pub async fn start(upstream: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            upstream: Mutex::new(upstream),
            cut: Mutex::default(),
            still: watch::Sender::new(false),
            admitted: Mutex::new(usize::MAX),
        });
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, shared.clone()));
        Ok(Self { address, shared, _accepting: accepting })
    }

    /// Before the server that a database URL names.
    ///
    /// # Errors
    /// When the URL has no address, or no port is to be had.
    pub async fn in_front_of(url: &str) -> anyhow::Result<Self> {
        let upstream = tokio::net::lookup_host(authority(url))
            .await
            .with_context(|| "the address of the database")?
            .next()
            .context("a database URL without an address")?;
        Ok(Self::start(upstream).await?)
    }

    /// `url` with this proxy in place of its server.
    #[must_use]
    pub fn url(&self, url: &str) -> String {
        url.replacen(authority(url), &self.address.to_string(), 1)
    }

    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends every connection there is; new ones are let through.
    pub fn cut(&self) {
        std::mem::take(&mut *lock(&self.shared.cut)).cancel();
    }

    /// Lets nothing through, in either direction, until told to go on; nothing is lost either.
    pub fn hold(&self, still: bool) {
        self.shared.still.send_replace(still);
    }

    /// Lets so many more connections in; later ones are closed before a word is said, as by a server that is busy.
    pub fn admit(&self, connections: usize) {
        *lock(&self.shared.admitted) = connections;
    }

    /// New connections go there.
    pub fn lead_to(&self, upstream: SocketAddr) {
        *lock(&self.shared.upstream) = upstream;
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.cut();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        if !shared.admits() {
            continue;
        }
        let token = lock(&shared.cut).clone();
        let (upstream, still) = (*lock(&shared.upstream), shared.still.subscribe());
        connections.spawn(async move {
            token.run_until_cancelled(serve(client, upstream, still)).await;
        });
    }
}

/// A client whose server does not answer finds its connection closed.
async fn serve(client: TcpStream, upstream: SocketAddr, still: watch::Receiver<bool>) {
    if let Ok(server) = TcpStream::connect(upstream).await {
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::join!(
            pump::pump(from_client, to_server, still.clone()),
            pump::pump(from_server, to_client, still),
        );
    }
}

fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Only assignments happen under it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;

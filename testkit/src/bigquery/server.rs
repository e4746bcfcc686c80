//! The HTTP server: starts, answers, fails when told to, and stops when dropped.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use poem::listener::{AcceptorExt, TcpAcceptor};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::account::ServiceAccount;
use super::catalogue::Catalogue;
use super::data::Paging;
use super::fault::{Fault, Faults, Injection, Route};
use super::jobs::Jobs;
use super::pages::PageCache;
use super::request_log::{LoggedRequest, RequestLog};
use super::respond::{State, respond};
use super::source::TableSource;
use super::token::Tokens;

pub(super) const API: &str = "/bigquery/v2/";
pub(super) const TOKEN: &str = "/token";

/// Several ordinary days, so that a test or a benchmark that reads again measures the reader.
const KEPT_BYTES: usize = 512 << 20;

/// A table that [`Server::prepare`] makes ready is kept up to this size.
pub const PREPARED_BYTES: usize = 2 << 30;

/// Enough for the pages that several readers are at.
const DEMO_KEPT_BYTES: usize = 96 << 20;

/// Why the stand-in cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StandInError {
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("service-account key: {0}")]
    Key(String),
    #[error("key file {path}")]
    KeyFile { path: std::path::PathBuf, source: std::io::Error },
}

/// A dataset to serve: a GA4 property's `analytics_<property>`.
#[derive(Debug, Clone)]
pub struct Dataset {
    pub project: String,
    pub name: String,
    pub location: String,
    pub tables: Vec<(String, TableSource)>,
}

impl Dataset {
    pub fn new(project: &str, name: &str) -> Self {
        Self {
            project: project.to_owned(),
            name: name.to_owned(),
            location: "EU".to_owned(),
            tables: Vec::new(),
        }
    }

    pub fn table(mut self, name: &str, source: TableSource) -> Self {
        self.tables.push((name.to_owned(), source));
        self
    }
}

/// A running stand-in; dropping it closes the port and every connection.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    state: Arc<State>,
    _stop: DropGuard,
}

impl Server {
    /// Starts on a free port of the loopback interface.
    pub async fn start(datasets: Vec<Dataset>) -> Result<Self, StandInError> {
        Self::start_keeping(KEPT_BYTES, 0, datasets, ServiceAccount::of_process()?).await
    }

    /// Starts on a port and for an account of choice, as a demo needs it: tables are read about once, so few rows are kept.
    pub async fn start_on(
        port: u16,
        datasets: Vec<Dataset>,
        account: ServiceAccount,
    ) -> Result<Self, StandInError> {
        Self::start_keeping(DEMO_KEPT_BYTES, port, datasets, account).await
    }

    async fn start_keeping(
        kept_bytes: usize,
        port: u16,
        datasets: Vec<Dataset>,
        account: ServiceAccount,
    ) -> Result<Self, StandInError> {
        crate::canary::logs::keep_own();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let failed = |source| StandInError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let acceptor = TcpAcceptor::from_tokio(listener).map_err(failed)?;
        let state = Arc::new(State {
            token_uri: format!("http://{address}{TOKEN}"),
            account,
            tokens: Tokens::default(),
            catalogue: Catalogue::default(),
            jobs: Jobs::default(),
            cache: PageCache::new(kept_bytes),
            faults: Faults::default(),
            log: RequestLog::default(),
            paging: Mutex::default(),
            gzip: AtomicBool::default(),
        });
        let stop = CancellationToken::new();
        serve(acceptor, Arc::clone(&state), stop.clone());
        let server = Self { address, state, _stop: stop.drop_guard() };
        for dataset in datasets {
            server.add(dataset);
        }
        Ok(server)
    }

    /// What a client takes as the API's base URL, without a trailing slash.
    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.address, API.trim_end_matches('/'))
    }

    pub fn token_uri(&self) -> &str {
        &self.state.token_uri
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The key file of the account that may read every dataset here.
    pub fn service_account_key_json(&self) -> String {
        let state = &self.state;
        state.account.key_json("stand-in", &state.token_uri)
    }

    /// Adds a dataset, or more tables to a known one.
    pub fn add(&self, dataset: Dataset) {
        let key = (dataset.project, dataset.name);
        self.state.catalogue.add_dataset(key.clone(), &dataset.location);
        for (name, source) in dataset.tables {
            self.state.put(&key, &name, source);
        }
    }

    /// Adds a table to a known dataset, or replaces its rows; the table counts as modified.
    pub fn replace(&self, project: &str, dataset: &str, table: &str, source: TableSource) {
        let key = (project.to_owned(), dataset.to_owned());
        self.state.put(&key, table, source);
    }

    /// Modifies a table without changing a row.
    pub fn touch(&self, project: &str, dataset: &str, table: &str) {
        let key = (project.to_owned(), dataset.to_owned());
        self.state.catalogue.touch(&key, table);
    }

    pub fn remove(&self, project: &str, dataset: &str, table: &str) {
        let key = (project.to_owned(), dataset.to_owned());
        self.state.remove(&key, table);
    }

    /// How pages of rows are cut from now on.
    pub fn set_paging(&self, paging: Paging) {
        *self.state.paging() = paging;
    }

    /// Compresses answers for clients that accept it, as the real service does. Off at the start: between processes of one
    /// machine it only costs time.
    pub fn set_gzip(&self, on: bool) {
        self.state.gzip.store(on, Ordering::Relaxed);
    }

    /// The next API request fails this way.
    pub fn fail_next(&self, fault: Fault) {
        self.inject(Injection::new(fault));
    }

    pub fn inject(&self, injection: Injection) {
        self.state.faults.add(injection);
    }

    /// Forgets the faults that have not hit anything yet.
    pub fn clear_faults(&self) {
        self.state.faults.clear();
    }

    /// Encodes every row of `table` in the way rows were asked for last, and keeps them: whoever reads it next waits for
    /// the network alone. Answers how many bytes that are. Blocks.
    pub fn prepare(
        &self,
        project: &str,
        dataset: &str,
        table: &str,
    ) -> Result<usize, super::SourceError> {
        self.state.cache.keep_more(PREPARED_BYTES);
        let key = (project.to_owned(), dataset.to_owned());
        let asked = self.request_log().into_iter().rev().find(|r| r.route == Route::TableData);
        let (Some(asked), Some(table)) = (asked, self.state.catalogue.table(&key, table)) else {
            return Ok(0);
        };
        super::data::prepare(&table, &asked.query, &self.state.cache)
    }

    /// Every request since the start or the last [`Self::clear_log`], oldest first.
    pub fn request_log(&self) -> Vec<LoggedRequest> {
        self.state.log.all()
    }

    pub fn clear_log(&self) {
        self.state.log.clear();
    }
}

fn serve(acceptor: TcpAcceptor, state: Arc<State>, stop: CancellationToken) {
    let app = poem::endpoint::make(move |request| {
        let state = Arc::clone(&state);
        async move { respond(&state, request).await }
    });
    let server = poem::Server::new_with_acceptor(acceptor.boxed()).run_with_graceful_shutdown(
        app,
        async move { stop.cancelled().await },
        Some(Duration::ZERO),
    );
    #[expect(
        clippy::disallowed_methods,
        reason = "a stand-in ends with its owner, by the guard it holds, not with a service"
    )]
    tokio::spawn(server.map(|ended| {
        if let Err(error) = ended {
            tracing::warn!(%error, "the BigQuery stand-in stopped");
        }
    }));
}

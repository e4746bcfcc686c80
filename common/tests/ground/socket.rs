//! The server on a real port, and a client that speaks as little HTTP as it takes.

use common::http::bind;
use common::lifecycle::Shutdown;
use poem::Response;
use poem::endpoint::BoxEndpoint;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// A server that ends with the test.
pub struct Served {
    pub address: String,
    pub shutdown: Shutdown,
    pub task: JoinHandle<()>,
}

impl Served {
    #[expect(clippy::disallowed_methods, reason = "the runtime of the test is its drain")]
    pub async fn new(app: BoxEndpoint<'static, Response>) -> Self {
        let server = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (address, shutdown) = (server.address().to_string(), Shutdown::new());
        let stop = shutdown.clone();
        let task = tokio::spawn(async move { server.serve(app, &stop).await });
        Self { address, shutdown, task }
    }

    /// Sends a request and does not wait for its answer.
    pub async fn ask(&self, path: &str, headers: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// Status line, headers and body, in lower case.
    pub async fn get(&self, path: &str, headers: &str) -> String {
        let mut stream = self.ask(path, &format!("{headers}connection: close\r\n")).await;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.to_lowercase()
    }
}

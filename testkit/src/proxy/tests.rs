use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// A server that answers with what it hears.
async fn echo() -> (SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut server = JoinSet::new();
    server.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(async move {
                let (mut read, mut write) = stream.into_split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
            });
        }
    });
    (address, server)
}

async fn says(stream: &mut TcpStream, text: &[u8]) -> std::io::Result<Vec<u8>> {
    stream.write_all(text).await?;
    let mut heard = vec![0; text.len()];
    stream.read_exact(&mut heard).await?;
    Ok(heard)
}

#[tokio::test]
async fn a_connection_passes_stands_still_and_is_cut() {
    let (address, _server) = echo().await;
    let proxy = FaultProxy::start(address).await.unwrap();
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(says(&mut stream, b"one").await.unwrap(), b"one");

    proxy.hold(true);
    let mut waiting = Box::pin(says(&mut stream, b"two"));
    let soon = tokio::time::timeout(Duration::from_millis(200), &mut waiting).await;
    assert!(soon.is_err(), "nothing comes through");
    proxy.hold(false);
    assert_eq!(waiting.await.unwrap(), b"two");

    proxy.cut();
    assert!(says(&mut stream, b"three").await.is_err());
    let mut fresh = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(says(&mut fresh, b"four").await.unwrap(), b"four");
}

#[tokio::test]
async fn new_connections_go_where_they_are_led() {
    let (first, gone) = echo().await;
    let proxy = FaultProxy::start(first).await.unwrap();
    drop(gone);
    let (second, _server) = echo().await;
    proxy.lead_to(second);
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(says(&mut stream, b"hello").await.unwrap(), b"hello");
}

#[tokio::test]
async fn more_connections_than_are_admitted_are_closed() {
    let (address, _server) = echo().await;
    let proxy = FaultProxy::start(address).await.unwrap();
    proxy.admit(1);
    let mut first = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(says(&mut first, b"hello").await.unwrap(), b"hello");
    let mut second = TcpStream::connect(proxy.address()).await.unwrap();
    assert!(says(&mut second, b"hello").await.is_err());
}

#[tokio::test]
async fn the_server_of_a_url_is_replaced() {
    let proxy = FaultProxy::start(([127, 0, 0, 1], 9).into()).await.unwrap();
    let port = proxy.address().port();
    let url = proxy.url("postgres://user:secret@localhost:5432/footfall?sslmode=disable");
    assert_eq!(url, format!("postgres://user:secret@127.0.0.1:{port}/footfall?sslmode=disable"));
}

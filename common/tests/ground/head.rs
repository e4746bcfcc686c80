//! A request has to arrive: whoever sends it byte by byte does not keep a connection for ever.

use std::time::Duration;

use common::http::Health;
use common::lifecycle::Shutdown;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::api::app_with;
use crate::socket::Served;

#[tokio::test(start_paused = true)]
async fn headers_that_trickle_in_are_not_waited_for_long() {
    let served = Served::new(app_with(Health::new(Shutdown::new()))).await;
    let mut stream = TcpStream::connect(&served.address).await.unwrap();
    stream.write_all(b"GET /test/v1/ok HTTP/1.1\r\nhost: ").await.unwrap();
    let begun = Instant::now();
    // However it is closed, reading comes to an end.
    while timeout(Duration::from_secs(7), stream.read(&mut [0])).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(90), "kept for {:?}", begun.elapsed());
        stream.write_all(b"x").await.unwrap();
    }
}

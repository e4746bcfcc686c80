//! Who writes a whole request before reading finds the answer all the same, however little of it was read.

use std::time::{Duration, Instant};

use common::http::Health;
use common::lifecycle::Shutdown;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::api::app_with;
use crate::socket::Served;

/// Far more than is taken, and than the buffers of a socket hold.
const BODY: usize = 7 << 20;

const JSON: &str = "host: test\r\ncontent-type: application/json\r\n";

async fn served() -> Served {
    Served::new(app_with(Health::new(Shutdown::new()))).await
}

async fn connected(served: &Served) -> TcpStream {
    TcpStream::connect(&served.address).await.unwrap()
}

/// Reads one answer with its body, which holds `end`.
async fn answer(stream: &mut TcpStream, end: &str) -> String {
    let mut answer = String::new();
    while !answer.contains(end) {
        let mut bytes = [0; 4096];
        let read = stream.read(&mut bytes).await.unwrap();
        assert!(read > 0, "closed after {answer}");
        answer.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
    }
    answer
}

fn assert_too_large(answer: &str) {
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("larger than 1000 bytes"), "{answer}");
}

#[tokio::test]
async fn who_writes_all_of_a_large_body_first_still_reads_the_413() {
    let served = served().await;
    let body = vec![b'x'; BODY];
    let mut stream = connected(&served).await;
    let head = format!("POST /test/v1/jobs HTTP/1.1\r\n{JSON}content-length: {BODY}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    assert_too_large(&answer(&mut stream, "\"errors\":").await);
    // Nothing of that body is taken for the next request.
    stream.write_all(b"GET /test/v1/ok HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    assert!(answer(&mut stream, "\r\n\r\nok").await.contains("HTTP/1.1 200 "));

    let mut stream = connected(&served).await;
    let head = format!("POST /test/v1/jobs HTTP/1.1\r\n{JSON}transfer-encoding: chunked\r\n\r\n");
    stream.write_all(format!("{head}{BODY:x}\r\n").as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    stream.write_all(b"\r\n0\r\n\r\n").await.unwrap();
    assert_too_large(&answer(&mut stream, "\"errors\":").await);
}

#[tokio::test]
async fn an_endless_body_is_not_read_for_ever() {
    let served = served().await;
    let mut stream = connected(&served).await;
    let head =
        format!("POST /test/v1/jobs HTTP/1.1\r\n{JSON}content-length: {}\r\n\r\n", 1_u64 << 40);
    stream.write_all(head.as_bytes()).await.unwrap();
    let (chunk, mut written) = (vec![b'x'; 1 << 20], 0);
    while stream.write_all(&chunk).await.is_ok() {
        written += 1;
        assert!(written < 100, "{written} MiB were taken");
    }
    assert!(written >= 8, "{written} MiB");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for_long() {
    let served = served().await;
    let mut stream = connected(&served).await;
    let head = format!("POST /test/v1/jobs HTTP/1.1\r\n{JSON}content-length: {BODY}\r\n\r\n");
    let begun = Instant::now();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_too_large(&answer);
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

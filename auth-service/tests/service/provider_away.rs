//! An identity provider that does not answer: refused for now, and after repeated failures not even called.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use poem::http::StatusCode;

use crate::support::{header, json, service};

/// Hangs up on whoever calls, and counts them. Ends with the process.
fn hanging_up() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let calls = Arc::<AtomicUsize>::default();
    let counted = calls.clone();
    std::thread::spawn(move || {
        for call in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            drop(call);
        }
    });
    (port, calls)
}

#[tokio::test]
async fn a_provider_that_fails_repeatedly_is_left_alone_until_one_try_is_due() {
    let (port, calls) = hanging_up();
    let service = service(&format!("http://127.0.0.1:{port}")).await;
    let refused = async || {
        let answer = service.client.get("/auth/v1/login").send().await;
        answer.assert_status(StatusCode::SERVICE_UNAVAILABLE);
        assert!(!header(&answer, "retry-after").is_empty());
        json(answer).await["detail"].as_str().unwrap().to_owned()
    };
    for _ in 0..5 {
        assert!(refused().await.contains("does not answer"));
        // Discovery pauses between attempts by itself.
        service.clock.advance(TimeDelta::seconds(3));
    }
    let made = calls.load(Ordering::SeqCst);
    assert!(made >= 5, "{made}");
    assert!(refused().await.contains("failed repeatedly"));
    assert_eq!(calls.load(Ordering::SeqCst), made, "it was not called");
    service.clock.advance(TimeDelta::seconds(10));
    assert!(refused().await.contains("does not answer"));
    assert!(calls.load(Ordering::SeqCst) > made, "one call is tried");
    service.clock.advance(TimeDelta::seconds(3));
    assert!(refused().await.contains("failed repeatedly"), "which failed, too");
}

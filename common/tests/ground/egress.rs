//! The egress guard against names that change, redirects and other ways inside.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use common::config::NetSettings;
use common::net::{ClientOptions, EgressPolicy, Resolver, blocked_address, client};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers the n-th question with the n-th address, from then on with the last one.
#[derive(Debug)]
struct Changing {
    answers: Vec<Ipv4Addr>,
    asked: AtomicUsize,
}

#[async_trait]
impl Resolver for Changing {
    async fn lookup(&self, _: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        let at = self.asked.fetch_add(1, Ordering::SeqCst).min(self.answers.len() - 1);
        Ok(vec![(self.answers[at], port).into()])
    }
}

/// A server that may be reached, and one on the same port that may not.
struct Two {
    allowed: TcpListener,
    inside: TcpListener,
    port: u16,
}

const ALLOWED: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 1);
const INSIDE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

impl Two {
    async fn new() -> Self {
        loop {
            let allowed = TcpListener::bind((ALLOWED, 0)).await.unwrap();
            let port = allowed.local_addr().unwrap().port();
            // The other address has ports of its own; mostly the same one is free there.
            if let Ok(inside) = TcpListener::bind((INSIDE, port)).await {
                return Self { allowed, inside, port };
            }
        }
    }

    async fn answer(&self, text: &str) {
        let (mut stream, _) = self.allowed.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Whether anything has knocked inside.
    async fn knocked(&self) -> bool {
        tokio::time::timeout(Duration::from_millis(50), self.inside.accept()).await.is_ok()
    }
}

fn options(answers: Vec<Ipv4Addr>, redirects: usize) -> ClientOptions {
    let net = NetSettings { allow_private: vec![ALLOWED.to_string()], ..NetSettings::default() };
    let resolver = Arc::new(Changing { answers, asked: AtomicUsize::new(0) });
    let policy = EgressPolicy::new(&net).with_resolver(resolver);
    ClientOptions { egress: Some(policy), redirects, ..ClientOptions::guarded(&net) }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_judged_at_every_connection() {
    let two = Two::new().await;
    let http = client(&options(vec![ALLOWED, INSIDE], 0)).unwrap();
    let url = format!("http://shop.example:{}/", two.port);
    let served = two.answer("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let (first, ()) = tokio::join!(http.get(&url).send(), served);
    assert_eq!(first.unwrap().status().as_u16(), 200);
    let second = http.get(&url).send().await.unwrap_err();
    let blocked = blocked_address(&second).unwrap();
    assert_eq!((blocked.host.as_str(), blocked.address), ("shop.example", INSIDE.into()));
    assert!(!two.knocked().await);
}

#[tokio::test]
async fn the_judged_address_is_the_one_that_is_used() {
    // For protocols with sockets of their own: asked once, so that there is no second answer to fall for.
    let resolver =
        Arc::new(Changing { answers: vec![ALLOWED, INSIDE], asked: AtomicUsize::new(0) });
    let net = NetSettings { allow_private: vec![ALLOWED.to_string()], ..NetSettings::default() };
    let policy = EgressPolicy::new(&net).with_resolver(resolver.clone());
    let addresses = policy.resolve("files.example", 22).await.unwrap();
    assert_eq!(addresses, [SocketAddr::from((ALLOWED, 22))]);
    assert_eq!(resolver.asked.load(Ordering::SeqCst), 1);
    assert!(blocked_address(&policy.resolve("files.example", 22).await.unwrap_err()).is_some());
}

#[tokio::test]
async fn a_redirect_leads_nowhere_inside() {
    let two = Two::new().await;
    let by_address = format!("http://{INSIDE}:{}/", two.port);
    let by_name = format!("http://inside.example:{}/", two.port);
    for target in [by_address, by_name] {
        let redirect = format!(
            "HTTP/1.1 302 Found\r\nlocation: {target}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        let url = format!("http://shop.example:{}/", two.port);
        let following = client(&options(vec![ALLOWED, INSIDE], 3)).unwrap();
        let (followed, ()) = tokio::join!(following.get(&url).send(), two.answer(&redirect));
        assert!(blocked_address(&followed.unwrap_err()).is_some(), "{target}");
        // The usual client does not follow at all.
        let usual = client(&options(vec![ALLOWED, INSIDE], 0)).unwrap();
        let (answer, ()) = tokio::join!(usual.get(&url).send(), two.answer(&redirect));
        assert_eq!(answer.unwrap().status().as_u16(), 302);
    }
    assert!(!two.knocked().await);
}

#[tokio::test]
async fn other_spellings_of_inside_are_refused() {
    let guarded = ClientOptions::guarded(&NetSettings::default());
    let http = client(&guarded).unwrap();
    for host in [
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[fe80::1]",
        "[64:ff9b::a00:1]",
        "0177.0.0.1",
        "2130706433",
        "0",
    ] {
        let url: reqwest::Url = format!("http://{host}:9/").parse().unwrap();
        let refused = guarded.check_url(&url).is_err();
        let unreachable = async {
            let error = http.get(url.clone()).send().await.unwrap_err();
            blocked_address(&error).is_some()
        };
        assert!(refused || unreachable.await, "{host}");
    }
}

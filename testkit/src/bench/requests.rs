//! The same request again and again over a number of connections.

use std::time::{Duration, Instant};

use anyhow::bail;
use serde_json::{Value, json};

use crate::dev::Api;

/// What a run of requests showed.
#[derive(Debug)]
pub struct Latencies {
    sorted: Vec<Duration>,
    elapsed: Duration,
}

impl Latencies {
    /// The time within which `percent` of the answers came.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        let at = (self.sorted.len() * percent / 100).min(self.sorted.len().saturating_sub(1));
        self.sorted.get(at).copied().unwrap_or_default()
    }

    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.sorted.len() as f64 / self.elapsed.as_secs_f64()
    }

    #[must_use]
    pub fn figures(&self) -> Value {
        let ms = |percent| rounded(self.percentile(percent).as_secs_f64() * 1_000.0);
        json!({
            "requests": self.sorted.len(), "p50_ms": ms(50), "p95_ms": ms(95), "p99_ms": ms(99),
            "requests_per_second": self.per_second().round(),
        })
    }
}

/// Three decimals are more than the noise of a run allows.
#[must_use]
pub fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// Where a run ends: at so many requests or after so long, whichever comes first.
#[derive(Debug, Clone, Copy)]
pub struct Bound {
    pub requests: usize,
    pub time: Duration,
    /// From one request of a connection to its next; at once when there is nothing left of it.
    pub every: Duration,
}

/// Whose connections ask again at once: the rest of a bound.
pub const IMMEDIATELY: Bound = Bound { requests: 0, time: Duration::ZERO, every: Duration::ZERO };

impl Default for Bound {
    fn default() -> Self {
        Self { requests: 400, time: Duration::from_millis(800), ..IMMEDIATELY }
    }
}

/// Asks for `path` over `connections` at once until the bound, after a twentieth of that to warm up. Each asks once at least.
///
/// # Errors
/// When an answer is not a success.
pub async fn run(
    api: &Api,
    path: &str,
    connections: usize,
    bound: Bound,
) -> anyhow::Result<Latencies> {
    api.renew().await?;
    repeat(connections, bound, || success(api.request(reqwest::Method::GET, path))).await
}

/// Sends the request and reads its answer to the end.
///
/// # Errors
/// When the answer is not a success.
pub async fn success(request: reqwest::RequestBuilder) -> anyhow::Result<()> {
    let answer = request.send().await?;
    let (url, status) = (answer.url().clone(), answer.status());
    let body = answer.bytes().await?;
    if !status.is_success() {
        bail!("{url}: {status}: {}", String::from_utf8_lossy(&body));
    }
    Ok(())
}

/// Does `work` over and over, as [`run`] asks.
///
/// # Errors
/// The first failure of the work.
pub async fn repeat<W, F>(connections: usize, bound: Bound, work: W) -> anyhow::Result<Latencies>
where
    W: Fn() -> F,
    F: Future<Output = anyhow::Result<()>>,
{
    let again = async |times: usize, time: Duration| {
        let mut seen = Vec::with_capacity(times);
        let first = Instant::now();
        while seen.len() < times && (seen.is_empty() || first.elapsed() < time) {
            let begun = Instant::now();
            work().await?;
            seen.push(begun.elapsed());
            let rest = bound.every.saturating_sub(begun.elapsed());
            if !rest.is_zero() {
                tokio::time::sleep(rest).await;
            }
        }
        anyhow::Ok(seen)
    };
    let all = |times: usize, time: Duration| {
        let each = (times / connections).max(1);
        futures_util::future::try_join_all((0..connections).map(|_| again(each, time)))
    };
    all(bound.requests / 20, bound.time / 20).await?;
    let begun = Instant::now();
    let mut sorted: Vec<Duration> =
        all(bound.requests, bound.time).await?.into_iter().flatten().collect();
    let elapsed = begun.elapsed();
    sorted.sort_unstable();
    Ok(Latencies { sorted, elapsed })
}

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

/// Asks for `path` over `connections` at once, `each` times over each, after a twentieth of that to warm up.
///
/// # Errors
/// When an answer is not a success.
pub async fn run(
    api: &Api,
    path: &str,
    connections: usize,
    each: usize,
) -> anyhow::Result<Latencies> {
    let ask = |times: usize| async move {
        let mut seen = Vec::with_capacity(times);
        for _ in 0..times {
            let begun = Instant::now();
            let answer = api.request(reqwest::Method::GET, path).send().await?;
            let status = answer.status();
            let body = answer.bytes().await?;
            if !status.is_success() {
                bail!("{path}: {status}: {}", String::from_utf8_lossy(&body));
            }
            seen.push(begun.elapsed());
        }
        Ok(seen)
    };
    let all = |times| futures_util::future::try_join_all((0..connections).map(move |_| ask(times)));
    all((each / 20).max(1)).await?;
    let begun = Instant::now();
    let mut sorted: Vec<Duration> = all(each).await?.into_iter().flatten().collect();
    let elapsed = begun.elapsed();
    sorted.sort_unstable();
    Ok(Latencies { sorted, elapsed })
}

//! Whether the time in which a digest is compared tells where it differs.
//!
//! Welch's t over two kinds of mismatch in random order, in the first byte and in the last; beyond ±4.5 they are told
//! apart. Beside it the same for a comparison that leaves at the first difference, which the method must see.

use std::hint::black_box;
use std::time::Instant;

use common::auth::same_digest;
use rand::Rng;
use serde_json::{Value, json};

use super::requests::rounded;

/// Of both kinds together.
const SAMPLES: usize = 400_000;
/// Comparisons of one sample: a single one is shorter than the clock's step.
const REPEATED: usize = 64;
/// Of the samples of each kind, the slowest are interruptions by others.
const KEPT: f64 = 0.95;

type Digest = [u8; 32];

/// The figures, in nanoseconds a comparison.
pub(super) fn figures() -> Value {
    let ours = measure(|stored, presented| same_digest(stored, presented));
    let early = measure(|stored, presented| {
        stored.iter().zip(presented).all(|(left, right)| black_box(left) == right)
    });
    json!({
        "measure": "key_comparison", "samples": SAMPLES,
        "welch_t": rounded(ours.t), "first_byte_ns": rounded(ours.first), "last_byte_ns": rounded(ours.last),
        "early_exit_welch_t": rounded(early.t),
        "early_exit_first_byte_ns": rounded(early.first), "early_exit_last_byte_ns": rounded(early.last),
    })
}

struct Measured {
    t: f64,
    first: f64,
    last: f64,
}

fn measure(compare: impl Fn(&Digest, &Digest) -> bool) -> Measured {
    let mut random = rand::rng();
    let stored: Digest = random.random();
    let (mut early, mut late) = (stored, stored);
    early[0] ^= 0xff;
    late[31] ^= 0xff;
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        let in_first: bool = random.random();
        let presented = if in_first { &early } else { &late };
        let begun = Instant::now();
        for _ in 0..REPEATED {
            black_box(compare(black_box(&stored), black_box(presented)));
        }
        let took = begun.elapsed().as_nanos() as f64 / REPEATED as f64;
        if in_first { first.push(took) } else { last.push(took) }
    }
    let (first, last) = (Sample::of(first), Sample::of(last));
    let error = (first.variance / first.count + last.variance / last.count).sqrt();
    Measured { t: (first.mean - last.mean) / error, first: first.mean, last: last.mean }
}

struct Sample {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Sample {
    fn of(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        times.truncate((times.len() as f64 * KEPT) as usize);
        let count = times.len() as f64;
        let mean = times.iter().sum::<f64>() / count;
        let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        Self { count, mean, variance }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_that_leaves_early_is_found_out() {
        let early = measure(|stored, presented| {
            stored.iter().zip(presented).all(|(left, right)| black_box(left) == right)
        });
        assert!(early.t < -4.5, "{}", early.t);
    }
}

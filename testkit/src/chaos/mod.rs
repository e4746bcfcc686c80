//! Faults at random over running ingestions of three tenants; at the end nothing may be lost,
//! nothing doubled. The same seed gives the same faults in the same order.

mod fault;
mod house;
mod invariants;
mod worker;

use std::time::{Duration, Instant};

use anyhow::bail;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use fault::Fault;
use house::House;

/// Longer than the slowest of what was interrupted takes to be done again.
const RECOVERY: Duration = Duration::from_secs(180);

/// What to do.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How long faults happen.
    pub minutes: f64,
    pub seed: u64,
}

/// Prints what happened and what was found.
///
/// # Errors
/// When an invariant does not hold, or the tenants do not recover.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let Options { minutes, seed } = options;
    println!("chaos for {minutes} min with seed {seed}");
    let mut house = House::start(seed).await?;
    let mut random = StdRng::seed_from_u64(seed);
    let until = Instant::now() + Duration::try_from_secs_f64(minutes * 60.0)?;
    let mut counts = fault::Counts::default();
    while Instant::now() < until {
        house.keep_busy().await?;
        tokio::time::sleep(Duration::from_millis(random.random_range(200..2_000))).await;
        let fault = Fault::draw(&mut random);
        counts.add(&fault);
        house.suffer(fault).await?;
    }
    println!("faults: {counts}");
    recover(&mut house).await?;
    house.load_undisturbed().await?;
    let found = invariants::check(&house).await?;
    println!("{found}");
    if found.broken.is_empty() { Ok(()) } else { bail!("{}", found.broken.join("\n")) }
}

/// Without faults everything comes to its end.
async fn recover(house: &mut House) -> anyhow::Result<()> {
    let begun = Instant::now();
    while !house.idle().await? {
        house.retry_what_failed().await?;
        if begun.elapsed() > RECOVERY {
            bail!("jobs still run {} s after the last fault", RECOVERY.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    println!(
        "everything came to its end {:.1} s after the last fault",
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

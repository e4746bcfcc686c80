//! A minute of faults at random over running ingestions; `cargo xtask chaos` goes on for longer.

use testkit::chaos::{Options, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_minute_of_chaos_loses_and_doubles_nothing() {
    if let Err(broken) = run(Options { minutes: 1.0, seed: 20_261_120 }).await {
        panic!("{broken:#}");
    }
}

//! A file of a million rows, in a process of its own: its memory is what is measured.

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

#[expect(dead_code, reason = "shared with the tests of small files")]
#[path = "../master_data/scene.rs"]
mod scene;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::scene::{Scene, outcome};

const ROWS: usize = 1_000_000;
const BAD: usize = 137;
const MEMORY_MB: u64 = 200;

fn write(path: &Path) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    writeln!(file, "code,name,email,location_code").unwrap();
    for n in 0..ROWS {
        let email =
            if n % 7_000 == 6_999 && n / 7_000 < BAD { "no address" } else { "a@b.example" };
        writeln!(file, "K{n:07},Customer number {n},{email},B{}", n % 50).unwrap();
    }
    file.flush().unwrap();
}

/// The most memory the process had since it was asked to forget, in megabytes.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_million_rows_the_bad_ones_are_left_out_in_little_memory() {
    let mut scene = Scene::with_format(json!({})).await;
    // A minute on two processors that have other tests to run; five times as long only when something stands still.
    scene.patience = Duration::from_secs(300);
    let alpha = scene.alpha();
    write(&scene.server.files().join("customers.csv"));
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let job = scene.run_job(&alpha, &["load_customers"]).await;
    let peak = peak_mb();

    assert_eq!(job.summary.state.as_str(), "succeeded_with_rejects", "{job:?}");
    let counts = ["files", "loaded", "rejected", "duplicates"];
    let good = (ROWS - BAD) as u64;
    assert_eq!(outcome(&job.steps[0], &counts), [1, good, BAD as u64, 0]);
    let rows = "SELECT count(*) FROM customer WHERE tenant_id = $1 AND active";
    assert_eq!(scene.number(&alpha, rows).await, good as i64);
    let rejects = "SELECT count(*) FROM reject WHERE tenant_id = $1
                     AND reason = 'invalid_email' AND column_name = 'email' AND byte_offset > 0";
    assert_eq!(scene.number(&alpha, rejects).await, BAD as i64);
    assert!(peak < MEMORY_MB, "{peak} MB");
}

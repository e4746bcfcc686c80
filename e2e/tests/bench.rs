//! The bench of statistics, at a data set that a test has time for: each kind of answer over 90 days, with caches off and on,
//! over one connection and sixteen, and while days are replaced.

use testkit::bench::stats;
use testkit::dev::Folder;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bench_of_statistics_measures_each_answer_at_its_smallest() {
    let kept = tempfile::tempdir().unwrap();
    let folder = Folder::at(kept.path()).unwrap();
    if let Err(error) = stats::run_at("0.01", &folder).await {
        panic!("{error:#}");
    }
}

//! A worker that stands still for longer than its lease finds that it has lost its step.

use std::fs::File;
use std::process::Stdio;
use std::time::Duration;

use common::db::sql;
use data_service::app::sweep_staging::sweep;
use nix::sys::signal::{Signal, kill};

use crate::scene::{Scene, Worker};

/// As the scene's workers have it.
const LEASE: Duration = Duration::from_secs(2);

/// Stops the worker while it holds a lease and is not inside a finishing transaction.
async fn stop_while_it_loads(scene: &Scene, worker: &Worker) {
    let suffix = format!(":{}", worker.pid());
    scene
        .poll(async || {
            kill(worker.pid(), Signal::SIGSTOP).unwrap();
            // What it had sent to the server before ends meanwhile.
            tokio::time::sleep(Duration::from_millis(200)).await;
            let mut tx = scene.db.tenant(&scene.test.alpha()).await.unwrap();
            let held: Option<i32> = sql::query_scalar(
                "SELECT 1 FROM lease JOIN job_step USING (tenant_id, step_id)
                 WHERE job_step.kind = 'load_shard' AND right(worker, length($1)) = $1
                 LIMIT 1 FOR UPDATE OF lease SKIP LOCKED",
            )
            .bind(&suffix)
            .fetch_optional(tx.conn())
            .await
            .unwrap();
            if held.is_none() {
                kill(worker.pid(), Signal::SIGCONT).unwrap();
            }
            held.map(drop)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_paused_in_turn_write_nothing_twice() {
    let scene = Scene::new(43).await;
    let (paused, undisturbed) = (scene.test.alpha(), scene.test.beta());
    let folder = tempfile::tempdir().unwrap();
    let logs = ["one", "two"].map(|name| folder.path().join(name));
    let workers = logs
        .each_ref()
        .map(|log| scene.worker_that_writes(Stdio::from(File::create(log).unwrap())));
    let job = scene.submit(&paused).await;
    for worker in &workers {
        stop_while_it_loads(&scene, worker).await;
        // Long enough for the other one to take its steps over.
        tokio::time::sleep(LEASE * 3).await;
        kill(worker.pid(), Signal::SIGCONT).unwrap();
        let told = |text: &str| text.contains("LeaseLost") || text.contains("lease_lost");
        let log = &logs[usize::from(worker.pid() != workers[0].pid())];
        scene.poll(async || told(&std::fs::read_to_string(log).unwrap()).then_some(())).await;
        if worker.pid() == workers[0].pid() {
            // There is work left for the second one to lose.
            scene.reload(&paused).await;
        }
    }
    assert_eq!(scene.finished(&paused, job).await, "succeeded");
    scene.until_idle(&paused).await;
    let job = scene.submit(&undisturbed).await;
    assert_eq!(scene.finished(&undisturbed, job).await, "succeeded");
    drop(workers);
    assert_eq!(scene.row_hash(&paused).await, scene.row_hash(&undisturbed).await);
    assert_eq!(scene.revisions(&paused).await, vec![1; scene.days()], "every day replaced once");
    // Whoever stood still in the middle of a COPY held its table when the load ended.
    let now = chrono::DateTime::from_timestamp_secs(4_000_000_000).unwrap();
    sweep(&scene.db, now).await.unwrap();
    assert_eq!(scene.staged(&paused).await, 0);
}

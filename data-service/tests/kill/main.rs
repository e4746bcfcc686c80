//! `kill -9` of the worker while it loads: nothing is lost and nothing counts twice.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod paused;
mod scene;
mod schedule;

use common::kernel::TenantScope;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use scene::Scene;

const KILLS: u32 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_during_an_ingestion_change_nothing_and_read_little_again() {
    let scene = Scene::new(41).await;
    let killed = scene.test.alpha();
    kill_while_it_loads(&scene, &killed, 41).await;
    assert_same_as_undisturbed(&scene, &killed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_of_queries_change_nothing_and_are_billed_once() {
    let scene = Scene::reading(45, "query").await;
    let killed = scene.test.alpha();
    kill_while_it_loads(&scene, &killed, 45).await;
    assert_eq!(
        scene.queries().len(),
        scene.days(),
        "whoever goes on reads the rows of the same job"
    );
    assert_same_as_undisturbed(&scene, &killed).await;
}

/// Kills one worker after the other until the job has been done.
async fn kill_while_it_loads(scene: &Scene, killed: &TenantScope, seed: u64) {
    let total = scene.rows();
    let mut random = StdRng::seed_from_u64(seed);
    let job = scene.submit(killed).await;
    let mut checkpoints = Vec::new();
    for kill in 0..KILLS {
        let worker = scene.worker();
        // Somewhere in the next twentieth of the rows, so that every kill is further on.
        let share = (f64::from(kill) + random.random::<f64>()) / f64::from(KILLS);
        let point = (total as f64 * share) as i64;
        scene.until(killed, job, point).await;
        drop(worker);
        checkpoints.extend(scene.checkpoints(killed).await);
    }
    let worker = scene.worker();
    assert_eq!(scene.finished(killed, job).await, "succeeded");
    drop(worker);
    // What was copied is not read again: the next attempt begins after it. The last page of a killed worker may
    // still be committed after the look at its checkpoint.
    let begun = scene.first_rows_asked_for();
    assert!(checkpoints.iter().any(|(_, row)| *row > 0), "no kill came between two pages");
    for (of, row) in checkpoints {
        let resumed = begun.iter().any(|(begun, first)| *begun == of && *first >= row);
        assert!(resumed, "{of} from row {row}: {begun:?}");
    }
}

async fn assert_same_as_undisturbed(scene: &Scene, killed: &TenantScope) {
    let undisturbed = scene.test.beta();
    let worker = scene.worker();
    let job = scene.submit(&undisturbed).await;
    assert_eq!(scene.finished(&undisturbed, job).await, "succeeded");
    drop(worker);
    assert_eq!(scene.row_hash(killed).await, scene.row_hash(&undisturbed).await);
    assert_eq!(scene.revisions(killed).await, vec![1; scene.days()]);
    assert_eq!(scene.staged(killed).await, 0);
}

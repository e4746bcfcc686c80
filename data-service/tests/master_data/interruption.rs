//! Slow writers and dead workers.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::Duration;

use common::db::sql;
use common::kernel::LoadId;
use serde_json::json;
use uuid::Uuid;

use crate::scene::{Scene, customers, outcome};

const ACTIVE: &str = "SELECT count(*) FROM customer WHERE tenant_id = $1 AND active";

#[tokio::test]
async fn a_file_is_not_read_while_it_grows() {
    let scene = Scene::with_format(json!({ "settle_seconds": 1 })).await;
    let alpha = scene.alpha();
    let text = customers(50);
    let path = scene.server.files().join("customers.csv");
    let (lines, growing) = (text.clone(), path.clone());
    std::fs::write(&path, "").unwrap();
    let writer = std::thread::spawn(move || {
        let mut file = OpenOptions::new().append(true).open(growing).unwrap();
        for line in lines.lines() {
            writeln!(file, "{line}").unwrap();
            std::thread::sleep(Duration::from_millis(60));
        }
    });
    let job = scene.submit(&alpha, &["load_customers"]).await;
    scene.worker().run_until_idle().await.unwrap();
    assert!(!writer.is_finished(), "the first look falls into the writing");
    assert_eq!(scene.number(&alpha, ACTIVE).await, 0);
    let step = scene.work_until_ended(&alpha, job).await.steps.remove(0);
    writer.join().unwrap();

    assert_eq!(outcome(&step, &["files", "loaded", "rejected"]), [1, 50, 0]);
    assert!(step.exceptions.iter().all(|e| e.code == "source_changed"), "{step:?}");
    assert!(!step.exceptions.is_empty());
    let versions = "SELECT count(*) FROM source_file WHERE tenant_id = $1 AND state <> 'skipped'";
    assert_eq!(scene.number(&alpha, versions).await, 1, "one version was read, once");
}

#[tokio::test]
async fn a_marker_says_that_a_file_is_complete() {
    let format = json!({ "settle_seconds": 3_600, "done_suffix": ".done" });
    let scene = Scene::with_format(format).await;
    let alpha = scene.alpha();
    scene.server.put("customers.csv", customers(3).as_bytes()).unwrap();
    scene.server.put("customers.csv.done", b"").unwrap();
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["files", "loaded"]), [1, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_dies_leaves_nothing_and_another_one_finishes() {
    let scene = Scene::new().await;
    let alpha = scene.alpha();
    const ROWS: usize = 200_000;
    scene.server.put("customers.csv", customers(ROWS).as_bytes()).unwrap();
    let job = scene.submit(&alpha, &["load_customers"]).await;

    let mut dying = tokio::task::JoinSet::new();
    dying.spawn(scene.worker().run_until_idle());
    while scene.staged().await == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    dying.abort_all();
    assert!(dying.join_next().await.unwrap().is_err(), "it did not get to its end");
    assert!(scene.staged().await > 0, "the dead load left rows behind");
    assert_eq!(scene.number(&alpha, ACTIVE).await, 0);
    assert_eq!(
        scene.number(&alpha, "SELECT count(*) FROM source_file WHERE tenant_id = $1").await,
        0
    );

    let step = scene.work_until_ended(&alpha, job).await.steps.remove(0);
    assert_eq!(outcome(&step, &["files", "loaded"]), [1, ROWS as u64]);
    assert_eq!(step.attempts, 2);
    assert_eq!(scene.number(&alpha, ACTIVE).await, ROWS as i64);
    assert_eq!(scene.staged().await, 0, "the rows of the dead load are gone too");
}

#[tokio::test]
async fn rows_that_a_dead_load_left_are_deleted() {
    let scene = Scene::new().await;
    let alpha = scene.alpha();
    let insert = "INSERT INTO staging.master_row (load_id, position, code, name, extra, row_hash)
                  VALUES ($1, 0, 'K', 'N', '{}', $1)";
    let old = Uuid::parse_str("01900000-0000-7000-8000-000000000000").unwrap();
    let young = LoadId::mint().uuid();
    let mut tx = scene.data.tenant(&alpha).await.unwrap();
    for load in [old, young] {
        sql::query(insert).bind(load).execute(tx.conn()).await.unwrap();
    }
    tx.commit().await.unwrap();
    scene.run(&alpha, "load_customers").await;
    let left = "SELECT load_id::text FROM staging.master_row WHERE $1 IS NOT NULL";
    assert_eq!(scene.texts(&alpha, left).await, [young.to_string()]);
}

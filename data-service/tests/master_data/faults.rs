//! What bad files and bad servers do: nothing to the rows that are there.

use common::net::EgressPolicy;
use serde_json::json;
use testkit::sshd::KeyKind;

use crate::scene::{Scene, code, customers, outcome};

const ACTIVE: &str = "SELECT count(*) FROM customer WHERE tenant_id = $1 AND active";

#[tokio::test]
async fn a_file_with_too_many_bad_rows_is_refused_as_a_whole() {
    let scene = Scene::with_format(json!({ "max_rejected_rows": 5 })).await;
    let alpha = scene.alpha();
    scene.server.put("customers.csv", customers(50).as_bytes()).unwrap();
    scene.run(&alpha, "load_customers").await;

    let bad = customers(100).replace("k1", "no email ");
    scene.server.put("customers.csv", bad.as_bytes()).unwrap();
    let job = scene.run_job(&alpha, &["load_customers"]).await;
    assert_eq!(job.summary.state.as_str(), "failed");
    assert_eq!(code(&job.steps[0]), "too_many_rejects");
    assert_eq!(scene.number(&alpha, ACTIVE).await, 50);
    assert_eq!(scene.staged().await, 0);
    let ledger = "SELECT concat_ws('|', state, reason, loaded_rows) FROM source_file
                  WHERE tenant_id = $1 ORDER BY source_file_id";
    assert_eq!(scene.texts(&alpha, ledger).await, ["loaded|50", "failed|too_many_rejects|0"]);

    // The limit is raised; the same version is read again.
    scene.connect(&alpha, json!({ "max_rejected_percent": 50 })).await;
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["loaded", "rejected"]), [89, 11]);
    let rejects = "SELECT count(*) FROM reject WHERE tenant_id = $1";
    assert_eq!(scene.number(&alpha, rejects).await, 11);
}

#[tokio::test]
async fn a_share_of_bad_rows_is_a_limit_too() {
    let scene = Scene::with_format(json!({ "max_rejected_percent": 10 })).await;
    let alpha = scene.alpha();
    scene.server.put("customers.csv", b"code,name\nK1,One\n,Two\n").unwrap();
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(code(&step), "too_many_rejects");
    assert!(step.exceptions[0].message.contains("1 of 2 rows"), "{step:?}");
}

#[tokio::test]
async fn broken_files_are_named_and_the_others_load() {
    let scene = Scene::with_format(json!({ "deactivate_missing": false })).await;
    let alpha = scene.alpha();
    scene.server.put("customers_1.csv", b"code,name\nK1,\"One\n").unwrap();
    scene.server.put("customers_2.csv", b"code,name\nK2,T\0wo\n").unwrap();
    scene.server.put("customers_3.csv", b"code,name\nK3,Three\n").unwrap();
    scene.server.put("customers_4.csv", b"\xff\xfec\0").unwrap();
    scene.server.put("customers_5.csv", b"number,name\n").unwrap();
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!((step.state.as_str(), code(&step)), ("failed", "file_malformed"));
    assert_eq!(scene.number(&alpha, ACTIVE).await, 1);
    let ledger = "SELECT concat_ws(' ', path, state, reason) FROM source_file
                  WHERE tenant_id = $1 ORDER BY path";
    assert_eq!(
        scene.texts(&alpha, ledger).await,
        [
            "./customers_1.csv failed unterminated_quote",
            "./customers_2.csv failed nul_byte",
            "./customers_3.csv loaded",
            "./customers_4.csv failed unsupported_encoding",
            "./customers_5.csv failed column_missing",
        ]
    );
}

#[tokio::test]
async fn an_empty_list_deactivates_nobody() {
    let scene = Scene::new().await;
    let alpha = scene.alpha();
    scene.server.put("customers.csv", customers(3).as_bytes()).unwrap();
    scene.run(&alpha, "load_customers").await;
    scene.server.put("customers.csv", b"code,name\n").unwrap();
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(code(&step), "file_shrunk");
    assert_eq!(scene.number(&alpha, ACTIVE).await, 3);
}

#[tokio::test]
async fn a_changed_host_key_stops_the_step_before_it_logs_in() {
    let mut scene = Scene::new().await;
    let alpha = scene.alpha();
    scene.server.put("customers.csv", customers(3).as_bytes()).unwrap();
    let pinned = scene.server.fingerprint(KeyKind::Ed25519).unwrap();
    scene.server = scene.server.with_new_host_key(KeyKind::Ed25519).unwrap();

    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!((step.state.as_str(), code(&step)), ("failed", "host_key_mismatch"));
    assert_eq!(step.attempts, 1, "an admin has to act, so nothing is tried again");
    let message = &step.exceptions[0].message;
    assert!(message.contains(&pinned) && message.matches("SHA256:").count() == 2, "{message}");
    assert_eq!(scene.server.authentication_attempts(), 0, "{}", scene.server.log());
}

#[tokio::test]
async fn a_private_address_is_not_connected_to() {
    let scene = Scene::new().await;
    let alpha = scene.alpha();
    let connections = || scene.server.log().matches("Connection from").count();
    let before = connections();
    let job = scene.submit(&alpha, &["load_customers"]).await;
    scene.worker_with(EgressPolicy::default()).run_until_idle().await.unwrap();
    let step = scene.show(&alpha, job).await.steps.remove(0);
    assert_eq!(code(&step), "connection_invalid");
    assert!(step.exceptions[0].message.starts_with("blocked_address"), "{step:?}");
    assert_eq!(connections(), before);
}

#[tokio::test]
async fn unfinished_and_foreign_entries_are_skipped_with_a_reason() {
    let scene = Scene::new().await;
    let alpha = scene.alpha();
    scene.server.put("customers.csv.part", b"code,name\nK1,One\n").unwrap();
    scene.server.put("customers.csv.tmp", b"code,name\nK1,One\n").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", scene.server.files().join("customers.csv")).unwrap();
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["files", "loaded"]), [0, 0]);
    scene.run(&alpha, "load_customers").await;
    let ledger = "SELECT concat_ws(' ', path, state, reason) FROM source_file
                  WHERE tenant_id = $1 ORDER BY path";
    assert_eq!(
        scene.texts(&alpha, ledger).await,
        [
            "./customers.csv skipped outside_root",
            "./customers.csv.part skipped unfinished",
            "./customers.csv.tmp skipped unfinished",
        ]
    );
}

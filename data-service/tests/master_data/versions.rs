//! Files that come again: unchanged, renamed, modified, shortened.

use crate::scene::{Scene, customers, outcome};

const VERSION: &str = "SELECT version FROM master_version WHERE tenant_id = $1";
const ACTIVE: &str = "SELECT code FROM customer WHERE tenant_id = $1 AND active ORDER BY code";

#[tokio::test]
async fn the_same_content_is_not_loaded_twice() {
    let scene = Scene::new().await;
    let alpha = scene.alpha();
    let path = scene.server.put("customers.csv", customers(3).as_bytes()).unwrap();
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["files", "changed"]), [1, 3]);

    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["files", "duplicate_files"]), [0, 0]);

    std::fs::rename(&path, path.with_file_name("customers_again.csv")).unwrap();
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["files", "duplicate_files"]), [0, 1]);
    let reasons = "SELECT state || ' ' || reason FROM source_file
                   WHERE tenant_id = $1 AND path = './customers_again.csv'";
    assert_eq!(scene.texts(&alpha, reasons).await, ["duplicate same_content"]);

    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["files", "duplicate_files"]), [0, 0]);
    assert_eq!(scene.number(&alpha, VERSION).await, 1);
}

#[tokio::test]
async fn a_modified_file_replaces_what_it_said() {
    let scene = Scene::new().await;
    let alpha = scene.alpha();
    scene.server.put("customers.csv", b"code,name\nK1,One\nK2,Two\nK3,Three\n").unwrap();
    scene.run(&alpha, "load_customers").await;

    scene.server.put("customers.csv", b"code,name\nK1,One\nK2,Second\nK4,Four\n").unwrap();
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["loaded", "changed", "deactivated"]), [3, 2, 1]);
    assert_eq!(scene.texts(&alpha, ACTIVE).await, ["K1", "K2", "K4"]);
    assert_eq!(scene.number(&alpha, VERSION).await, 2);
    let gone = "SELECT name FROM customer WHERE tenant_id = $1 AND NOT active";
    assert_eq!(scene.texts(&alpha, gone).await, ["Three"], "deactivated, not deleted");

    // Whoever is named again is back, with nothing else about them changed.
    scene
        .server
        .put("customers.csv", b"code,name\nK3,Three\nK1,One\nK2,Second\nK4,Four\n")
        .unwrap();
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["loaded", "changed", "deactivated"]), [4, 1, 0]);
    assert_eq!(scene.texts(&alpha, ACTIVE).await, ["K1", "K2", "K3", "K4"]);
}

#[tokio::test]
async fn a_faulty_row_is_not_a_missing_row() {
    let scene = Scene::new().await;
    let alpha = scene.alpha();
    let mut rows: Vec<String> = (0..20).map(|n| format!("K{n:02},Customer {n},")).collect();
    let put = |rows: &[String]| {
        let text = format!("code,name,email\n{}\n", rows.join("\n"));
        scene.server.put("customers.csv", text.as_bytes()).unwrap();
    };
    put(&rows);
    scene.run(&alpha, "load_customers").await;

    rows[3] = "K03,Customer 3,no email".to_owned();
    put(&rows[..19]);
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["rejected", "deactivated"]), [1, 1]);
    let kept = scene.texts(&alpha, ACTIVE).await;
    assert!(kept.contains(&"K03".to_owned()) && !kept.contains(&"K19".to_owned()), "{kept:?}");
}

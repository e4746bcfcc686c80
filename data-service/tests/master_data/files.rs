//! What good files do.

use serde_json::json;

use crate::scene::{Scene, code, customers, outcome};

const COUNTS: [&str; 5] = ["files", "loaded", "rejected", "deactivated", "duplicates"];

#[tokio::test]
async fn customers_and_locations_arrive() {
    let scene = Scene::with_format(json!({
        "delimiter": ";",
        "encoding": "windows-1252",
        "columns": { "code": "Nummer", "name": 2, "extra.segment": "Segment" },
    }))
    .await;
    let alpha = scene.alpha();
    scene
        .server
        .put("customers.csv", b"NUMMER;Firma;email;Segment\r\nK1;M\xfcller;m@x.example;A\r\n")
        .unwrap();
    scene.server.put("locations.csv", b"Nummer;Ort;Segment\r\nB1;\x8ap\xe4th;\r\n").unwrap();

    let job = scene.run_job(&alpha, &["load_customers", "load_locations"]).await;
    assert_eq!(job.summary.state.as_str(), "succeeded");
    for step in &job.steps {
        assert_eq!(outcome(step, &COUNTS), [1, 1, 0, 0, 0]);
    }
    let rows = "SELECT concat_ws('|', code, name, email, extra, active) FROM customer WHERE tenant_id = $1";
    assert_eq!(scene.texts(&alpha, rows).await, [r#"K1|Müller|m@x.example|{"segment": "A"}|t"#]);
    let rows =
        "SELECT concat_ws('|', code, name, extra, active) FROM location WHERE tenant_id = $1";
    assert_eq!(scene.texts(&alpha, rows).await, ["B1|Špäth|{}|t"]);
    let version = "SELECT version FROM master_version WHERE tenant_id = $1";
    assert_eq!(scene.number(&alpha, version).await, 2);
    let ledger = "SELECT concat_ws('|', feed, path, state, loaded_rows, length(sha256))
                  FROM source_file WHERE tenant_id = $1 ORDER BY feed";
    assert_eq!(
        scene.texts(&alpha, ledger).await,
        ["customers|./customers.csv|loaded|1|32", "locations|./locations.csv|loaded|1|32"]
    );
    assert_eq!(scene.staged().await, 0);
}

#[tokio::test]
async fn bad_rows_are_left_out_and_kept_for_mending() {
    let scene = Scene::new().await;
    let alpha = scene.alpha();
    let mut text = customers(20_000);
    for n in 0..137 {
        text = text.replacen(&format!("k{}@customer", n * 140), "no email", 1);
    }
    scene.server.put("customers.csv", text.as_bytes()).unwrap();

    let job = scene.run_job(&alpha, &["load_customers"]).await;
    assert_eq!(job.summary.state.as_str(), "succeeded_with_rejects");
    assert_eq!(outcome(&job.steps[0], &COUNTS), [1, 19_863, 137, 0, 0]);
    let rows = "SELECT count(*) FROM customer WHERE tenant_id = $1 AND active";
    assert_eq!(scene.number(&alpha, rows).await, 19_863);
    let rejects = "SELECT concat_ws('|', line, byte_offset, column_name, reason, raw)
                   FROM reject WHERE tenant_id = $1 ORDER BY line";
    let rejects = scene.texts(&alpha, rejects).await;
    assert_eq!(rejects.len(), 137);
    let raw = "K000140,Customer 140,no email.example,B0";
    let offset = text.find(raw).unwrap();
    assert_eq!(rejects[1], format!("142|{offset}|email|invalid_email|{raw}"));
}

#[tokio::test]
async fn of_rows_with_one_key_the_last_wins() {
    let scene = Scene::new().await;
    let alpha = scene.alpha();
    scene.server.put("customers.csv", b"code,name\nK1,First\nK2,Other\nK1,Last\n").unwrap();
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &COUNTS), [1, 2, 0, 0, 1]);
    assert_eq!(step.outcome.unwrap()["warnings"].as_array().unwrap().len(), 1);
    let rows = "SELECT name FROM customer WHERE tenant_id = $1 ORDER BY code";
    assert_eq!(scene.texts(&alpha, rows).await, ["Last", "Other"]);
}

#[tokio::test]
async fn many_files_of_one_instant_and_old_ones_load_once_each() {
    let mut scene = Scene::with_format(json!({ "deactivate_missing": false })).await;
    // Each file is some commits.
    scene.patience = std::time::Duration::from_secs(400);
    let alpha = scene.alpha();
    let instant = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_600_000_000);
    let put = |n: usize, seconds_before: u64| {
        let text = format!("code,name\nK{n},Customer {n}\n");
        let path = scene.server.put(&format!("customers_{n}.csv"), text.as_bytes()).unwrap();
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(instant - std::time::Duration::from_secs(seconds_before)).unwrap();
    };
    (0..500).for_each(|n| put(n, 0));
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["files", "loaded"]), [500, 500]);
    assert_eq!(scene.server.logins(), 1, "the files of a step are read in one session");
    put(500, 86_400);
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["files", "loaded"]), [1, 1]);
    assert_eq!(scene.server.logins(), 2, "another step begins its own");
    let rows = "SELECT count(*) FROM customer WHERE tenant_id = $1 AND active";
    assert_eq!(scene.number(&alpha, rows).await, 501);
}

#[tokio::test]
async fn a_feed_without_a_path_is_nothing_to_do() {
    let scene = Scene::new().await;
    let alpha = scene.alpha();
    scene.without_path(&alpha, "locations").await;
    scene.server.put("customers.csv", customers(3).as_bytes()).unwrap();
    let job = scene.run_job(&alpha, &["load_locations", "load_customers"]).await;
    assert_eq!(job.summary.state.as_str(), "succeeded");
    assert_eq!(outcome(&job.steps[0], &COUNTS), [0; 5]);
    let told = job.steps[0].outcome.as_ref().unwrap()["warnings"][0].as_str().unwrap();
    assert_eq!(told, "the SFTP connection names no path for locations");
    assert_eq!(outcome(&job.steps[1], &COUNTS), [1, 3, 0, 0, 0]);
}

#[tokio::test]
async fn one_tenants_files_are_not_anothers() {
    let scene = Scene::new().await;
    let (alpha, beta) = (scene.alpha(), scene.beta());
    scene.server.put("customers.csv", customers(3).as_bytes()).unwrap();
    scene.run(&alpha, "load_customers").await;
    for table in [
        "SELECT count(*) FROM customer WHERE $1 IS NOT NULL",
        "SELECT count(*) FROM source_file WHERE $1 IS NOT NULL",
        "SELECT count(*) FROM master_version WHERE $1 IS NOT NULL",
    ] {
        assert!(scene.number(&alpha, table).await > 0, "{table}");
        assert_eq!(scene.number(&beta, table).await, 0, "{table}");
    }

    let step = scene.run(&beta, "load_customers").await;
    assert_eq!((step.state.as_str(), code(&step)), ("failed", "connection_missing"));
    assert!(step.exceptions[0].message.contains("no SFTP server is configured"));

    // The same files on the same server are beta's own once beta is connected.
    scene.connect(&beta, json!({})).await;
    let step = scene.run(&beta, "load_customers").await;
    assert_eq!(outcome(&step, &["files", "loaded", "duplicate_files"]), [1, 3, 0]);
}

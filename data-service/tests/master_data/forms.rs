//! Files in other forms than CSV, and what becomes of a file that was loaded.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::scene::{Scene, customers, outcome};

const NAMES: &str = "SELECT name FROM customer WHERE tenant_id = $1 ORDER BY code";
const LEDGER: &str = "SELECT concat_ws(' ', path, state, reason) FROM source_file
                      WHERE tenant_id = $1 ORDER BY path";

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn packed_files_arrive_and_a_bomb_does_not() {
    let scene = Scene::with_format(json!({ "ending": ".gz" })).await;
    let alpha = scene.alpha();
    let rows = customers(20_000);
    scene.server.put("customers_1.csv.gz", &gzip(rows.as_bytes())).unwrap();
    scene.server.put("customers_2.csv.gz", &gzip(&vec![b'\n'; 64 << 20])).unwrap();
    scene.server.put("customers_3.csv.gz", &gzip(rows.as_bytes())[..5_000]).unwrap();
    scene.run(&alpha, "load_customers").await;
    assert_eq!(
        scene.texts(&alpha, LEDGER).await,
        [
            "./customers_1.csv.gz loaded",
            "./customers_2.csv.gz failed archive_expands",
            "./customers_3.csv.gz failed archive_damaged",
        ]
    );
    let active = "SELECT count(*) FROM customer WHERE tenant_id = $1 AND active";
    assert_eq!(scene.number(&alpha, active).await, 20_000);
    assert_eq!(scene.staged().await, 0);
}

#[tokio::test]
async fn json_lines_and_utf_16_arrive() {
    let scene = Scene::with_format(json!({
        "ending": ".jsonl", "form": "json_lines", "columns": { "code": "id" },
        "max_rejected_percent": 50,
    }))
    .await;
    let alpha = scene.alpha();
    let lines = "{\"id\": 1, \"Name\": \"Müller\"}\nnonsense\n{\"id\": 2, \"name\": \"Huber\"}\n";
    scene.server.put("customers.jsonl", lines.as_bytes()).unwrap();
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["loaded", "rejected"]), [2, 1]);
    assert_eq!(scene.texts(&alpha, NAMES).await, ["Müller", "Huber"]);
    let rejects = "SELECT concat_ws(' ', line, reason, raw) FROM reject WHERE tenant_id = $1";
    assert_eq!(scene.texts(&alpha, rejects).await, ["2 invalid_json nonsense"]);

    scene.connect(&alpha, json!({ "encoding": "utf-16", "delimiter": "\t" })).await;
    let text = "code\tname\r\n1\tЖук\r\n2\tHuber\r\n";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    scene.server.put("customers.csv", &bytes).unwrap();
    scene.run(&alpha, "load_customers").await;
    assert_eq!(scene.texts(&alpha, NAMES).await, ["Жук", "Huber"]);
}

#[tokio::test]
async fn a_loaded_file_is_cleared_away_and_a_failed_one_is_not() {
    for (after, left) in [("delete", 0), ("archive", 1)] {
        let format = json!({ "after_loading": after, "archive_folder": "done" });
        let scene = Scene::with_format(format).await;
        let alpha = scene.alpha();
        let files = scene.server.files();
        let good = scene.server.put("customers_1.csv", customers(3).as_bytes()).unwrap();
        let modified = std::fs::metadata(&good).unwrap().modified().unwrap();
        scene.server.put("customers_2.csv", b"no,columns\n1,2\n").unwrap();
        scene.run(&alpha, "load_customers").await;
        assert!(!good.exists());
        assert!(files.join("customers_2.csv").exists(), "it is still to be mended");
        let archived = names_in(&files.join("done"));
        assert_eq!(archived.len(), left, "{archived:?}");
        assert!(archived.iter().all(|name| name.ends_with("_customers_1.csv")));

        // As if the process had died between the commit and the clearing.
        scene.server.put("customers_1.csv", customers(3).as_bytes()).unwrap();
        std::fs::File::open(&good).unwrap().set_modified(modified).unwrap();
        std::fs::remove_dir_all(files.join("done")).ok();
        scene.run(&alpha, "load_customers").await;
        assert!(!good.exists());
        let loads = "SELECT count(*) FROM source_file WHERE tenant_id = $1 AND state = 'loaded'";
        assert_eq!(scene.number(&alpha, loads).await, 1, "it was loaded once");
    }
}

//! Workbooks, written by a program that nobody here wrote.

use serde_json::json;
use testkit::tools;

use crate::scene::{Scene, outcome};

/// Two sheets: a cover, and customers with a title above them, numbers, dates, a formula and an empty row.
const SCRIPT: &str = r#"
import datetime, sys
from openpyxl import Workbook

book = Workbook()
book.active.title = "Cover"
book.active["A1"] = "All our customers"
sheet = book.create_sheet("Kunden")
sheet.append(["Customers of this year"])
sheet.append(["Nummer", "Firma", "email", "seit", "Rabatt", "Summe"])
sheet.append([42, "Bolt & Nut, \"Ltd\"", "bolt@customer.example", datetime.date(2020, 12, 21), 0.1, "=1+1"])
sheet.append([])
sheet.append([1043, "Zwei\nZeilen", "no address", datetime.datetime(2021, 1, 2, 3, 4, 5), 12.5])
sheet.append([1044, "Ärzte", None, None, None])
for row in sheet.iter_rows(min_row=3, max_col=1):
    row[0].number_format = "00000"
book.save(sys.argv[1])
"#;

fn written() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.xlsx");
    let status = tools::python().unwrap().args(["-c", SCRIPT]).arg(&path).status().unwrap();
    assert!(status.success());
    std::fs::read(path).unwrap()
}

fn format(sheet: serde_json::Value) -> serde_json::Value {
    json!({
        "ending": ".xlsx", "form": "xlsx", "sheet": sheet, "skip_lines": 1,
        "max_rejected_percent": 50,
        "columns": {
            "code": "nummer", "name": 2, "extra.since": "SEIT", "extra.discount": "Rabatt",
            "extra.sum": "Summe",
        },
    })
}

#[tokio::test]
async fn a_workbook_of_another_program_arrives() {
    let scene = Scene::with_format(format(json!("kunden"))).await;
    let alpha = scene.alpha();
    scene.server.put("customers.xlsx", &written()).unwrap();
    let job = scene.run_job(&alpha, &["load_customers"]).await;
    assert_eq!(job.summary.state.as_str(), "succeeded_with_rejects");
    assert_eq!(outcome(&job.steps[0], &["files", "loaded", "rejected"]), [1, 2, 1]);
    let rows = "SELECT concat_ws('|', code, name, email, extra) FROM customer
                WHERE tenant_id = $1 ORDER BY code";
    assert_eq!(
        scene.texts(&alpha, rows).await,
        [
            r#"00042|Bolt & Nut, "Ltd"|bolt@customer.example|{"since": "2020-12-21", "discount": "0.1"}"#,
            "01044|Ärzte|{}",
        ]
    );
    let rejects =
        "SELECT concat_ws('|', line, column_name, reason, raw) FROM reject WHERE tenant_id = $1";
    assert_eq!(
        scene.texts(&alpha, rejects).await,
        ["5|email|invalid_email|01043,\"Zwei Zeilen\",no address,2021-01-02T03:04:05,12.5,"]
    );

    // The same sheet by its place, in another file; one that is not there; and what is no workbook.
    scene.connect(&alpha, format(json!(2))).await;
    let step = scene.run(&alpha, "load_customers").await;
    assert_eq!(outcome(&step, &["files"]), [0], "the version is known");
    scene.connect(&alpha, format(json!("Lieferanten"))).await;
    let mut other = written();
    scene.server.put("customers_2.xlsx", &other).unwrap();
    other.truncate(other.len() / 2);
    scene.server.put("customers_3.xlsx", &other).unwrap();
    scene.server.put("customers_4.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").unwrap();
    scene.run(&alpha, "load_customers").await;
    let ledger = "SELECT concat_ws(' ', path, state, reason) FROM source_file
                  WHERE tenant_id = $1 AND path <> './customers.xlsx' ORDER BY path";
    assert_eq!(
        scene.texts(&alpha, ledger).await,
        [
            "./customers_2.xlsx failed sheet_missing",
            "./customers_3.xlsx failed workbook_damaged",
            "./customers_4.xlsx failed workbook_form",
        ]
    );
    assert_eq!(scene.staged().await, 0);
}

//! What a new connection sees, what the past would cost, and loading it.

use chrono::{Days, NaiveDate, Utc};
use common::kernel::Secret;
use data_service::adapters::bigquery::BigQuerySettings;
use serde_json::{Value, json};
use testkit::bigquery::{Dataset, Fault, Injection, Route, Server, TableSource};
use testkit::ga4::Value as Cell;
use testkit::ga4::generator::Generator;

use crate::support::{Answer, Site};

/// Rows of every day here.
const ROWS: u64 = 10;
/// What the stand-in says that a row measures.
const ROW_BYTES: u64 = 1_024;
/// What BigQuery bills at least.
const LEAST: u64 = 10 << 20;

struct Shop {
    site: Site,
    server: Server,
    admin: String,
}

/// `back` days ago.
fn day(back: u64) -> NaiveDate {
    #[expect(clippy::disallowed_methods, reason = "months are counted back from today")]
    let today = Utc::now().date_naive();
    today - Days::new(back)
}

fn table(date: NaiveDate) -> TableSource {
    let row = |_| vec![Cell::Null; Generator::schema().fields.len()];
    let mut rows: Vec<_> = (0..ROWS).map(row).collect();
    for row in &mut rows {
        row[0] = Cell::from(date.format("%Y%m%d").to_string());
    }
    TableSource::rows(Generator::schema(), rows)
}

impl Shop {
    /// A connection to an export of `days` days that ended yesterday, and to other datasets.
    async fn new(days: u64, bigquery: Value) -> Self {
        let export = (1..=days).map(day).fold(Dataset::new("shop", "analytics_1"), |set, date| {
            set.table(&format!("events_{}", date.format("%Y%m%d")), table(date))
        });
        let other = Dataset::new("shop", "analytics_22").table("events_20260301", table(day(1)));
        let sales = Dataset::new("shop", "sales").table("orders", table(day(1)));
        let server = Server::start(vec![export, other, sales]).await.unwrap();
        let site = Site::with_source(BigQuerySettings {
            base_url: server.base_url(),
            token_uris: vec![server.token_uri().to_owned()],
            call_deadline_ms: 500,
            backoff_base_ms: 1,
            ..BigQuerySettings::default()
        })
        .await;
        let settings = json!({
            "time_zone": "UTC", "currency": "EUR",
            "properties": [
                { "property_id": 1, "dataset": "analytics_1", "time_zone": "UTC" },
                { "property_id": 3, "dataset": "analytics_3", "time_zone": "UTC" },
            ],
        });
        let mut connection = bigquery;
        connection["project"] = json!("shop");
        let key = Secret::new(server.service_account_key_json());
        site.test.configure(&site.test.alpha(), &settings, &connection, &key).await;
        let admin = site.admin().await;
        Self { site, server, admin }
    }

    async fn get(&self, path: &str) -> Answer {
        self.site.get(&format!("/data/v1/{path}"), &self.admin).await
    }
}

#[tokio::test]
async fn the_key_tells_which_exports_there_are_and_what_it_may_do() {
    let shop = Shop::new(3, json!({})).await;
    let answer = shop.get("source-datasets").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let found = answer.body["datasets"].as_array().unwrap();
    let names: Vec<_> = found.iter().map(|set| set["dataset"].as_str().unwrap()).collect();
    assert_eq!(names, ["analytics_1", "analytics_22", "analytics_3"], "no dataset of sales");
    let export = &found[0];
    assert_eq!((&export["property_id"], &export["location"]), (&json!(1), &json!("EU")));
    assert_eq!((&export["days"], &export["configured"]), (&json!(3), &json!(true)));
    assert_eq!(export["first_day"], day(3).to_string());
    assert_eq!(export["last_day"], day(1).to_string());
    let rights = json!({ "list_tables": true, "read_rows": true, "run_queries": true });
    assert_eq!(export["rights"], rights);
    assert_eq!(found[1]["configured"], false, "seen, though nobody asked for it");
    let missing = json!({ "list_tables": false, "read_rows": false, "run_queries": false });
    assert_eq!(found[2]["rights"], missing);

    shop.server.inject(Injection::new(Fault::access_denied()).on(Route::JobInsert).times(9));
    let denied = &shop.get("source-datasets").await.body["datasets"][0]["rights"];
    assert_eq!(*denied, json!({ "list_tables": true, "read_rows": true, "run_queries": false }));
}

#[tokio::test]
async fn the_past_has_a_price_before_it_is_loaded() {
    let shop = Shop::new(50, json!({ "read": "query" })).await;
    let answer = shop.get("backfills/estimate?months=1&property_id=1").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let told = &answer.body["properties"][0];
    let days = told["days"].as_u64().unwrap();
    assert!((28..=31).contains(&days), "{days} days of a month");
    assert_eq!(told["sampled_days"], 24);
    assert_eq!((&told["reading"], &told["loaded_days"]), (&json!("query"), &json!(0)));
    assert_eq!(told["rows"].as_u64(), Some(days * ROWS));
    assert_eq!(told["bytes"].as_u64(), Some(days * ROWS * ROW_BYTES));
    assert_eq!(told["billed_bytes"].as_u64(), Some(days * LEAST), "ten megabytes a table at least");
    assert_eq!(told["last_day"], day(1).to_string());
    let log = shop.server.request_log();
    let jobs = log.iter().filter(|request| request.route == Route::JobInsert);
    let dry = |body: &Value| body["configuration"]["dryRun"] == true;
    assert!(jobs.clone().all(|request| request.body.as_ref().is_some_and(dry)), "nothing runs");
    assert_eq!(jobs.count(), 24);

    for (path, status) in [
        ("backfills/estimate?months=0", 422),
        ("backfills/estimate?months=61", 422),
        ("backfills/estimate", 400),
        ("backfills/estimate?months=1&property_id=9", 422),
    ] {
        assert_eq!(shop.get(path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn listing_is_free() {
    let shop = Shop::new(3, json!({})).await;
    let told = &shop.get("backfills/estimate?months=12&property_id=1").await.body["properties"][0];
    let facts = ["days", "sampled_days", "rows", "billed_bytes"].map(|name| told[name].as_u64());
    assert_eq!(facts, [Some(3), Some(3), Some(30), Some(0)]);
}

#[tokio::test]
async fn a_backfill_is_a_job_that_loads_the_last_months() {
    let shop = Shop::new(1, json!({})).await;
    let site = &shop.site;
    let body = json!({ "months": 2, "properties": [1] });
    let answer = site.post("/data/v1/backfills", &shop.admin, &body).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let job = site.get(answer.header("location"), &shop.admin).await.body;
    assert_eq!(job["kind"], "ingest");
    assert_eq!(job["parameters"]["properties"], json!([1]));
    let first: NaiveDate = job["parameters"]["first"].as_str().unwrap().parse().unwrap();
    assert!((59..=62).contains(&(day(0) - first).num_days()), "{first}");
    assert_eq!(job["parameters"]["reload"], false);
    let again = site.post("/data/v1/backfills", &shop.admin, &body).await;
    assert_eq!(again.body["id"], answer.body["id"], "the live one that does the same");

    for body in [json!({ "months": 0 }), json!({ "months": 1, "properties": [-1] }), json!({})] {
        let answer = site.post("/data/v1/backfills", &shop.admin, &body).await;
        assert!(matches!(answer.status, 400 | 422), "{body}: {}", answer.status);
    }
}

#[tokio::test]
async fn without_a_connection_or_an_answer_the_caller_learns_why() {
    let shop = Shop::new(1, json!({})).await;
    let of_beta = shop.site.get("/data/v1/source-datasets", &shop.site.beta).await;
    assert_eq!(of_beta.status, 403, "an analyst does not manage connections");
    shop.server.inject(Injection::new(Fault::access_denied()).times(1_000));
    let refused = shop.get("backfills/estimate?months=1").await;
    assert_eq!(refused.status, 409);
    assert!(refused.body["detail"].as_str().unwrap().contains("accessDenied"), "{}", refused.body);
    shop.server.clear_faults();
    shop.server.inject(Injection::new(Fault::backend_error(503)).times(1_000));
    let away = shop.get("backfills/estimate?months=1").await;
    assert_eq!((away.status, away.header("retry-after")), (503, "30"), "{}", away.body);
}

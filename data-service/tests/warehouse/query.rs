//! Rows that come by a query: which ones, under what name, at what price.

use std::time::Duration;

use common::kernel::LoadId;
use data_service::adapters::bigquery::{ErrorClass, PageRequest, Warehouse};
use serde_json::{Value, json};
use testkit::bigquery::{Dataset, Fault, Injection, LoggedRequest, Paging, Route};

use crate::fixture::{DATASET, Fixture, PROJECT, TABLE, all, numbered};

/// Ten megabytes: what BigQuery bills at least.
const LEAST: u64 = 10 << 20;

fn of_the_day(fixture: &Fixture) -> PageRequest {
    PageRequest { day: Some("2026-01-31".parse().unwrap()), ..fixture.request() }
}

fn inserted(fixture: &Fixture) -> Vec<LoggedRequest> {
    let log = fixture.server.request_log().into_iter();
    log.filter(|request| request.route == Route::JobInsert).collect()
}

fn configuration(request: &LoggedRequest) -> Value {
    request.body.as_ref().unwrap()["configuration"].clone()
}

#[tokio::test]
async fn a_query_gives_the_rows_that_listing_gives() {
    let fixture = Fixture::new(100).await;
    let queries = fixture.queries().await;
    for paging in [
        Paging::default(),
        Paging { max_rows: Some(1), ..Paging::default() },
        Paging { max_rows: Some(7), empty_pages: true, ..Paging::default() },
        Paging { max_rows: Some(40), split_seed: Some(5), empty_pages: true },
    ] {
        fixture.server.set_paging(paging);
        let request = of_the_day(&fixture);
        assert_eq!(fixture.read_by(&queries, request).await.unwrap(), all(100), "{paging:?}");
    }
    assert_eq!(fixture.requests(Route::TableData), 0);
    let other = PageRequest { day: Some("2026-02-01".parse().unwrap()), ..fixture.request() };
    assert_eq!(fixture.read_by(&queries, other).await.unwrap(), [0; 0], "rows of one day only");
}

#[tokio::test]
async fn a_query_names_its_columns_its_ceiling_and_its_origin() {
    let fixture = Fixture::new(3).await;
    let queries = fixture
        .queries_with(|settings| {
            settings.labels.insert("application".to_owned(), "footfall".to_owned());
        })
        .await;
    let load = LoadId::mint();
    let request =
        PageRequest { load: Some(load), max_bytes_billed: Some(2 * LEAST), ..of_the_day(&fixture) };
    assert_eq!(fixture.read_by(&queries, request).await.unwrap(), all(3));
    let jobs = inserted(&fixture);
    assert_eq!(jobs.len(), 1);
    let body = jobs[0].body.as_ref().unwrap();
    assert_eq!(body["jobReference"]["jobId"], format!("footfall_{}", load.uuid().simple()));
    assert_eq!(body["jobReference"]["location"], "EU", "that of the dataset");
    let configuration = configuration(&jobs[0]);
    assert_eq!(configuration["labels"], json!({ "application": "footfall" }));
    let query = &configuration["query"];
    assert_eq!(query["useLegacySql"], false);
    assert_eq!(query["maximumBytesBilled"], (2 * LEAST).to_string());
    assert_eq!(query["queryParameters"][0]["parameterValue"]["value"], "20260131");
    assert_eq!(
        query["query"],
        "SELECT `event_date`, `event_timestamp`, `event_name`, `event_params`, `user_pseudo_id` \
         FROM `shop`.`analytics_1`.`events_20260131` WHERE `event_date` = @event_date",
        "the column nobody knows is left out"
    );
    let log = fixture.server.request_log();
    let polled = log.iter().filter(|request| request.route == Route::QueryResults);
    assert!(polled.clone().count() > 1);
    for request in polled {
        assert_eq!(request.query("location"), Some("EU"));
    }
}

#[tokio::test]
async fn the_price_is_known_before_and_after() {
    let fixture = Fixture::new(50_000).await;
    let queries = fixture.queries().await;
    // 256 bytes a row, in whole megabytes.
    let price = 13 << 20;
    let request = of_the_day(&fixture);
    assert_eq!(queries.estimate(&request).await.unwrap(), price);
    assert_eq!(configuration(&inserted(&fixture)[0])["dryRun"], true);
    let mut pages = queries.pages(request.clone());
    assert!(pages.next().await.unwrap().is_ok());
    assert_eq!(pages.bytes_billed(), price);
    assert_eq!(fixture.warehouse.estimate(&request).await.unwrap(), 0, "listing is free");

    let refused = PageRequest { max_bytes_billed: Some(price - 1), ..request };
    let error = fixture.read_by(&queries, refused).await.unwrap_err();
    assert_eq!(
        (error.class, error.reason.as_str()),
        (ErrorClass::Permanent, "bytesBilledLimitExceeded")
    );
}

#[tokio::test]
async fn a_reading_goes_on_in_its_own_job() {
    let fixture = Fixture::new(100).await;
    let load = Some(LoadId::mint());
    let request = PageRequest { load, ..of_the_day(&fixture) };
    let first = fixture.read_by(&fixture.queries().await, request.clone()).await;
    assert_eq!(first.unwrap(), all(100));
    let request = PageRequest { from_row: 33, ..request };
    let rest = fixture.read_by(&fixture.queries().await, request).await;
    assert_eq!(rest.unwrap(), all(100)[33..]);
    let answers: Vec<_> = inserted(&fixture).iter().map(|request| request.status).collect();
    assert_eq!(answers, [Some(200), Some(409)], "the job of that name is there");
}

#[tokio::test]
async fn rows_that_bigquery_does_not_have_any_more_are_not_mistaken_for_others() {
    let fixture = Fixture::new(100).await;
    let queries = fixture.queries().await;
    let request = PageRequest { from_row: 33, ..of_the_day(&fixture) };
    let error = fixture.read_by(&queries, request).await.unwrap_err();
    assert!(error.forgotten(), "{error:?}");
    assert_eq!(fixture.requests(Route::JobCancel), 1, "nobody wants what it began");
}

#[tokio::test]
async fn an_abandoned_query_is_cancelled_at_google() {
    let fixture = Fixture::new(3).await;
    let queries = fixture.queries_with(|settings| settings.deadline_ms = u64::MAX / 4).await;
    let unfinished = Injection::new(Fault::Unfinished).on(Route::QueryResults).times(usize::MAX);
    fixture.server.inject(unfinished);
    let load = LoadId::mint();
    let pages = queries.pages(PageRequest { load: Some(load), ..of_the_day(&fixture) });
    while fixture.requests(Route::QueryResults) < 3 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    drop(pages);
    queries.abandon().await;
    let log = fixture.server.request_log();
    let cancelled = log.iter().find(|request| request.route == Route::JobCancel).unwrap();
    assert!(cancelled.path.ends_with(&format!("/footfall_{}/cancel", load.uuid().simple())));
    assert_eq!((cancelled.method.as_str(), cancelled.status), ("POST", Some(200)));
    queries.abandon().await;
    assert_eq!(fixture.requests(Route::JobCancel), 1, "once");
}

#[tokio::test]
async fn pages_of_a_query_are_fetched_ahead_but_not_all_at_once() {
    let dataset = Dataset::new(PROJECT, DATASET).table(TABLE, numbered(50));
    let fixture = Fixture::with(dataset, |_| ()).await;
    fixture.server.set_paging(Paging { max_rows: Some(1), ..Paging::default() });
    let queries = fixture.queries().await;
    let mut pages = queries.pages(of_the_day(&fixture));
    assert!(pages.next().await.unwrap().is_ok());
    // The look whether it has ended, the page that was given out, one that waits, one that waits for its place.
    while fixture.requests(Route::QueryResults) < 4 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(fixture.requests(Route::QueryResults), 4);
    drop(pages);
}

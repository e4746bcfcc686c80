//! Tables, their metadata and their rows.

use std::time::Duration;

use data_service::adapters::bigquery::{PageRequest, Warehouse};
use data_service::domain::event::{EventDecoder, IdentityKeys};
use data_service::domain::wire::ColumnType;
use testkit::bigquery::{Dataset, Fault, Paging, Route};

use crate::fixture::{DATASET, Fixture, PROJECT, TABLE, all, numbered};

#[tokio::test]
async fn tables_are_listed_over_all_pages() {
    let names: Vec<String> = (0..2_500).map(|number| format!("events_{number:08}")).collect();
    let dataset = names
        .iter()
        .fold(Dataset::new(PROJECT, DATASET), |dataset, name| dataset.table(name, numbered(0)));
    let fixture = Fixture::with(dataset, |_| ()).await;
    assert_eq!(fixture.warehouse.list_tables(DATASET).await.unwrap(), names);
    assert_eq!(fixture.requests(Route::TableList), 3);
    assert!(fixture.warehouse.list_tables("analytics_2").await.is_err());
}

#[tokio::test]
async fn a_table_tells_when_it_changed_and_an_unknown_column_type_breaks_nothing() {
    let fixture = Fixture::new(3).await;
    let before = fixture.warehouse.table(DATASET, TABLE).await.unwrap();
    assert_eq!(before.num_rows, 3);
    assert_eq!(before.schema.columns[4].kind, ColumnType::Other("RANGE".into()));
    let decoder = EventDecoder::selecting(&before.schema, IdentityKeys::default()).unwrap();
    assert_eq!(decoder.notes().unknown_types, [("odd".to_owned(), "RANGE".to_owned())]);
    assert_eq!(fixture.read().await.unwrap(), all(3));

    fixture.server.touch(PROJECT, DATASET, TABLE);
    let after = fixture.warehouse.table(DATASET, TABLE).await.unwrap();
    assert!(after.last_modified_ms > before.last_modified_ms);
    assert_ne!(after.etag, before.etag);
}

#[tokio::test]
async fn every_row_is_read_once_however_pages_are_cut() {
    let fixture = Fixture::new(100).await;
    for paging in [
        Paging::default(),
        Paging { max_rows: Some(1), ..Paging::default() },
        Paging { max_rows: Some(7), empty_pages: true, ..Paging::default() },
        Paging { max_rows: Some(40), split_seed: Some(5), empty_pages: true },
    ] {
        fixture.server.set_paging(paging);
        assert_eq!(fixture.read().await.unwrap(), all(100), "{paging:?}");
        assert_eq!(fixture.read_from(33).await.unwrap(), all(100)[33..], "{paging:?}");
        assert_eq!(fixture.read_from(100).await.unwrap(), [0; 0], "{paging:?}");
    }
    assert!(fixture.waits().is_empty());
}

#[tokio::test]
async fn an_empty_table_has_no_rows() {
    let fixture = Fixture::new(0).await;
    assert_eq!(fixture.read().await.unwrap(), [0; 0]);
}

#[tokio::test]
async fn requests_ask_for_little_and_compressed() {
    let fixture = Fixture::new(5).await;
    fixture.read().await.unwrap();
    let log = fixture.server.request_log();
    let rows = log.iter().find(|request| request.route == Route::TableData).unwrap();
    assert!(rows.accepts_gzip);
    assert_eq!(rows.query("prettyPrint"), Some("false"));
    assert_eq!(rows.query("formatOptions.useInt64Timestamp"), Some("true"));
    assert_eq!(
        rows.query("selectedFields"),
        Some("event_date,event_timestamp,event_name,event_params,user_pseudo_id"),
        "the column nobody knows is left out"
    );
    assert_eq!(rows.query("startIndex"), Some("0"));
    assert_eq!(fixture.requests(Route::Token), 1, "the token is kept");
}

#[tokio::test]
async fn pages_are_fetched_ahead_but_not_all_at_once() {
    let fixture = Fixture::new(50).await;
    fixture.server.set_paging(Paging { max_rows: Some(1), ..Paging::default() });
    let mut pages = fixture.warehouse.pages(fixture.request());
    let first = pages.next().await.unwrap().unwrap();
    assert_eq!((first.number, first.last), (0, false));
    // One waits in the channel, one more waits for its place.
    while fixture.requests(Route::TableData) < 3 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(pages.next().await.is_some());
    assert!(fixture.requests(Route::TableData) <= 4);
    drop(pages);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(fixture.requests(Route::TableData) <= 4, "dropping the stream ends the fetching");
}

#[tokio::test]
async fn a_table_that_vanishes_ends_the_stream_with_a_permanent_error() {
    let fixture = Fixture::new(10).await;
    fixture.server.set_paging(Paging { max_rows: Some(2), ..Paging::default() });
    fixture
        .server
        .inject(testkit::bigquery::Injection::new(Fault::Vanish).on(Route::TableData).after(2));
    let mut pages = fixture.warehouse.pages(PageRequest { max_rows: Some(2), ..fixture.request() });
    let mut good = 0;
    let error = loop {
        match pages.next().await.unwrap() {
            Ok(_) => good += 1,
            Err(error) => break error,
        }
    };
    assert_eq!((good, error.http_status), (2, Some(404)));
    assert!(pages.next().await.is_none());
}

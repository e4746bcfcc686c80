//! What passes by itself is retried from the row where it broke off.

use testkit::bigquery::{Dataset, Fault, Injection, Paging, Route};

use crate::fixture::{DATASET, Fixture, PROJECT, TABLE, all, numbered};

#[tokio::test]
async fn every_passing_fault_leaves_every_row_read_once() {
    let fixture = Fixture::new(20).await;
    fixture.server.set_paging(Paging { max_rows: Some(5), ..Paging::default() });
    let faults = [
        Fault::rate_limited(),
        Fault::backend_error(429),
        Fault::backend_error(500),
        Fault::backend_error(502),
        Fault::backend_error(503),
        Fault::backend_error(504),
        Fault::internal_error_as_400(),
        Fault::bare(503),
        Fault::Html { status: 502 },
        Fault::Html { status: 504 },
        Fault::ResetMidBody,
        Fault::Truncated,
    ];
    let count = faults.len();
    for fault in faults {
        for route in [Route::TableGet, Route::TableData] {
            let after = if route == Route::TableData { 2 } else { 0 };
            fixture.server.inject(Injection::new(fault.clone()).on(route).after(after));
        }
        assert_eq!(fixture.read().await.unwrap(), all(20), "{fault:?}");
    }
    assert_eq!(fixture.waits(), vec![1; 2 * count], "one back-off of a second for each fault");
}

#[tokio::test]
async fn a_broken_page_is_asked_for_again_by_its_own_token() {
    let fixture = Fixture::new(20).await;
    fixture.server.set_paging(Paging { max_rows: Some(5), ..Paging::default() });
    fixture.server.inject(Injection::new(Fault::ResetMidBody).on(Route::TableData).after(2));
    assert_eq!(fixture.read().await.unwrap(), all(20));
    let log = fixture.server.request_log();
    let tokens: Vec<_> = log
        .iter()
        .filter(|request| request.route == Route::TableData)
        .map(|request| request.query("pageToken"))
        .collect();
    assert_eq!(tokens.len(), 5);
    assert_eq!(tokens[2], tokens[3]);
    assert!(tokens[2].is_some());
}

#[tokio::test]
async fn back_off_doubles_up_to_its_cap() {
    let fixture = Fixture::new(1).await;
    fixture.server.inject(Injection::new(Fault::backend_error(503)).on(Route::TableData).times(8));
    assert_eq!(fixture.read().await.unwrap(), all(1));
    assert_eq!(fixture.waits(), [1, 2, 4, 8, 16, 32, 32, 32]);
}

#[tokio::test]
async fn the_server_may_ask_for_more_patience() {
    let fixture = Fixture::new(1).await;
    fixture.server.inject(Injection::new(Fault::too_many_requests(7)).on(Route::TableData));
    assert_eq!(fixture.read().await.unwrap(), all(1));
    assert_eq!(fixture.waits(), [7]);
}

#[tokio::test]
async fn a_silent_socket_is_left_and_tried_again() {
    let dataset = Dataset::new(PROJECT, DATASET).table(TABLE, numbered(4));
    let fixture = Fixture::with(dataset, |settings| settings.read_timeout_ms = 300).await;
    fixture.server.inject(Injection::new(Fault::Silent).on(Route::TableData));
    assert_eq!(fixture.read().await.unwrap(), all(4));
    assert_eq!(fixture.waits(), [1]);
}

#[tokio::test]
async fn a_silent_token_endpoint_is_tried_again() {
    let dataset = Dataset::new(PROJECT, DATASET).table(TABLE, numbered(4));
    let fixture = Fixture::with(dataset, |settings| settings.read_timeout_ms = 300).await;
    fixture.server.inject(Injection::new(Fault::Silent).on(Route::Token));
    assert_eq!(fixture.read().await.unwrap(), all(4));
    assert_eq!(fixture.waits(), [1]);
}

//! The failure matrix on the way of a query.

use std::collections::BTreeSet;

use data_service::adapters::bigquery::{ErrorClass, PageRequest};
use testkit::bigquery::{Dataset, Fault, Injection, Paging, Route};

use crate::fixture::{DATASET, Fixture, PROJECT, TABLE, all, numbered};

fn of_the_day(fixture: &Fixture) -> PageRequest {
    PageRequest { day: Some("2026-01-31".parse().unwrap()), ..fixture.request() }
}

/// Names of the jobs that were asked for.
fn names(fixture: &Fixture) -> BTreeSet<String> {
    let log = fixture.server.request_log().into_iter();
    let name = |body: serde_json::Value| body["jobReference"]["jobId"].as_str().map(str::to_owned);
    log.filter(|request| request.route == Route::JobInsert)
        .filter_map(|request| name(request.body?))
        .collect()
}

#[tokio::test]
async fn every_passing_fault_of_a_query_leaves_every_row_read_once() {
    let fixture = Fixture::new(20).await;
    fixture.server.set_paging(Paging { max_rows: Some(5), ..Paging::default() });
    let queries = fixture.queries().await;
    for fault in [
        Fault::rate_limited(),
        Fault::too_many_requests(3),
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
        Fault::TokenExpired,
    ] {
        // The look whether the query has ended, and a page in the middle.
        for (route, after) in [
            (Route::JobInsert, 0),
            (Route::JobGet, 0),
            (Route::QueryResults, 0),
            (Route::QueryResults, 3),
        ] {
            // Half a page with a token is found by the decoder; the step then reads on from its checkpoint.
            if matches!(fault, Fault::Truncated) && after > 0 {
                continue;
            }
            fixture.server.clear_log();
            fixture.server.inject(Injection::new(fault.clone()).on(route).after(after));
            let read = fixture.read_by(&queries, of_the_day(&fixture)).await;
            assert_eq!(read.unwrap(), all(20), "{fault:?} on {route:?} after {after}");
            assert_eq!(names(&fixture).len(), 1, "{fault:?} on {route:?}: one job, billed once");
        }
    }
}

#[tokio::test]
async fn a_job_whose_insertion_was_not_answered_is_found_again() {
    let fixture = Fixture::new(5).await;
    fixture.server.inject(Injection::new(Fault::ResetMidBody).on(Route::JobInsert));
    let queries = fixture.queries().await;
    assert_eq!(fixture.read_by(&queries, of_the_day(&fixture)).await.unwrap(), all(5));
    let log = fixture.server.request_log();
    let statuses: Vec<_> =
        log.iter().filter(|request| request.route == Route::JobInsert).map(|r| r.status).collect();
    assert_eq!(statuses, [Some(200), Some(409)]);
    assert_eq!(names(&fixture).len(), 1);
}

#[tokio::test]
async fn a_silent_socket_of_a_query_is_left_and_tried_again() {
    let dataset = Dataset::new(PROJECT, DATASET).table(TABLE, numbered(4));
    let fixture = Fixture::with(dataset, |settings| settings.read_timeout_ms = 500).await;
    let queries = fixture.queries().await;
    for route in [Route::JobInsert, Route::QueryResults] {
        fixture.server.inject(Injection::new(Fault::Silent).on(route));
        assert_eq!(fixture.read_by(&queries, of_the_day(&fixture)).await.unwrap(), all(4));
    }
}

#[tokio::test]
async fn a_query_that_takes_long_is_waited_for() {
    let fixture = Fixture::new(5).await;
    fixture.server.inject(Injection::new(Fault::Unfinished).on(Route::QueryResults).times(50));
    let queries = fixture.queries().await;
    assert_eq!(fixture.read_by(&queries, of_the_day(&fixture)).await.unwrap(), all(5));
    assert_eq!(fixture.requests(Route::QueryResults), 52, "fifty looks in vain, one, one page");
    assert_eq!(names(&fixture).len(), 1);
}

#[tokio::test]
async fn a_query_that_does_not_end_is_given_up_at_its_deadline() {
    let fixture = Fixture::new(5).await;
    let unfinished = Injection::new(Fault::Unfinished).on(Route::QueryResults).times(usize::MAX);
    fixture.server.inject(unfinished);
    let queries = fixture.queries().await;
    let error = fixture.read_by(&queries, of_the_day(&fixture)).await.unwrap_err();
    assert_eq!((error.class, error.reason.as_str()), (ErrorClass::Transient, "jobUnfinished"));
    assert!(error.told().contains("job footfall_"), "{}", error.told());
    let waited: u64 = fixture.waits().iter().sum();
    assert!((1_000..1_200).contains(&waited), "{waited} s of twenty minutes");
}

#[tokio::test]
async fn a_job_that_bigquery_breaks_off_is_begun_anew_under_another_name() {
    let fixture = Fixture::new(5).await;
    let queries = fixture.queries().await;
    for route in [Route::JobInsert, Route::QueryResults] {
        fixture.server.clear_log();
        let fault = Fault::JobFails { reason: "jobBackendError", message: "try again" };
        fixture.server.inject(Injection::new(fault).on(route));
        assert_eq!(fixture.read_by(&queries, of_the_day(&fixture)).await.unwrap(), all(5));
        let names: Vec<_> = names(&fixture).into_iter().collect();
        assert_eq!(names.len(), 2, "{route:?}");
        assert_eq!(names[1], format!("{}_1", names[0]));
    }
}

#[tokio::test]
async fn refusals_of_a_query_are_final_at_once_and_name_the_job() {
    let fixture = Fixture::new(3).await;
    let queries = fixture.queries().await;
    let fails = |reason| Fault::JobFails { reason, message: "for good" };
    for (fault, route, reason, status) in [
        (Fault::access_denied(), Route::JobInsert, "accessDenied", 403),
        (Fault::quota_exceeded(), Route::JobInsert, "quotaExceeded", 403),
        (Fault::billing_not_enabled(), Route::JobInsert, "billingNotEnabled", 403),
        (fails("invalidQuery"), Route::JobInsert, "invalidQuery", 200),
        (fails("accessDenied"), Route::QueryResults, "accessDenied", 200),
        (fails("resourcesExceeded"), Route::QueryResults, "resourcesExceeded", 200),
    ] {
        fixture.server.clear_log();
        fixture.server.inject(Injection::new(fault).on(route));
        let error = fixture.read_by(&queries, of_the_day(&fixture)).await.unwrap_err();
        assert_eq!(
            (error.class, error.reason.as_str(), error.http_status),
            (ErrorClass::Permanent, reason, Some(status))
        );
        let told = error.told();
        let name = names(&fixture).pop_first().unwrap();
        assert!(told.ends_with(&format!("({reason}, HTTP {status}, job {name})")), "{told}");
        assert_eq!(fixture.requests(Route::JobInsert), 1);
    }
    assert!(fixture.waits().is_empty());
}

#[tokio::test]
async fn a_table_that_vanishes_before_its_query_is_gone() {
    let fixture = Fixture::new(3).await;
    let queries = fixture.queries().await;
    fixture.server.inject(Injection::new(Fault::Vanish).on(Route::JobInsert));
    let error = fixture.read_by(&queries, of_the_day(&fixture)).await.unwrap_err();
    assert!(error.gone(), "{error:?}");
    assert_eq!(error.class, ErrorClass::Permanent);
}

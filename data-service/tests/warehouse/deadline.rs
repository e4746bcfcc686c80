//! No call goes on for ever.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta};
use common::kernel::{Secret, SystemClock};
use data_service::adapters::bigquery::{
    BigQuerySettings, BigQueryWarehouse, ErrorClass, ServiceAccountTokens, SystemPause, Warehouse,
};
use testkit::bigquery::{Fault, Injection, Route};

use crate::fixture::{DATASET, Fixture, PROJECT, TABLE};

#[tokio::test]
async fn retries_end_before_the_deadline_of_the_call() {
    let fixture = Fixture::new(1).await;
    fixture.server.inject(Injection::new(Fault::backend_error(503)).times(1_000));
    let error = fixture.warehouse.table(DATASET, TABLE).await.unwrap_err();
    assert_eq!(
        (error.class, error.http_status),
        (ErrorClass::Transient, Some(503)),
        "the last answer is the reason"
    );
    let waited: u64 = fixture.waits().iter().sum();
    assert!((560..600).contains(&waited), "{waited} s of ten minutes");
}

#[tokio::test]
async fn a_job_has_one_deadline_for_all_its_calls() {
    let fixture = Fixture::new(1).await;
    let job = fixture.warehouse.clone().until(DateTime::UNIX_EPOCH + TimeDelta::seconds(10));
    assert!(job.table(DATASET, TABLE).await.is_ok());
    fixture.server.inject(Injection::new(Fault::backend_error(503)).times(1_000));
    assert!(job.table(DATASET, TABLE).await.is_err());
    assert_eq!(fixture.waits(), [1, 2, 4]);
    fixture.server.clear_faults();
    fixture.pause.clock.advance(TimeDelta::seconds(10));
    let error = job.table(DATASET, TABLE).await.unwrap_err();
    assert_eq!((error.class, error.reason.as_str()), (ErrorClass::Transient, "deadlineExceeded"));
    let mut pages = job.pages(fixture.request());
    assert_eq!(pages.next().await.unwrap().unwrap_err().reason, "deadlineExceeded");
    assert!(pages.next().await.is_none());
}

/// Nothing injected: real clock, real pauses, a server that never answers.
#[tokio::test]
async fn the_deadline_holds_in_real_time() {
    let fixture = Fixture::new(1).await;
    fixture.server.inject(Injection::new(Fault::Silent).on(Route::TableGet).times(1_000));
    let settings = BigQuerySettings {
        read_timeout_ms: 100,
        call_deadline_ms: 700,
        backoff_base_ms: 10,
        ..fixture.settings.clone()
    };
    let key = Secret::new(fixture.server.service_account_key_json());
    let tokens = ServiceAccountTokens::new(&key, &settings).await.unwrap();
    let warehouse = BigQueryWarehouse::new(
        &settings,
        PROJECT,
        Arc::new(tokens),
        Arc::new(SystemClock),
        Arc::new(SystemPause),
    )
    .unwrap();
    let started = Instant::now();
    let error = warehouse.table(DATASET, TABLE).await.unwrap_err();
    assert_eq!((error.class, error.reason.as_str()), (ErrorClass::Transient, "timeout"));
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    assert!(fixture.requests(Route::TableGet) > 1);
}

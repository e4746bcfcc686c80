//! Credentials, and refusals that no retry cures.

use common::kernel::Secret;
use data_service::adapters::bigquery::{
    BigQuerySettings, ErrorClass, ServiceAccountTokens, Warehouse,
};
use testkit::bigquery::{Fault, Injection, Route};

use crate::fixture::{DATASET, Fixture, TABLE, all};

#[tokio::test]
async fn a_refused_token_is_refreshed_once() {
    let fixture = Fixture::new(3).await;
    assert_eq!(fixture.read().await.unwrap(), all(3));
    fixture.server.inject(Injection::new(Fault::TokenExpired).on(Route::TableData));
    assert_eq!(fixture.read().await.unwrap(), all(3));
    assert_eq!(fixture.requests(Route::Token), 2);
    assert!(fixture.waits().is_empty(), "a fresh token needs no patience");
}

#[tokio::test]
async fn credentials_that_stay_refused_are_a_matter_of_configuration() {
    let fixture = Fixture::new(3).await;
    fixture.server.inject(Injection::new(Fault::TokenExpired).times(10));
    let error = fixture.warehouse.table(DATASET, TABLE).await.unwrap_err();
    assert_eq!((error.class, error.http_status), (ErrorClass::Configuration, Some(401)));
    assert_eq!(error.reason, "authError");
    assert_eq!(fixture.requests(Route::TableGet), 2);
}

#[tokio::test]
async fn refusals_are_final_at_once() {
    let fixture = Fixture::new(3).await;
    for (fault, status, reason) in [
        (Fault::access_denied(), 403, "accessDenied"),
        (Fault::quota_exceeded(), 403, "quotaExceeded"),
        (Fault::billing_not_enabled(), 403, "billingNotEnabled"),
    ] {
        fixture.server.clear_log();
        fixture.server.inject(Injection::new(fault).on(Route::TableData));
        let error = fixture.read().await.unwrap_err();
        assert_eq!((error.class, error.http_status), (ErrorClass::Permanent, Some(status)));
        assert_eq!(error.reason, reason);
        assert!(
            error.user_sentence.ends_with('.') && !error.detail.contains("Bearer"),
            "{error:?}"
        );
        assert_eq!(fixture.requests(Route::TableData), 1);
    }
    let error = fixture.warehouse.table(DATASET, "events_20260201").await.unwrap_err();
    assert_eq!(
        (error.class, error.http_status, error.reason.as_str()),
        (ErrorClass::Permanent, Some(404), "notFound")
    );
    assert!(fixture.waits().is_empty());
}

#[tokio::test]
async fn a_key_file_may_not_choose_where_its_signature_is_sent() {
    let fixture = Fixture::new(1).await;
    let key = Secret::new(fixture.server.service_account_key_json());
    let error = ServiceAccountTokens::new(&key, &BigQuerySettings::default()).await.unwrap_err();
    assert_eq!(
        (error.class, error.reason.as_str()),
        (ErrorClass::Configuration, "tokenUriNotAllowed")
    );
    assert!(!error.detail.contains("PRIVATE KEY"));
    assert!(fixture.server.request_log().is_empty());
}

#[tokio::test]
async fn what_is_no_key_file_is_refused_without_quoting_it() {
    for text in ["", "hunter2", r#"{"private_key":"hunter2"}"#] {
        let error = ServiceAccountTokens::new(&Secret::new(text), &BigQuerySettings::default())
            .await
            .unwrap_err();
        assert_eq!((error.class, error.reason.as_str()), (ErrorClass::Configuration, "invalidKey"));
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

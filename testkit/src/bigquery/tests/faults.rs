use super::*;

async fn read(fixture: &Fixture) -> (StatusCode, Json) {
    fixture.json(fixture.rows()).await
}

#[tokio::test]
async fn json_errors_carry_status_reason_and_advice() {
    let fixture = Fixture::new(numbered(2)).await;
    let cases = [
        (Fault::rate_limited(), 403, "rateLimitExceeded"),
        (Fault::too_many_requests(3), 429, "rateLimitExceeded"),
        (Fault::backend_error(503), 503, "backendError"),
        (Fault::internal_error_as_400(), 400, "internalError"),
        (Fault::access_denied(), 403, "accessDenied"),
        (Fault::quota_exceeded(), 403, "quotaExceeded"),
        (Fault::billing_not_enabled(), 403, "billingNotEnabled"),
    ];
    for (fault, status, reason) in cases {
        let waits = matches!(fault, Fault::Error { retry_after_seconds: Some(3), .. });
        fixture.server.fail_next(fault);
        let response = fixture.rows().send().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers().contains_key("retry-after"), waits);
        let body: Json = response.json().await.unwrap();
        assert_eq!(body["error"]["errors"][0]["reason"], reason);
        assert_eq!(read(&fixture).await.0, StatusCode::OK, "hit only once");
    }
    fixture.server.fail_next(Fault::bare(502));
    let (status, body) = read(&fixture).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    assert!(body["error"].get("errors").is_none());
}

#[tokio::test]
async fn a_gateways_error_is_a_page() {
    let fixture = Fixture::new(numbered(2)).await;
    fixture.server.fail_next(Fault::Html { status: 502 });
    let response = fixture.rows().send().await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    assert!(response.text().await.unwrap().starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn an_expired_token_stays_dead_until_a_fresh_one_is_fetched() {
    let mut fixture = Fixture::new(numbered(2)).await;
    fixture.server.fail_next(Fault::TokenExpired);
    assert_eq!(read(&fixture).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(read(&fixture).await.0, StatusCode::UNAUTHORIZED);
    fixture.token = fetch_token(&fixture.server, &fixture.client).await;
    assert_eq!(read(&fixture).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_body_breaks_off_or_is_cut() {
    let fixture = Fixture::new(numbered(500)).await;
    fixture.server.fail_next(Fault::ResetMidBody);
    let response = fixture.rows().send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.bytes().await.is_err(), "the connection breaks");
    fixture.server.fail_next(Fault::Truncated);
    let text = fixture.rows().send().await.unwrap().text().await.unwrap();
    assert!(serde_json::from_str::<Json>(&text).is_err(), "valid HTTP, broken JSON");
    assert_eq!(read(&fixture).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_silent_socket_never_answers_and_a_slow_one_does() {
    let fixture = Fixture::new(numbered(2)).await;
    fixture.server.fail_next(Fault::Silent);
    let request = fixture.rows().timeout(Duration::from_millis(200));
    assert!(request.send().await.unwrap_err().is_timeout());
    let logged = fixture.server.request_log();
    assert_eq!(logged.last().unwrap().status, None);
    fixture.server.fail_next(Fault::Slow(Duration::from_millis(50)));
    assert_eq!(read(&fixture).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_table_vanishes_or_changes_in_the_middle_of_reading() {
    let fixture = Fixture::new(numbered(20)).await;
    let on_data = |fault| Injection::new(fault).on(Route::TableData).table(TABLE);
    let path = format!("datasets/{DATASET}/tables/{TABLE}");
    let (_, before) = fixture.json(fixture.get(&path)).await;
    fixture.server.inject(on_data(Fault::ModifiedAfter));
    assert_eq!(fixture.read_all(&[("maxResults", "10")]).await.1, [10, 10]);
    let (_, after) = fixture.json(fixture.get(&path)).await;
    assert_ne!(before["lastModifiedTime"], after["lastModifiedTime"]);
    fixture.server.inject(on_data(Fault::Vanish).after(1));
    assert_eq!(read(&fixture).await.0, StatusCode::OK);
    assert_eq!(read(&fixture).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_log_tells_what_was_read() {
    let fixture = Fixture::new(numbered(1)).await;
    fixture.server.clear_log();
    read(&fixture).await;
    let log = fixture.server.request_log();
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].route, log[0].table.as_deref()), (Route::TableData, Some(TABLE)));
    assert_eq!(log[0].status, Some(200));
    assert_eq!(log[0].query("prettyPrint"), Some("false"));
}

#[tokio::test]
async fn a_dropped_server_answers_nobody() {
    let fixture = Fixture::new(numbered(1)).await;
    let Fixture { server, client, .. } = fixture;
    let url = server.base_url();
    assert!(client.get(&url).send().await.is_ok());
    drop(server);
    tokio::time::timeout(Duration::from_secs(5), async {
        while client.get(&url).send().await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the port closes");
}
